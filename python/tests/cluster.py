"""A standalone cluster of Spark on loopback, of the start classes that pip's pyspark has, and what its processes are."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any, Iterator, Mapping

import pyspark
import pytest
from pyspark.sql import SparkSession

from conftest import CLI, eventually
from soapstream._find import find_node

LOGGING = """
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %p %c{{1}}: %m%n%ex
"""
MARK = "SOAPSTREAM_TEST"


class Cluster:
    """A master and two workers with a core each, on two host names, since Spark takes those of one for the same machine."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.mark = uuid.uuid4().hex
        self._env = env
        self.log = folder / "driver.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"spark://127.0.0.1:{port}"
        self._folder = folder
        options = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]
        self._processes = [self._start("master.Master", "127.0.0.1", options)]
        for host in ("127.0.0.1", "127.0.0.2"):
            options = ["--host", host, "--cores", "1", "--memory", "1g", "--webui-port", "0"]
            work = ["--work-dir", str(folder / f"work-{host}")]
            self._processes.append(self._start("worker.Worker", host, [*options, *work, self.url]))
        (folder / "log4j2.properties").write_text(LOGGING.format(file=self.log))

    def _start(self, name: str, host: str, options: list[str]) -> subprocess.Popen[bytes]:
        spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
        log = self._folder / f"{name}-{host}.log"
        env = {**self._env, "SPARK_LOCAL_IP": host, MARK: self.mark, "SPARK_DAEMON_MEMORY": "256m"}
        command = [str(spark_class), f"org.apache.spark.deploy.{name}", *options]
        return subprocess.Popen(command, env=env, stdout=log.open("wb"), stderr=subprocess.STDOUT, start_new_session=True)

    def stop(self) -> None:
        for process in reversed(self._processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def nodes(self) -> dict[int, int]:
        """Processes `soapstream segment` and `task` of the executors, with the daemon of the Python worker that each belongs to."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                is_ours = f"{MARK}={self.mark}".encode() in (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().split(b"\0")
                if is_ours and {b"segment", b"task"} & set(command) and command[0].endswith(b"node"):
                    found[int(entry.name)] = parent_of(parent_of(int(entry.name)))
            except (OSError, IndexError):
                continue  # it has ended
        return found

    def told(self) -> str:
        """What the driver's Spark has logged."""
        return self.log.read_text()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


class Gate:
    """Holds the first attempt at partition 0 in the middle of its rows until it is opened: then something can be done to it."""

    def __init__(self, folder: Path, n_batches: int) -> None:
        self._folder = folder
        self._n_batches = n_batches

    def hold(self, df: Any) -> Any:
        folder, n_batches = self._folder, self._n_batches

        def held(batches: Any) -> Any:
            from pyspark import TaskContext

            context = TaskContext.get()
            is_first = context.partitionId() == 0 and not (folder / "daemon").exists()
            for i, batch in enumerate(batches):
                if is_first and i == n_batches:
                    (folder / "part").write_text(str(os.getppid()))
                    os.rename(folder / "part", folder / "daemon")
                    while not (folder / "open").exists():
                        if os.getppid() == 1:
                            os._exit(1)  # the executor has been killed
                        time.sleep(0.05)
                yield batch

        return df.mapInArrow(held, df.schema)

    def node(self, cluster: Cluster) -> int:
        """The process that is held in the middle of its task."""
        assert eventually((self._folder / "daemon").exists, 120)
        daemon = int((self._folder / "daemon").read_text())
        assert eventually(lambda: daemon in cluster.nodes().values(), 120), cluster.nodes()
        (node,) = (pid for pid, parent in cluster.nodes().items() if parent == daemon)
        return node

    def open(self) -> None:
        (self._folder / "open").touch()


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Its executors have the Node of this machine, unless the module says `HAS_NODE = False`."""
    folder = tmp_path_factory.mktemp("cluster")
    has_node = getattr(request.module, "HAS_NODE", True)
    cluster = Cluster(folder, os.environ if has_node else without_node(folder))
    yield cluster
    cluster.stop()


def without_node(folder: Path) -> dict[str, str]:
    """This environment, with a path to all its programs but Node and what comes with it."""
    own = folder / "programs"
    own.mkdir()
    for place in map(Path, os.environ["PATH"].split(os.pathsep)):
        for program in place.iterdir() if place.is_dir() else ():
            link = own / program.name
            if program.name not in {"node", "nodejs", "npm", "npx", "corepack", "soapstream"} and not link.is_symlink():
                link.symlink_to(program)
    others = {name: value for name, value in os.environ.items() if not name.startswith("SOAPSTREAM_")}
    return {**others, "PATH": str(own)}


@pytest.fixture(scope="module")
def spark(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[Any]:
    """A session on it, with the `SETTINGS` of the module."""
    os.environ["SPARK_CONF_DIR"] = str(cluster.log.parent)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.executor.memory": "512m",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "20",
        "spark.sql.shuffle.partitions": "2",
        **getattr(request.module, "SETTINGS", {"spark.executorEnv.SOAPSTREAM_CLI": CLI, "spark.executorEnv.SOAPSTREAM_NODE": find_node()}),
    }
    builder = SparkSession.builder.master(cluster.url).appName("soapstream")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def nothing_left_behind(cluster: Cluster) -> Iterator[None]:
    yield
    assert eventually(lambda: not cluster.nodes()), cluster.nodes()
