"""What tests share: the program of this repository, clouds, and that no test leaves a process or a thread behind."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import numpy as np
import pyarrow as pa
import pytest

from soapstream._find import find_node

CLI = os.environ.setdefault("SOAPSTREAM_CLI", str(Path(__file__).parents[2] / "dist" / "cli.js"))

PIPELINES = {
    "variables": {"sigma": 0.5},
    "profiles": {"wide": {"sigma": 1}},
    "pipelines": {
        "describe": {
            "source": {"arrow": {"path": "clouds.arrows"}},
            "steps": [
                {"soap": {"rCut": 4, "nMax": 3, "lMax": 2, "sigma": "${sigma}", "species": ["H", "O"]}},
                {"select": {"columns": ["image", "soap"]}},
            ],
            "sinks": [{"arrow": {"path": "${out}/rows.arrows"}}],
        },
        "fit": {
            "source": {"arrow": {"path": "${out}/rows.arrows"}},
            "steps": [{"robustRescale": {"fit": "scaler"}}],
        },
        "scale": {
            "source": {"arrow": {"path": "clouds.arrows"}},
            "steps": [
                {"soap": {"rCut": 4, "nMax": 3, "lMax": 2, "sigma": "${sigma}", "species": ["H", "O"]}},
                {"select": {"columns": ["image", "soap"]}},
                {"robustRescale": {"apply": "scaler"}},
            ],
            "sinks": [{"arrow": {"path": "${out}/scaled.arrows"}}],
        },
        "lettered": {
            "source": {"arrow": {"path": "clouds.arrows"}},
            "onError": "deadLetter",
            "steps": [{"soap": {"rCut": 4, "nMax": 3, "lMax": 2, "sigma": 0.5, "species": ["H", "O"]}}],
            "deadLetters": {"arrow": {"path": "${out}/dead.arrows"}},
            "sinks": [{"arrow": {"path": "${out}/lettered.arrows"}}],
        },
    },
}


def clouds(n: int, n_points: int = 3, first: int = 0) -> pa.RecordBatch:
    """Clouds of H and O, the same for the same arguments."""
    random = np.random.default_rng([n, n_points, first])
    points = random.normal(size=(n * n_points, 3))
    offsets = pa.array(np.arange(n + 1, dtype=np.int32) * n_points)
    numbers = random.choice([1, 8], n * n_points).astype(np.uint8)
    return pa.record_batch(
        {
            "image": pa.array(np.arange(first, first + n, dtype=np.uint32)),
            "points": pa.ListArray.from_arrays(offsets, pa.FixedSizeListArray.from_arrays(pa.array(points.ravel()), 3)),
            "species": pa.ListArray.from_arrays(offsets, pa.array(numbers)),
        }
    )


def many_clouds(n_batches: int, n: int = 4) -> list[pa.RecordBatch]:
    return [clouds(n, first=i * n) for i in range(n_batches)]


def write_stream(path: Path, batches: list[pa.RecordBatch]) -> None:
    with pa.OSFile(str(path), "w") as file, pa.ipc.new_stream(file, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def soapstream(folder: Path, *args: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The program itself."""
    return subprocess.run([find_node(), CLI, *args], cwd=folder, capture_output=True, check=True, **options)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pipelines.yaml, clouds.arrows (6 batches of 4) and out/, of a run of describe, fit and scale."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "pipelines.yaml").write_text(json.dumps(PIPELINES))
    write_stream(folder / "clouds.arrows", many_clouds(6))
    soapstream(folder, "run", "pipelines.yaml", "describe", "fit", "scale", "--out", "out")
    return folder


@pytest.fixture
def folder(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`prepared`, as the current directory."""
    monkeypatch.chdir(prepared)
    return prepared


def children() -> set[int]:
    """Processes whose parent is this one."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    mine = {int(pid) for pid, parent, state in rows if int(parent) == os.getpid() and not state.startswith("Z")}
    return {pid for pid in mine if is_alive(pid)}  # without ps itself


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


def eventually(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it holds before long: the machine may be busy."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    processes, threads = children(), set(threading.enumerate())
    yield
    gc.collect()
    assert eventually(lambda: children() <= processes), children()
    assert eventually(lambda: set(threading.enumerate()) <= threads), threading.enumerate()
