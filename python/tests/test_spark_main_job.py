"""The main job of the repository, on all of MNIST, by each engine: scripts/checkSpark.mjs --mainJob installs what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyspark")

from cluster import Cluster, cluster, nothing_left_behind  # noqa: F401 (fixtures)
from conftest import CLI
from soapstream._find import find_node
from spark_job import outputs_in

FILE = Path(CLI).parents[1] / "pipelines.yaml"


def run_main_job(out: Path, *engine: str) -> dict[str, bytes]:
    env = {**os.environ, "PYSPARK_DRIVER_PYTHON": sys.executable, "PYSPARK_PYTHON": sys.executable}
    command = [find_node(), CLI, "run", str(FILE), "--out", str(out), *engine]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return outputs_in(out)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return run_main_job(tmp_path_factory.mktemp("local"))


@pytest.mark.parametrize("n_tasks", [1, 2, 7, 64])
@pytest.mark.parametrize("engine", ["processes", "spark"])
def test_leaves_the_bytes_of_the_local_run(
    cluster: Cluster, local: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, n_tasks: int
) -> None:
    monkeypatch.setenv("SPARK_CONF_DIR", str(cluster.log.parent))
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    where = ["--master", cluster.url] if engine == "spark" else []
    found = run_main_job(tmp_path / "out", "--engine", engine, "--tasks", str(n_tasks), *where)
    assert found.keys() == local.keys()
    assert [name for name in found if found[name] != local[name]] == []
