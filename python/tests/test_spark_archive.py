"""Executors without Node: scripts/checkSpark.mjs installs what it needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")

import soapstream.spark
from cluster import cluster, nothing_left_behind, spark  # noqa: F401 (fixtures)
from soapstream._find import find_node
from spark_job import folder, held, job  # noqa: F401 (fixtures)

HAS_NODE = False
SETTINGS: dict[str, str] = {}


def test_run_tasks_by_an_archive_alone(spark: Any, folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "soapstream.tar.gz"
    assert soapstream.spark.make_archive(archive) == archive.stat().st_size
    with held(spark, folder, "out-archive", archive=archive) as node:
        program = os.readlink(f"/proc/{node}/exe")
        command = Path(f"/proc/{node}/cmdline").read_text().split("\0")
    assert program != find_node()
    assert Path(program).parents[1] == Path(command[1]).resolve().parents[2]
