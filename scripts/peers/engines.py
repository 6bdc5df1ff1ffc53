"""Reads and writes files with the engine that is asked for: a JSON request a line, a JSON answer a line. For engines.mjs."""

import json
import sys

import duckdb
import fastparquet
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq


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


TOOLS = {"duckdb": Duckdb(), "polars": Polars(), "pandas": Pandas(), "pyarrow": Pyarrow(), "fastparquet": Fastparquet()}


def plain(value):
    if isinstance(value, bytes):
        return value.decode()
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
    elif request["do"] == "copy":
        tool.copy(request["source"], request["path"])
    else:
        rows = tool.rows(request["path"])
        return {"rows": [{name: plain(value) for name, value in row.items()} for row in rows]}
    return {}


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # told, and counted as failed
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
