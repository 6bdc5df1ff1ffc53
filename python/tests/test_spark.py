"""On a cluster of its own: scripts/checkSpark.mjs installs what it needs."""

from __future__ import annotations

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from conftest import clouds, eventually, is_alive, many_clouds
from soapstream import SegmentError, segment as local

pytest.importorskip("pyspark")

from pyspark.sql.functions import expr

import soapstream.spark
from cluster import Cluster, Gate, cluster, nothing_left_behind, parent_of, spark  # noqa: F401 (fixtures)

N_ROWS = 800
BALLAST = 8192
"""Bytes a row that no step reads: without them whole partitions would fit into the buffers between Spark and Python."""


@pytest.fixture(scope="module")
def rows(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Clouds in a DataFrame: Spark has them in types of its own."""
    batch = clouds(N_ROWS)
    made = [
        {"image": image, "points": points, "species": species}
        for image, points, species in zip(*(batch.column(name).to_pylist() for name in ("image", "points", "species")))
    ]
    schema = "image bigint not null, points array<array<double>> not null, species array<smallint> not null"
    path = str(tmp_path_factory.mktemp("rows") / "clouds.parquet")
    spark.createDataFrame(made, schema).write.parquet(path)
    return spark.read.parquet(path).withColumn("ballast", expr(f"cast(repeat('x', {BALLAST}) as binary)"))


SCHEMA = clouds(1).schema


def expected(pipeline: str = "describe", **options: Any) -> pa.Table:
    batches = clouds(N_ROWS)
    return ordered(pa.Table.from_batches(list(local("pipelines.yaml", pipeline, [batches], **options))))


def ordered(table: pa.Table) -> pa.Table:
    """By image, and within it as they were: the rows of an image are made by one task."""
    return table.take(pa.array(np.argsort(table.column("image").to_numpy(), kind="stable")))


def table_of(df: Any) -> pa.Table:
    images, soaps = zip(*((row.image, row.soap) for row in df.collect()))
    return ordered(pa.table({"image": pa.array(images, pa.uint32()), "soap": pa.array(soaps, pa.list_(pa.float32()))}))


def same(found: pa.Table, wanted: pa.Table) -> bool:
    return found.equals(wanted.cast(found.schema).replace_schema_metadata(None))


class TestRows:
    @pytest.mark.parametrize("n_partitions", [1, 2, 7])
    def test_are_those_of_the_command(self, spark: Any, rows: Any, folder: Path, n_partitions: int) -> None:
        described = soapstream.spark.segment(rows.repartition(n_partitions), "pipelines.yaml", "describe", schema=SCHEMA)
        assert same(table_of(described), expected())

    def test_go_on_with_their_types_through_files_of_spark(self, spark: Any, rows: Any, folder: Path, tmp_path: Path) -> None:
        described = soapstream.spark.segment(rows, "pipelines.yaml", "scale", to_step="select", schema=SCHEMA, out="out")
        described.write.parquet(str(tmp_path / "described"))
        again = spark.read.parquet(str(tmp_path / "described"))
        scaled = soapstream.spark.segment(again, "pipelines.yaml", "scale", from_step="robustRescale", out="out")
        assert same(table_of(scaled), expected("scale", out="out"))

    def test_of_features_that_were_made_otherwise_are_refused_on_the_driver(self, spark: Any, rows: Any, folder: Path) -> None:
        described = soapstream.spark.segment(rows, "pipelines.yaml", "describe", settings={"sigma": 1}, schema=SCHEMA)
        with pytest.raises(SegmentError, match="sigma"):
            soapstream.spark.segment(described, "pipelines.yaml", "scale", from_step="robustRescale", out="out")

    def test_of_partitions_without_rows_are_none(self, spark: Any, rows: Any, folder: Path) -> None:
        none = soapstream.spark.segment(rows.where("image < 0"), "pipelines.yaml", "describe", schema=SCHEMA)
        assert none.columns == ["image", "soap"]
        assert none.collect() == []

    def test_that_are_not_wanted_leave_no_process(self, spark: Any, rows: Any, folder: Path, cluster: Cluster) -> None:
        described = soapstream.spark.segment(rows, "pipelines.yaml", "describe", schema=SCHEMA)
        assert len(described.take(1)) == 1
        assert eventually(lambda: not cluster.nodes())


class TestFailures:
    @pytest.mark.parametrize(
        ("victim", "told"),
        [
            ("node", "SegmentError: partition 0 on .*: the process of Node was killed by SIGKILL"),
            ("worker", r"Lost task 0\.0 in stage .*(Python worker exited unexpectedly|Broken pipe)"),
            ("executor", r"Lost task 0\.0 in stage .*ExecutorLostFailure"),
            ("stopped node", "SegmentError: partition 0 on .*: the process of Node has said nothing for 20 s, and was killed"),
        ],
    )
    def test_of_a_process_in_the_middle_of_a_task_change_no_row(
        self, spark: Any, rows: Any, folder: Path, cluster: Cluster, tmp_path: Path, victim: str, told: str
    ) -> None:
        gate = Gate(tmp_path, n_batches=6)
        spread = gate.hold(rows.repartition(4))
        described = soapstream.spark.segment(spread, "pipelines.yaml", "describe", schema=SCHEMA, silence=20)
        before = len(cluster.told())
        with ThreadPoolExecutor(1) as pool:
            try:
                waiting = pool.submit(table_of, described)
                node = gate.node(cluster)
                worker = parent_of(node)
                pids = {"node": node, "stopped node": node, "worker": worker, "executor": parent_of(parent_of(worker))}
                os.kill(pids[victim], signal.SIGSTOP if victim == "stopped node" else signal.SIGKILL)
                assert eventually(lambda: not is_alive(node), 120)
            finally:
                gate.open()
            assert same(waiting.result(300), expected())
        assert re.search(told, cluster.told()[before:], re.DOTALL), cluster.told()[before:][-5000:]

    def test_of_a_row_name_step_batch_and_image(self, spark: Any, rows: Any, folder: Path) -> None:
        faulty = rows.selectExpr("image", "points", "if(image = 777, array(9S), species) as species")
        described = soapstream.spark.segment(faulty.repartition(2), "pipelines.yaml", "describe", schema=SCHEMA)
        with pytest.raises(Exception, match=r"SegmentError: partition \d+ on .*: describe › soap, batch \d+, row \d+ \(image 777\): "):
            described.collect()

    def test_of_an_executor_without_node_say_what_to_do(self, spark: Any, rows: Any, folder: Path) -> None:
        described = soapstream.spark.segment(rows, "pipelines.yaml", "describe", schema=SCHEMA, node="/nowhere/node")
        with pytest.raises(Exception, match=r"NodeNotFound: partition \d+ on .*: node: there is no program /nowhere/node: install Node"):
            described.collect()

    def test_of_a_row_that_does_not_fit_its_type_name_the_column(self, spark: Any, rows: Any, folder: Path) -> None:
        negative = rows.selectExpr("image - 1 as image", "points", "species")
        described = soapstream.spark.segment(negative, "pipelines.yaml", "describe", schema=SCHEMA)
        with pytest.raises(Exception, match="ValueError: column image: expected uint32, got int64: Integer value -1 not in range"):
            described.collect()

    def test_of_a_schema_with_another_column_name_it(self, spark: Any, rows: Any, folder: Path) -> None:
        with pytest.raises(ValueError, match="^schema: expected columns of the DataFrame, image, points, species, ballast, got point$"):
            soapstream.spark.segment(rows, "pipelines.yaml", "describe", schema=pa.schema([("point", pa.int8())]))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"pipeline": "descrbe"}, "there is no pipeline descrbe in .*; did you mean describe?"),
            ({"pipeline": "fit"}, "fits on the whole stream"),
            ({"pipeline": "describe", "from_step": "select"}, "soap"),
        ],
    )
    def test_of_the_pipeline_are_told_before_a_row_is_read(
        self, spark: Any, rows: Any, folder: Path, options: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(SegmentError, match=message):
            soapstream.spark.segment(rows, "pipelines.yaml", schema=SCHEMA, **options)
