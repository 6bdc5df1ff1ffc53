"""clickHouse.py SCRIPTS IN.parquet OUT.parquet: SCRIPTS has describe.sh; in a server that is its `user_scripts`."""

import sys

import chdb

scripts, source, target = sys.argv[1:]

clickhouse = chdb.connect(f":memory:?user_scripts_path={scripts}")
clickhouse.query(f"""
    SELECT * FROM executable(
        'describe.sh', ArrowStream, 'image UInt32, center UInt32, soap Array(Float32)',
        (SELECT image, points, species FROM file('{source}', Parquet)),
        SETTINGS check_exit_code = true)
    INTO OUTFILE '{target}' FORMAT Parquet
""")
