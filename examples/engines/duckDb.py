"""duckDb.py PIPELINES.yaml PIPELINE IN.parquet OUT.parquet: rows go through batch by batch."""

import itertools
import sys

import duckdb
import pyarrow as pa
from soapstream import segment

file, pipeline, source, target = sys.argv[1:]

clouds = duckdb.read_parquet(source).to_arrow_reader(1024)
described = segment(file, pipeline, clouds)
first = next(described)
rows = pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], described))
duckdb.from_arrow(rows).write_parquet(target)
