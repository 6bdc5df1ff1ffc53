"""The driver of `soapstream run --engine spark`: takes tasks from standard input, a line of JSON a job, and answers with lines of JSON."""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any, TextIO

from soapstream._errors import NodeNotFound, SegmentError


def main() -> None:
    """The first line has `master` and what `TasksOnSpark` takes, each further one `tasks`.

    Answers are `progress`, `parts` or `failed`. The end of standard input is the end.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Spark prints is no answer
    try:
        tasks_on_spark, session = _start(json.loads(sys.stdin.readline()))
    except Exception as error:
        _tell(answers, failed=_told(error))
        return
    try:
        for line in sys.stdin:
            try:
                parts = tasks_on_spark.run(json.loads(line)["tasks"], lambda done: _tell(answers, progress=done))
                _tell(answers, parts=parts)
            except Exception as error:
                _tell(answers, failed=_told(error))
    finally:
        session.stop()


def _start(asked: dict[str, Any]) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        message = f"expected pyspark in {sys.executable}: pip install pyspark, or name a Python that has it by PYSPARK_DRIVER_PYTHON"
        raise SegmentError("badOption", message) from None
    from soapstream._spark_run import TasksOnSpark

    _expect_reachable(asked["master"])
    builder = SparkSession.builder.master(asked["master"]).appName("soapstream")
    session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    return TasksOnSpark(session, asked["program"], asked["options"], archive=asked.get("archive")), session


def _expect_reachable(master: str) -> None:
    """Spark itself tries for a minute, and then tells it at length."""
    if not master.startswith("spark://"):
        return
    why: object = "no address"
    for place in master[len("spark://") :].split(","):
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), 10).close()
            return
        except (OSError, ValueError) as error:
            why = error
    raise SegmentError("badOption", f"--master: cannot reach {master} ({why}): is it the address that the master shows on its page?")


def _told(error: Exception) -> dict[str, Any]:
    if isinstance(error, NodeNotFound):
        return {"code": "missingInput", "detail": str(error)}
    if isinstance(error, SegmentError):
        place = {name: getattr(error, name) for name in ("pipeline", "step", "batch", "row", "image", "option")}
        return {"code": error.code, "detail": error.detail, **{name: value for name, value in place.items() if value is not None}}
    lines = str(error).strip().splitlines()
    return {"code": "workerFailed", "detail": f"Spark: {lines[0] if lines else type(error).__name__}"}


def _tell(answers: TextIO, **line: Any) -> None:
    print(json.dumps(line), file=answers, flush=True)


if __name__ == "__main__":
    main()
