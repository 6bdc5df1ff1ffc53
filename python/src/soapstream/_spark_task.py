"""One task of a plan as a process of Node on an executor. Spark is sent this module as it is, so it needs nothing but Python there."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Optional

from soapstream._process import DIES_WITH_PARENT

Outcome = dict[str, Any]
"""`part`, the line of the manifest, or `error`, as the program tells it, of what no other attempt does better. Or neither, where another task has failed so."""

FAILED = "soapstream task failed: "
"""How the message of a task begins that Spark may run again."""


class TaskFailed(RuntimeError):
    """Another attempt may end otherwise."""


def task_runner(
    program: Sequence[str], is_named: bool, archive: Optional[str], options: Sequence[str], silence: float
) -> Callable[[Iterable[str]], Iterator[Outcome]]:
    """What a Spark task does with the tasks of its partition.

    :param program: Node and the program, in the archive or wherever they are
    :param is_named: whether it must be these: else an executor that has not both looks for its own
    :param archive: its name among the files of the session
    :param options: arguments that come last
    :param silence: seconds without a word of the process after which it is taken for hung, and killed
    """
    program, options = list(program), list(options)

    def run(lines: Iterable[str]) -> Iterator[Outcome]:
        for line in lines:
            task = json.loads(line)
            if os.path.exists(task["stop"]):
                yield {}
                continue
            found = _program(program, is_named, archive)
            outcome = found if isinstance(found, dict) else _run(found, task["task"], options, silence)
            if "error" in outcome:
                _create(task["stop"])
            yield outcome

    return run


def _create(path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w"):
        pass


def _program(named: list[str], is_named: bool, archive: Optional[str]) -> Any:
    """Node and the program, or an outcome that says what to do."""
    if archive is not None:
        from pyspark import SparkFiles

        return [os.path.join(SparkFiles.get(archive), path) for path in named]
    absent = [path for path in named if not os.path.isfile(path)]
    if not absent:
        return named
    try:
        if is_named:
            raise ImportError
        from soapstream._find import find_cli, find_node

        return [find_node(), find_cli()]
    except (ImportError, RuntimeError) as error:
        missing = str(error) if isinstance(error, RuntimeError) else f"there is no {' and no '.join(absent)}"
        message = f"{socket.gethostname()}: {missing}; or give executors an archive of soapstream.spark.make_archive"
        return {"error": {"code": "nodeNotFound", "message": message, "isRetryable": False}}


def _run(program: list[str], task: dict[str, Any], options: list[str], silence: float) -> Outcome:
    from pyspark import TaskContext

    context = TaskContext.get()
    attempt = f"{context.stageId()}-{context.partitionId()}-{context.attemptNumber()}-{uuid.uuid4().hex[:8]}" if context else uuid.uuid4().hex
    with tempfile.TemporaryDirectory(prefix="soapstream-") as folder:
        path = os.path.join(folder, "task.json")
        with open(path, "w") as file:
            json.dump(task, file)
        code, out, err = _ended([*program, "task", path, "--attempt", attempt, *options], silence)
    try:
        if code == 0:
            return {"part": json.loads(out)}
        error = json.loads(err.strip().rsplit("\n", 1)[-1])["error"]
        if not error["isRetryable"]:
            return {"error": error}
        why = error["message"]
    except (ValueError, LookupError, TypeError):
        why = _how(code, silence) + (f": {err.strip().splitlines()[0][:200]}" if err.strip() else "")
    raise TaskFailed(f"{FAILED}{task['pipeline']}, task {task['task']} (attempt {attempt} on {socket.gethostname()}): {why}")


def _ended(command: list[str], silence: float) -> tuple[Optional[int], str, str]:
    """How the process ends, and what it says. It ends with this one, which may be killed at any time."""
    prelude = [sys.executable, "-I", "-S", "-c", DIES_WITH_PARENT, str(os.getpid())] if sys.platform == "linux" else []
    read_end, write_end = os.pipe()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(read_end, "rb", buffering=0) as news:
        try:
            process = subprocess.Popen(
                [*prelude, *command, "--report", str(write_end)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=(write_end,),
                start_new_session=True,
            )
        finally:
            os.close(write_end)
        try:
            while True:
                if not select.select([news], [], [], silence)[0]:
                    return None, "", ""
                if not news.read(2**16):
                    break
            code = process.wait(silence)
        except subprocess.TimeoutExpired:
            return None, "", ""
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
        return code, texts[0], texts[1]


def _how(code: Optional[int], silence: float) -> str:
    if code is None:
        return f"its process of Node has said nothing for {silence:g} s, and was killed"
    return f"its process of Node was killed by {signal.Signals(-code).name}" if code < 0 else f"its process of Node ended with exit code {code}"
