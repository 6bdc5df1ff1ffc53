"""Whole pipelines on a cluster: scripts/checkSpark.mjs installs what it needs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")

import pyarrow.parquet as pq

import soapstream.spark
from cluster import Cluster, cluster, nothing_left_behind, parent_of, spark  # noqa: F401 (fixtures)
from conftest import CLI, eventually, is_alive
from soapstream import NodeNotFound, SegmentError
from soapstream._find import find_node
from spark_job import NAMES, outputs_in, run_locally, write_job


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pipeline file and `local/`, what the command leaves."""
    folder = tmp_path_factory.mktemp("job")
    write_job(folder)
    run_locally(folder, *NAMES, "free", out="local")
    return folder


@pytest.fixture
def folder(job: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(job)
    return job


def run(spark: Any, pipelines: list[str], **options: Any) -> list[dict[str, Any]]:
    return soapstream.spark.run(spark, "p.yaml", pipelines, operators=["hold.mjs"], **options)


class TestMainJob:
    @pytest.mark.parametrize("splits", [1, 2, 7])
    def test_has_the_bytes_of_the_local_run_and_in_folders_the_rows(self, spark: Any, folder: Path, splits: int) -> None:
        out = f"out-{splits}"
        reports = run(spark, NAMES, out=out, splits=splits)
        assert sorted(report["pipeline"] for report in reports) == sorted(NAMES)
        local, found = outputs_in(folder / "local"), outputs_in(folder / out)
        local.pop("free.arrow")
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
            ("executor", r"Lost task [01]\.0 in stage .*ExecutorLostFailure"),
            ("stopped node", "soapstream task failed: held, task [01] .*: its process of Node has said nothing for 30 s, and was killed"),
        ],
    )
    def test_in_the_middle_of_a_task_changes_no_byte_and_leaves_nothing(
        self, spark: Any, folder: Path, cluster: Cluster, victim: str, told: str
    ) -> None:
        out = f"out-{victim.replace(' ', '-')}"
        mark = folder / "held"
        mark.unlink(missing_ok=True)
        (folder / "open").unlink(missing_ok=True)
        before = len(cluster.told())
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(run, spark, ["held"], out=out, splits=2, silence=30)
            try:
                assert eventually(lambda: mark.exists() and mark.read_text() != "" or waiting.done(), 120)
                assert not waiting.done(), waiting.result()
                node = int(mark.read_text())
                worker = parent_of(node)
                pids = {"node": node, "stopped node": node, "worker": worker, "executor": parent_of(parent_of(worker))}
                os.kill(pids[victim], signal.SIGSTOP if victim == "stopped node" else signal.SIGKILL)
                assert eventually(lambda: not is_alive(node), 120)
            finally:
                (folder / "open").touch()
            waiting.result(300)
        assert re.search(told, cluster.told()[before:], re.DOTALL), cluster.told()[before:][-5000:]
        assert outputs_in(folder / out) == {"held.arrow": (folder / "local" / "free.arrow").read_bytes()}
        assert not (folder / out / ".tasks").exists()


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

    def test_of_an_executor_without_node_say_what_to_do(self, spark: Any, folder: Path) -> None:
        with pytest.raises(NodeNotFound, match="no /nowhere/node") as raised:
            run(spark, ["free"], out="out-no-node", splits=1, node="/nowhere/node")
        assert "\n" not in str(raised.value)

    def test_of_the_pipeline_are_told_before_a_task_runs(self, spark: Any, folder: Path) -> None:
        with pytest.raises(SegmentError, match="there is no pipeline descrbe"):
            run(spark, ["descrbe"], splits=1)


class TestArchive:
    def test_is_all_that_an_executor_needs(self, spark: Any, folder: Path, tmp_path: Path) -> None:
        archive = tmp_path / "soapstream.tar.gz"
        assert soapstream.spark.make_archive(archive) == archive.stat().st_size
        run(spark, ["all"], out="out-archive", splits=1, archive=archive)
        local = {name: each for name, each in outputs_in(folder / "local").items() if name.startswith("all/")}
        assert outputs_in(folder / "out-archive") == local


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
