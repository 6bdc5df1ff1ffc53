"""A process that is stopped, where Spark starts a second attempt: scripts/checkSpark.mjs installs what it needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")

from cluster import Cluster, cluster, nothing_left_behind, spark  # noqa: F401 (fixtures)
from spark_job import folder, job, run_harmed  # noqa: F401 (fixtures)

SETTINGS = {
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.quantile": "0.5",
    "spark.speculation.multiplier": "1.5",
}


def test_the_second_attempt_counts_and_the_first_leaves_nothing(spark: Any, folder: Path, cluster: Cluster) -> None:
    log = run_harmed(spark, folder, cluster, "stopped node")
    assert re.search(r"Marking task [01] in stage .* as speculatable", log), log[-5000:]
    assert "has said nothing" not in log
