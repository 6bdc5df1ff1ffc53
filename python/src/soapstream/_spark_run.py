"""Whole pipelines on Spark: it runs the tasks of a plan, and no row of theirs passes through it."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from soapstream import _spark_task
from soapstream._compiled import answer_of
from soapstream._errors import NodeNotFound, SegmentError
from soapstream._find import PathLike, find_cli, find_node
from soapstream._segment import setting_arguments
from soapstream._spark_archive import PROGRAM
from soapstream._spark_task import FAILED, task_runner

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Json = dict[str, Any]


def run(
    spark: SparkSession,
    file: PathLike,
    pipelines: Optional[Sequence[str]] = None,
    *,
    splits: int,
    out: Optional[PathLike] = None,
    settings: Optional[Mapping[str, object]] = None,
    profile: Optional[str] = None,
    operators: Sequence[PathLike] = (),
    silence: float = 600,
    archive: Optional[PathLike] = None,
    node: Optional[PathLike] = None,
    cli: Optional[PathLike] = None,
) -> list[Json]:
    """Runs pipelines: what tasks can do on the executors, the rest on the driver. Outputs have the bytes of `soapstream run`.

    Each task is a Spark task of its own, which runs a process of Node. It reads its split of the source and writes its part itself. So
    input files and the output folder must be on storage that the driver and all executors see under the same paths.

    A process that dies or hangs fails its task, which Spark runs again. What is wrong with the data is not tried again: tasks that run
    end, others do not begin.

    :param pipelines: their names, or those that the file runs by default
    :param splits: tasks of each pipeline, at most: half a minute of work each, or more
    :param out: folder of the outputs, `${out}` in the file
    :param settings: values of variables and options, as `--set` takes them
    :param operators: modules that the file may name as operators of one's own; executors must see them, too
    :param silence: seconds without a word of a process after which it is taken for hung: more than any batch takes
    :param archive: of `make_archive`, for executors without Node
    :param node: the interpreter on the executors; by default that of the driver if it is there, or else what they find
    :param cli: the program on the executors, likewise
    :returns: the report of each pipeline, as `soapstream commit --json` has it
    :raises SegmentError: with step and image, if a task fails for good; no output is half there
    :raises NodeNotFound: if the driver or an executor has no Node or no program
    """
    # Executors have another working directory.
    trusted = [argument for path in operators for argument in ("--operators", os.path.abspath(path))]
    chosen = [*trusted, *setting_arguments(settings, profile=profile, out=out)]
    is_named = node is not None or cli is not None
    program = [node or find_node(), cli or find_cli()]
    on_spark = TasksOnSpark(spark, program, trusted, is_named=is_named, silence=silence, archive=archive)
    reports: list[Json] = []
    waiting = list(pipelines or [])
    with tempfile.TemporaryDirectory(prefix="soapstream-") as name:
        plan, manifest = Path(name) / "plan.json", Path(name) / "manifest.jsonl"
        while True:
            answer_of(["plan", os.fspath(file), *waiting, "--splits", str(splits), "--to", name, *chosen])
            stages = json.loads(plan.read_bytes())["stages"]
            tasks = [task for stage in stages for task in stage["tasks"]]
            try:
                parts = on_spark.run(tasks)
                manifest.write_text("".join(f"{json.dumps(part)}\n" for part in parts))
                committed = json.loads(answer_of(["commit", str(plan), str(manifest), "--json", *trusted]))
            except BaseException:
                remove_parts(tasks)
                raise
            reports += committed["pipelines"]
            waiting = committed["waiting"]
            if not waiting:
                return reports


class TasksOnSpark:
    """Runs tasks as jobs of a session."""

    def __init__(
        self,
        spark: SparkSession,
        program: Sequence[PathLike],
        options: Sequence[str] = (),
        *,
        is_named: bool = False,
        silence: float = 600,
        archive: Optional[PathLike] = None,
    ) -> None:
        """
        :param program: Node and the program, where executors have them
        :param options: arguments of each task
        :param is_named: whether executors may not look for their own
        """
        # Executors need not have this package.
        importlib.import_module("pyspark.cloudpickle").register_pickle_by_value(_spark_task)
        self._context = spark.sparkContext
        name = None
        if archive is not None:
            name = Path(archive).name
            self._context.addArchive(f"{os.path.abspath(archive)}#{name}")
            program = PROGRAM
        self._runner = task_runner([os.fspath(path) for path in program], is_named, name, options, silence)

    def run(self, tasks: Sequence[Json], on_progress: Callable[[int], None] = lambda done: None) -> list[Json]:
        """Lines of the manifest, in order.

        :param on_progress: called with the number of tasks that are done, about once a second
        :raises SegmentError: of the first task that fails for good
        """
        if not tasks:
            return []
        group = f"soapstream-{uuid.uuid4().hex}"
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(self._collect, tasks, group)
            try:
                while not wait([job], 1).done:
                    on_progress(self._done(group))
                outcomes = job.result()
            except BaseException as error:
                self._context.cancelJobGroup(group)
                raise (_failure(error) if isinstance(error, Exception) else error) from None
        for outcome in outcomes:
            if "error" in outcome:
                raise _error_of(outcome["error"])
        return [outcome["part"] for outcome in outcomes]

    def _collect(self, tasks: Sequence[Json], group: str) -> list[Json]:
        context = self._context
        context.setJobGroup(group, f"soapstream: {len(tasks)} tasks")
        # A file of this name says that one has failed for good: those that have not begun need not begin.
        stop = os.path.join(tasks[0]["folder"], f"{group}.failed")
        lines = [json.dumps({"task": task, "stop": stop}) for task in tasks]
        collected: list[Json] = context.parallelize(lines, len(lines)).mapPartitions(self._runner).collect()
        return collected

    def _done(self, group: str) -> int:
        tracker = self._context.statusTracker()
        jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group)]
        stages = [tracker.getStageInfo(stage) for job in jobs if job for stage in job.stageIds]
        return sum(stage.numCompletedTasks for stage in stages if stage)


def remove_parts(tasks: Sequence[Json]) -> None:
    """Of tasks that nobody will commit."""
    for folder in {task["folder"] for task in tasks}:
        shutil.rmtree(folder, ignore_errors=True)
        for parent in list(Path(folder).parents)[:2]:
            try:
                parent.rmdir()
            except OSError:
                break  # others use it


def _error_of(error: Json) -> Exception:
    return NodeNotFound(error["message"]) if error["code"] == "nodeNotFound" else SegmentError.from_line(error)


def _failure(error: Exception) -> Exception:
    """What Spark has given up, in one line."""
    text = str(error)
    found = re.search(f"{re.escape(FAILED)}(.*)", text)
    message = found[1] if found else f"Spark: {text.strip().splitlines()[0] if text.strip() else type(error).__name__}"
    return SegmentError("workerFailed", message, is_retryable=True)


__all__ = ["run"]
