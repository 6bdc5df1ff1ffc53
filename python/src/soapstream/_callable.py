"""Steps of a pipeline as a function that is called many times."""

from __future__ import annotations

import os
import queue
import threading
import weakref
from collections.abc import Mapping
from functools import partial
from typing import Any, Callable, Optional, Union

import pyarrow as pa

from soapstream._compiled import CompiledSegment, compile_segment
from soapstream._errors import SegmentError
from soapstream._find import PathLike, find_cli, find_node
from soapstream._process import Line, NodeProcess
from soapstream._segment import arguments_of, letter_of


class Segment:
    """Consecutive steps of a pipeline as a function of tables: a process of Node starts with the first call and serves all others.

    For engines that call an object again and again, such as the actors of Ray. `close()`, `with` or the end of the object end the
    process, and so does a call that fails. Threads take turns. Arguments are those of `soapstream.segment`, and so are errors.
    """

    def __init__(
        self,
        file: PathLike,
        pipeline: str,
        *,
        from_step: Optional[str] = None,
        to_step: Optional[str] = None,
        settings: Optional[Mapping[str, object]] = None,
        profile: Optional[str] = None,
        out: Optional[PathLike] = None,
        silence: Optional[float] = None,
        node: Optional[PathLike] = None,
        cli: Optional[PathLike] = None,
    ) -> None:
        what = (file, pipeline, from_step, to_step, settings, profile, out)
        self._command = [find_node(node), find_cli(cli), *arguments_of(*what)]
        self._compile = partial(compile_segment, *what)
        self._cwd = os.getcwd()
        self._silence = silence
        self._lock = threading.Lock()
        self._running: Optional[_Running] = None

    def __call__(self, given: Union[pa.Table, pa.RecordBatch]) -> pa.Table:
        """What the steps make of the rows. All calls of an object have the same columns."""
        table = pa.Table.from_batches([given]) if isinstance(given, pa.RecordBatch) else given
        with self._lock:
            if self._running is None:
                process = NodeProcess(self._command, self._cwd, silence=self._silence)
                self._running = _Running(process, table.schema, self._compile)
                weakref.finalize(self, self._running.close)
            try:
                return self._running.exchange(table)
            except BaseException:
                self._close()
                raise

    def close(self) -> None:
        """Ends the process. The next call starts another."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._running is not None:
            self._running.close()
            self._running = None

    def __enter__(self) -> Segment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Running:
    """A process, and a thread that reads what leaves it: so that nobody waits for a pipe that nobody reads."""

    def __init__(self, process: NodeProcess, schema: pa.Schema, compiled: Callable[[], CompiledSegment]) -> None:
        """:param compiled: the same steps, asked for their schema where no row tells it"""
        self._compile = compiled
        self._process = process
        self._schema = schema
        self._made: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._leaving: Optional[pa.Schema] = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while True:
                batch = self._process.read()
                self._made.put(batch)
                if batch is None:
                    return
        except BaseException as error:
            self._made.put(error)

    def exchange(self, table: pa.Table) -> pa.Table:
        """@raises SegmentError if the process fails, or rows are lost"""
        if table.schema != self._schema:
            raise ValueError(f"expected the columns of the first call, {self._schema.names}, got {table.schema.names} or other types")
        made: list[pa.RecordBatch] = []
        for batch in table.to_batches() or [pa.RecordBatch.from_pylist([], self._schema)]:
            try:
                self._process.write(batch, self._schema)
            except OSError:
                raise self._process.failure() from None
            line = self._next_line()
            part = [self._next_batch() for _ in range(line["batchesOut"])]
            counted = {"rowsIn": batch.num_rows, "rowsOut": sum(each.num_rows for each in part)}
            if any(line[name] != count for name, count in counted.items()):
                raise SegmentError("incomplete", f"rows were lost: counted {counted}, but the process says {line}", is_retryable=True)
            made += part
        self._leaving = self._leaving or (made[0].schema if made else self._compile().output_schema(self._schema))
        return pa.Table.from_batches(made, self._leaving)

    def _next_line(self) -> Line:
        while True:
            line = self._process.lines.get()
            if line is None:
                raise self._process.failure()
            if line["type"] == "batch":
                return line
            if line["type"] == "deadLetter":
                raise letter_of(line)

    def _next_batch(self) -> pa.RecordBatch:
        batch = self._made.get()
        if isinstance(batch, BaseException):
            raise batch
        if batch is None:
            raise self._process.failure()
        return batch

    def close(self) -> None:
        self._process.close()
        if self._reader is not threading.current_thread():
            self._reader.join(timeout=10)
