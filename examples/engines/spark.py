"""spark.py PIPELINES.yaml PIPELINE IN.parquet OUT, by spark-submit or with a master in the environment."""

import sys

import soapstream.spark
from pyspark.sql import SparkSession

file, pipeline, source, target = sys.argv[1:]

spark = SparkSession.builder.getOrCreate()
rows = soapstream.spark.segment(spark.read.parquet(source), file, pipeline)
rows.write.parquet(target)
