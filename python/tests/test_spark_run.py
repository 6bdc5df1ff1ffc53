"""Whole pipelines on a cluster: scripts/checkSpark.mjs installs what it needs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")

import pyarrow.parquet as pq

from cluster import Cluster, cluster, nothing_left_behind, spark  # noqa: F401 (fixtures)
from conftest import CLI
from soapstream import NodeNotFound, SegmentError
from soapstream._find import find_node
from soapstream._spark_task import task_runner
from spark_job import NAMES, folder, job, outputs_in, run, run_harmed  # noqa: F401 (fixtures)


class TestMainJob:
    @pytest.mark.parametrize("splits", [1, 2, 7])
    def test_has_the_bytes_of_the_local_run_and_in_folders_the_rows(self, spark: Any, folder: Path, splits: int) -> None:
        out = f"out-{splits}"
        reports = run(spark, NAMES, out=out, splits=splits)
        assert sorted(report["pipeline"] for report in reports) == sorted(NAMES)
        local, found = outputs_in(folder / "local"), outputs_in(folder / out)
        local = {name: each for name, each in local.items() if name not in ("free.arrow", "lettered.arrow", "letters.parquet")}
        if splits > 1:
            assert pq.read_table(f"{out}/all").equals(pq.read_table("local/all"), check_metadata=True)
            assert sum(name.startswith("all/") for name in found) == splits
            local, found = ({name: each[name] for name in each if not name.startswith("all/")} for each in (local, found))
        assert found.keys() == local.keys()
        assert [name for name in found if found[name] != local[name]] == []


class TestHarm:
    @pytest.mark.parametrize(
        ("victim", "told"),
        [
            ("node", "soapstream task failed: held, task [01] .*: its process of Node was killed by SIGKILL"),
            ("worker", r"Lost task [01]\.0 in stage .*(Python worker exited unexpectedly|Broken pipe)"),
            ("daemon", r"Lost task [01]\.0 in stage .*(Python worker exited unexpectedly|Broken pipe)"),
            ("executor", r"Lost task [01]\.0 in stage .*ExecutorLostFailure"),
            ("stopped node", "soapstream task failed: held, task [01] .*: its process of Node has said nothing for 30 s, and was killed"),
        ],
    )
    def test_in_the_middle_of_a_task_changes_no_byte_and_leaves_nothing(
        self, spark: Any, folder: Path, cluster: Cluster, victim: str, told: str
    ) -> None:
        log = run_harmed(spark, folder, cluster, victim, silence=30)
        assert re.search(told, log, re.DOTALL), log[-5000:]


class TestFailures:
    def test_of_a_row_name_step_and_image_once(self, spark: Any, folder: Path, cluster: Cluster) -> None:
        before = len(cluster.told())
        with pytest.raises(SegmentError, match=r"^faulty › soap, batch \d+, row \d+.*Xx") as raised:
            run(spark, ["faulty"], out="out-faulty", splits=3)
        assert (raised.value.step, raised.value.image, raised.value.is_retryable) == ("soap", 5, False)
        log = cluster.told()[before:]
        assert len(re.findall(r"Starting task \d+\.0 in stage", log)) == 3
        assert not re.search(r"Starting task \d+\.[1-9]|Lost task", log)
        assert not (folder / "out-faulty" / ".tasks").exists()

    def test_of_a_row_keep_other_tasks_from_beginning(self, tmp_path: Path) -> None:
        error = {"code": "badRow", "message": "row 3", "isRetryable": False}
        program = tmp_path / "program.py"
        program.write_text(f"import sys\nsys.stderr.write({json.dumps({'error': error})!r})\nsys.exit(3)\n")
        run_tasks = task_runner([sys.executable, str(program)], True, None, [], 60)
        stop = str(tmp_path / "parts" / "failed")
        lines = [json.dumps({"task": {"pipeline": "p", "task": i}, "stop": stop}) for i in range(2)]
        assert list(run_tasks(lines)) == [{"error": error}, {}]

    def test_of_a_row_that_becomes_a_dead_letter_do_not_stop_the_others(self, spark: Any, folder: Path) -> None:
        run(spark, ["lettered"], out="out-lettered", splits=3)
        local = outputs_in(folder / "local")
        assert outputs_in(folder / "out-lettered") == {name: local[name] for name in ("lettered.arrow", "letters.parquet")}
        assert pq.read_table("out-lettered/letters.parquet").num_rows == 1

    def test_of_an_executor_without_node_say_what_to_do(self, spark: Any, folder: Path) -> None:
        with pytest.raises(NodeNotFound, match="no /nowhere/node") as raised:
            run(spark, ["free"], out="out-no-node", splits=1, node="/nowhere/node")
        assert "\n" not in str(raised.value)

    def test_of_the_pipeline_are_told_before_a_task_runs(self, spark: Any, folder: Path) -> None:
        with pytest.raises(SegmentError, match="there is no pipeline descrbe"):
            run(spark, ["descrbe"], splits=1)


class TestCommand:
    """`soapstream run --engine spark`: on a master of its own, since the session has all cores of the cluster."""

    def test_does_what_a_local_run_does(self, folder: Path) -> None:
        ended = command("sampled", "fit", "--out", "out-command", "--master", "local[2]")
        assert ended.returncode == 0, ended.stderr
        local = outputs_in(folder / "local")
        for name, content in outputs_in(folder / "out-command").items():
            assert content == local[name], name
        assert re.search(r"^fit .*validationAccuracy", ended.stdout, re.MULTILINE)

    def test_tells_what_is_wrong_with_a_row_in_one_line(self, folder: Path) -> None:
        ended = command("faulty", "--out", "out-command-faulty", "--master", "local[2]")
        assert ended.returncode == 3
        assert re.search(r"^soapstream: faulty › soap, batch \d+, row \d+ \(image 5\): .*Xx", ended.stderr, re.MULTILINE)
        assert outputs_in(folder / "out-command-faulty") == {}

    def test_tells_a_master_that_cannot_be_reached(self, folder: Path) -> None:
        ended = command("free", "--master", "spark://127.0.0.1:1")
        assert ended.returncode == 2
        assert re.search(r"--master: cannot reach spark://127.0.0.1:1", ended.stderr)


def command(*args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYSPARK_DRIVER_PYTHON": sys.executable}
    engine = ["--engine", "spark", "--tasks", "2", "--operators", "hold.mjs"]
    started = [find_node(), CLI, "run", "p.yaml", *args, *engine]
    return subprocess.run(started, env=env, capture_output=True, text=True, check=False)
