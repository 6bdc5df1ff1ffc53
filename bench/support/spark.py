"""spark.py TASKS: the pipeline `describe` of plans.yaml here, by the command and on Spark: bench/spark.mjs says what is counted."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import soapstream.spark
from pyspark.sql import SparkSession

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds():
    """Of this process and all that it has started: those that have ended count for whoever waited for them."""
    stats = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has ended
            stats[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / TICKS)

    def is_ours(pid):
        while pid in stats and pid != os.getpid():
            pid = stats[pid][0]
        return pid == os.getpid()

    return sum(seconds for pid, (_, seconds) in stats.items() if is_ours(pid))


def measured(work):
    cpu, wall = cpu_seconds(), time.monotonic()
    work()
    return cpu_seconds() - cpu, time.monotonic() - wall


def locally():
    program = [os.environ["SOAPSTREAM_NODE"], os.environ["SOAPSTREAM_CLI"]]
    arguments = ["run", "plans.yaml", "describe", "--out", "local", "--workers", "2"]
    subprocess.run([*program, *arguments], check=True, capture_output=True)


tasks = int(sys.argv[1])
builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.memory", "512m")
spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
soapstream.spark.run(spark, "plans.yaml", ["warm"], out="warm", splits=2)

load = os.getloadavg()[0]
on_spark = measured(lambda: soapstream.spark.run(spark, "plans.yaml", ["describe"], out="spark", splits=tasks))
local = measured(locally)
if not pq.read_table("spark/descriptors").equals(pq.read_table("local/descriptors")):
    sys.exit("the rows differ")
rows = sum(pq.read_metadata(path).num_rows for path in Path("local/descriptors").iterdir())
print(f"{rows:,} rows, {tasks} tasks, equal to those of the local run; load of the machine before it: {load:.1f}")
for name, (cpu, wall) in (("local, 2 workers", local), ("Spark, 2 cores", on_spark)):
    print(f"  {name:16} CPU {cpu:6.1f} s, wall {wall:6.1f} s")
print(f"  Spark takes {on_spark[0] / local[0]:.2f} times the CPU of the local run")
spark.stop()
