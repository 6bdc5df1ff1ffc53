"""rayData.py PIPELINES.yaml PIPELINE IN.parquet OUT: actors of Ray keep a process of Node each."""

import sys

import ray
from soapstream import Segment

file, pipeline, source, target = sys.argv[1:]

rows = ray.data.read_parquet(source).map_batches(
    Segment,
    fn_constructor_args=[file, pipeline],
    batch_format="pyarrow",
    batch_size=1024,
    compute=ray.data.ActorPoolStrategy(min_size=1, max_size=8),  # reading needs what they leave
)
rows.write_parquet(target)
