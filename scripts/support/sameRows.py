"""sameRows.py EXPECTED FOUND: Parquet files or folders, whatever the order of their rows and the types that an engine has for them."""

import sys

import pyarrow.parquet as pq


def rows(path):
    table = pq.read_table(path).sort_by([("image", "ascending"), ("center", "ascending")])
    return [table.column(name).to_pylist() for name in ("image", "center", "soap")]


expected, found = map(rows, sys.argv[1:])
if len(expected[0]) == 0 or expected != found:
    sys.exit(f"{sys.argv[2]}: other rows: {len(found[0])}, expected {len(expected[0])}")
