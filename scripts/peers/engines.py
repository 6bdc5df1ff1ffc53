"""Reads and writes files with the engine that is asked for: a JSON request a line, a JSON answer a line. For engines.mjs."""

import datetime
import decimal
import functools
import json
import math
import os
import sys
import time

os.environ |= {"TZ": "UTC", "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
time.tzset()  # Spark gives times of the machine's zone

import duckdb
import fastparquet
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pyspark.sql


def arrow_table(path):
    """A file of any of the formats, for tools that take their tables from pyarrow."""
    if path.endswith(".parquet"):
        return pq.read_table(path)
    opened = ipc.open_stream(path) if path.endswith(".arrows") else ipc.open_file(path)
    with opened as reader:
        return reader.read_all()


def write_arrow(table, path):
    if path.endswith(".parquet"):
        return pq.write_table(table, path)
    with (ipc.new_stream if path.endswith(".arrows") else ipc.new_file)(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)


class Duckdb:
    def write(self, clouds, path):
        given = pa.table(clouds)  # noqa: F841, the query names it
        duckdb.sql(f"""copy (select image::bigint image, label::utinyint label, points::double[3][] points,
            species::varchar[] species, name from given) to '{path}' (format parquet)""")

    def rows(self, path):
        relation = duckdb.sql(f"select * from '{path}'")
        return [dict(zip(relation.columns, row)) for row in relation.fetchall()]

    def copy(self, source, path):
        duckdb.sql(f"copy (select * from '{source}') to '{path}' (format parquet)")


class Polars:
    def write(self, clouds, path):
        frame = pl.DataFrame(clouds).with_columns(
            pl.col("points").cast(pl.List(pl.Array(pl.Float64, 3))),
            pl.col("species").cast(pl.List(pl.Categorical)),
            pl.col("name").cast(pl.Categorical),
        )
        self.store(frame, path)

    def store(self, frame, path):
        if path.endswith(".parquet"):
            frame.write_parquet(path)
        elif path.endswith(".arrows"):
            frame.write_ipc_stream(path)
        else:
            frame.write_ipc(path)

    def load(self, path):
        if path.endswith(".parquet"):
            return pl.read_parquet(path)
        return pl.read_ipc_stream(path) if path.endswith(".arrows") else pl.read_ipc(path)

    def rows(self, path):
        return self.load(path).to_dicts()

    def copy(self, source, path):
        self.store(self.load(source), path)


class Pandas:
    def write(self, clouds, path):
        frame = pd.DataFrame(clouds)
        frame["name"] = frame["name"].astype("category")
        self.store(frame, path)

    def store(self, frame, path):
        frame.to_parquet(path) if path.endswith(".parquet") else frame.to_feather(path, compression="uncompressed")

    def load(self, path):
        return pd.read_parquet(path) if path.endswith(".parquet") else pd.read_feather(path)

    def rows(self, path):
        return self.load(path).to_dict("records")

    def copy(self, source, path):
        self.store(self.load(source), path)


class Pyarrow:
    types = {
        "image": pa.uint64(),
        "label": pa.int16(),
        "points": pa.large_list(pa.large_list(pa.float64())),
        "species": pa.large_list(pa.dictionary(pa.int8(), pa.large_string())),
        "name": pa.large_string(),
    }

    def write(self, clouds, path):
        write_arrow(pa.table(clouds, schema=pa.schema(list(self.types.items()))), path)

    def rows(self, path):
        return arrow_table(path).to_pylist()

    def copy(self, source, path):
        write_arrow(arrow_table(source), path)


class Fastparquet:
    """Knows flat columns only."""

    flat = ["image", "label", "name"]

    def write(self, clouds, path):
        fastparquet.write(path, pd.DataFrame({name: clouds[name] for name in self.flat}))

    def rows(self, path):
        return fastparquet.ParquetFile(path).to_pandas(columns=self.flat).to_dict("records")

    def copy(self, source, path):
        fastparquet.write(path, fastparquet.ParquetFile(source).to_pandas(columns=self.flat))


class Pyspark:
    """Spark's own engine. Its files are folders; how it writes one is the word before their ending."""

    settings = {
        "ui.enabled": False,
        "ui.showConsoleProgress": False,
        "log.level": "ERROR",
        "driver.host": "127.0.0.1",
        "driver.bindAddress": "127.0.0.1",
        "sql.session.timeZone": "UTC",
        "sql.execution.pyspark.binaryAsBytes": False,
    }
    clouds = "image int, label tinyint, points array<array<double>>, species array<string>, name string"
    types = """image int, byte tinyint, short smallint, long bigint, float float, double double, flag boolean, text string, bytes binary,
        small decimal(9,2), middle decimal(18,4), large decimal(38,2), day date, instant timestamp, clock timestamp_ntz,
        map map<string,int>, struct struct<x:int,y:array<string>>, nulls array<double>,
        label tinyint, points array<array<float>>, species array<smallint>, centers array<bigint>, pbc array<boolean>, cell array<double>"""

    @functools.cached_property
    def session(self):
        builder = pyspark.sql.SparkSession.builder.master("local[1]")
        for key, value in self.settings.items():
            builder = builder.config(f"spark.{key}", value)
        return builder.getOrCreate()

    def write(self, clouds, path):
        points = [[[float(x) for x in point] for point in cloud] for cloud in clouds["points"]]
        rows = list(zip(*(clouds | {"points": points}).values()))
        self.store(self.session.createDataFrame(rows, self.clouds).coalesce(1), path)

    def write_types(self, path):
        """All types that Spark has a place for in Parquet, and clouds in the types that are natural there."""
        rows = [self.typed(i) for i in range(12)]
        self.store(self.session.createDataFrame(rows, self.types).coalesce(1), path)

    def typed(self, i):
        size = i % 4
        when = datetime.datetime(1700 + 50 * i, 2, 3, 4, 5, 6, 789012)
        sign = (-1) ** i
        numbers = [i - 6, 1000 * sign * i, sign * (2**62 + i), i / 3, [math.nan, math.inf, 0.1, i / 3][size]]
        decimals = [sign * decimal.Decimal(i) / 4, sign * decimal.Decimal(i) * 10**9 / 8, sign * decimal.Decimal(i) * 10**30 / 4]
        nested = [{"a": i, "b": None}, (i, ["x"] * size), [None, 0.5] if i % 3 else None]
        points = [[math.sin(i + j), math.cos(3 * i - j), math.sqrt(i + 2 * j)] for j in range(size)]
        cloud = [i % 2, points, [6 + 2 * (j % 2) for j in range(size)], list(range(size)), [True, False, True], [9.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 9.0]]
        flat = [i % 3 == 0 if size else None, "ü" * i, bytes([i, 0]), *decimals, when.date(), when, when]
        return (i, *numbers, *flat, *nested, *cloud)

    def store(self, frame, path):
        kind, _, format = os.path.basename(path).split(".", 1)[1].rpartition(".")
        if format != "parquet":
            return write_arrow(frame.toArrow(), path)
        codec = kind if kind in ("none", "gzip", "zstd", "lz4", "lz4_raw") else "snappy"
        version = "v2" if kind == "pages2" else "v1"
        times = {"int96": "INT96", "millis": "TIMESTAMP_MILLIS"}.get(kind, "TIMESTAMP_MICROS")
        self.session.conf.set("spark.sql.parquet.outputTimestampType", times)
        self.session.conf.set("spark.sql.parquet.writeLegacyFormat", kind == "legacy")
        if kind == "parts":  # one without rows among them
            empty = frame.filter("false").coalesce(1)
            frame = empty.union(frame.repartitionByRange(3, "image").sortWithinPartitions("image"))
        writer = frame.write
        if kind == "keys":
            writer = frame.selectExpr("*", "image div 7 part", "concat('from ', image div 7 * 7, '%') from").write.partitionBy("part", "from")
        writer.option("compression", codec).option("parquet.writer.version", version).parquet(path)

    def load(self, path, vectorized=True):
        self.session.conf.set("spark.sql.parquet.enableVectorizedReader", vectorized)
        frame = self.session.read.parquet(path)  # which takes larger files first
        order = [name for name in ("image", "center") if name in frame.columns]
        return frame.orderBy(order) if order else frame

    def rows(self, path, **settings):
        return [row.asDict(recursive=True) for row in self.load(path, **settings).collect()]

    def copy(self, source, path):
        self.store(self.load(source).coalesce(1), path)

    def close(self):
        if "session" in vars(self):
            self.session.stop()


TOOLS = {
    "duckdb": Duckdb(),
    "polars": Polars(),
    "pandas": Pandas(),
    "pyarrow": Pyarrow(),
    "fastparquet": Fastparquet(),
    "pyspark": Pyspark(),
}


def plain(value):
    if isinstance(value, bytearray):
        return list(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, int) and abs(value) >= 2**53:
        return str(value)
    if isinstance(value, (datetime.date, decimal.Decimal)):
        return value.isoformat() if isinstance(value, datetime.date) else f"{value:f}"
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def answer(request):
    tool = TOOLS[request["tool"]]
    if request["do"] == "versions":
        return {"version": __import__(request["tool"]).__version__}
    if request["do"] == "write":
        tool.write(request["clouds"], request["path"])
    elif request["do"] == "writeTypes":
        tool.write_types(request["path"])
    elif request["do"] == "copy":
        tool.copy(request["source"], request["path"])
    else:
        rows = tool.rows(request["path"], **request.get("settings", {}))
        return {"rows": [{name: plain(value) for name, value in row.items()} for row in rows]}
    return {}


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # told, and counted as failed
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)

TOOLS["pyspark"].close()  # and Java with it
