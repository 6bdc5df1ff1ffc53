"""One process `soapstream segment`: its pipes, the threads that read them, and its end."""

from __future__ import annotations

import atexit
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import weakref
from typing import IO, Any, Callable, Optional, Sequence

import pyarrow as pa

from soapstream._errors import SegmentError

Line = dict[str, Any]

VERSION = "0.1"
"""Of the program, up to the number that tells whether it fits."""

STDERR_BYTES = 2**16
PIPE_BYTES = 2**20

BODY_BYTES = 2**14
"""What is shorter may be what describes a batch, which is still needed when its body is read."""

# What Node is started by on Linux: the kernel ends the process when this one is gone, even if neither can act any more. A function
# called between fork and exec would do the same, but may deadlock where there are threads.
DIES_WITH_PARENT = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]): os._exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""

_live: weakref.WeakSet[NodeProcess] = weakref.WeakSet()


class NodeProcess:
    """Runs the program on one Arrow stream. Whoever makes one closes it.

    Standard error and the report are read by threads of its own, so that Node never waits for anybody to read them. The thread of
    standard error also starts the process and waits for it: Linux takes the end of the thread that started it for that of its parent.
    """

    def __init__(
        self,
        command: Sequence[str],
        cwd: Optional[str] = None,
        on_line: Optional[Callable[[Line], None]] = None,
        reuses_memory: bool = False,
        silence: Optional[float] = None,
    ) -> None:
        """
        :param command: without `--report`
        :param on_line: called with each line of the report but `hello` and `progress`, in a thread of its own; else they wait in
            `lines`. A SegmentError that it raises ends the process and is why
        :param reuses_memory: whether a batch is valid until the next is read: for those who copy it anyway
        :param silence: seconds without a line of the report after which it is taken for hung, and killed
        """
        if os.name != "posix":
            raise NotImplementedError("soapstream: expected Linux or macOS, which can give a process one more pipe")
        self.lines: queue.SimpleQueue[Optional[Line]] = queue.SimpleQueue()
        """What the report says; None when there is no more."""
        self._on_line = on_line or self.lines.put
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._popen: Optional[subprocess.Popen[bytes]] = None
        self._is_doomed = False
        self._failure: Optional[BaseException] = None
        self._errors = b""
        self._wrong: Optional[SegmentError] = None
        self._last: Optional[Line] = None
        self._reuses_memory = reuses_memory
        self._reader: Any = None
        self._writer: Any = None
        self._has_started = threading.Event()
        self._has_said_all = threading.Event()
        self._n_lines = 0
        _live.add(self)
        read_end, write_end = os.pipe()
        report = os.fdopen(read_end, "rb")
        threads = [
            threading.Thread(target=self._keep, args=(list(command), cwd, write_end), daemon=True),
            threading.Thread(target=self._read_report, args=(report,), daemon=True),
        ]
        if silence is not None:
            threads.append(threading.Thread(target=self._watch, args=(silence,), daemon=True))
        self._threads = threads
        self._keeper, self._reporter, *_ = threads
        try:
            for thread in threads:
                thread.start()
            self._has_started.wait()
        except BaseException:
            self.kill()
            raise
        if self._failure is not None:
            raise self._failure
        assert self._popen is not None and self._popen.stdin is not None and self._popen.stdout is not None
        self.stdin: IO[bytes] = self._popen.stdin
        self.stdout: IO[bytes] = self._popen.stdout
        _enlarge(self.stdin)
        _enlarge(self.stdout)

    @property
    def pid(self) -> int:
        assert self._popen is not None
        return self._popen.pid

    @property
    def is_mine(self) -> bool:
        """False in a process that was forked off later: there it is the parent's."""
        return self._owner == os.getpid()

    @property
    def is_running(self) -> bool:
        return not self._is_doomed and self._keeper.is_alive()

    def _keep(self, command: list[str], cwd: Optional[str], report: int) -> None:
        try:
            with self._lock:
                if self._is_doomed:
                    return
                if sys.platform == "linux" and sys.executable:
                    start = [sys.executable, "-I", "-S", "-c", DIES_WITH_PARENT, str(self._owner)]
                else:
                    start = []
                self._popen = popen = subprocess.Popen(
                    [*start, *command, "--report", str(report)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd=cwd,
                    pass_fds=(report,),
                    start_new_session=True,  # Ctrl-C is this process's to handle
                )
        except BaseException as error:
            self._failure = error
            return
        finally:
            os.close(report)
            self._has_started.set()
        assert popen.stderr is not None
        with popen.stderr as stderr:
            while True:
                chunk = stderr.read1(2**16)  # type: ignore[attr-defined]
                if not chunk:
                    break
                self._errors = (self._errors + chunk)[-STDERR_BYTES:]
        popen.wait()

    def _read_report(self, report: IO[bytes]) -> None:
        try:
            with report:
                for text in report:
                    self._n_lines += 1
                    line: Line = json.loads(text)
                    self._last = line
                    if line["type"] == "hello":
                        _expect_version(line)
                    elif line["type"] != "progress":
                        self._on_line(line)
        except SegmentError as error:
            self._wrong = error
            self.kill()
        except ValueError:
            pass  # the line that it was killed at
        finally:
            self._has_said_all.set()
            self.lines.put(None)

    def _watch(self, silence: float) -> None:
        """A process that works says so each second, unless a single batch takes longer."""
        heard = -1
        while heard != self._n_lines:
            heard = self._n_lines
            if self._has_said_all.wait(silence):
                return
        if self._wrong is None:
            message = f"the process of Node has said nothing for {silence:g} s, and was killed"
            self._wrong = SegmentError("incomplete", message, is_retryable=True)
        self.kill()

    def write(self, batch: pa.RecordBatch, schema: pa.Schema) -> None:
        """:param schema: the same for all @raises OSError when the process is gone, ValueError for a batch of another schema"""
        self._open_writer(schema)
        self._writer.write_batch(batch)
        self.stdin.flush()

    def end_input(self, schema: pa.Schema) -> None:
        """Writes Arrow's end marker, which says that the input is whole. @raises OSError when the process is gone"""
        self._open_writer(schema)
        self._writer.close()
        self.stdin.close()

    def _open_writer(self, schema: pa.Schema) -> None:
        if self._writer is None:
            self._writer = pa.ipc.new_stream(pa.PythonFile(self.stdin, "w"), schema)

    def read(self) -> Optional[pa.RecordBatch]:
        """The next batch that leaves; None after the last. @raises SegmentError if the process ends before that"""
        try:
            if self._reader is None:
                output = _ReusedMemory(self.stdout) if self._reuses_memory else self.stdout
                self._reader = pa.ipc.open_stream(pa.PythonFile(output, "r"))
            return self._reader.read_next_batch()
        except StopIteration:
            return None
        except (pa.ArrowException, OSError, EOFError, ValueError) as error:
            raise self.failure(error) from None

    def finish(self) -> Line:
        """Waits for the end, when all has been read. @returns the line `end` @raises SegmentError if there is none"""
        self._keeper.join()
        self._reporter.join()
        is_done = self._popen is not None and self._popen.returncode == 0 and self._wrong is None
        if not is_done or self._last is None or self._last["type"] != "end":
            raise self.failure()
        return self._last

    def failure(self, noticed: Optional[BaseException] = None) -> SegmentError:
        """Why it has ended. One that has not is ended, since its output cannot be read on."""
        self._keeper.join(timeout=10)
        self.kill()
        self._keeper.join()
        self._reporter.join()
        if self._wrong is not None:
            return self._wrong
        return SegmentError.of_ended(self._popen.returncode if self._popen else None, self._errors, noticed)

    def kill(self) -> None:
        """Ends the process, without its threads being waited for."""
        if not self.is_mine:
            return
        with self._lock:
            self._is_doomed = True
            popen = self._popen
        if popen is not None and popen.poll() is None:
            try:
                os.killpg(popen.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def close(self) -> None:
        """Ends the process, if it has not ended, and its threads."""
        if not self.is_mine:
            return
        self.kill()
        for thread in self._threads:
            thread.join(timeout=10)  # a process that was forked off as this one started may hold their pipes
        self._reader = self._writer = None
        for pipe in (self.stdin, self.stdout):
            try:
                pipe.close()
            except OSError:
                pass  # what was left in its buffer has no reader


class _ReusedMemory:
    """A pipe as pyarrow reads it, with the bodies of all batches in the same place: new memory costs more than reading."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._memory = memoryview(b"")

    @property
    def closed(self) -> bool:
        return self._pipe.closed

    def read(self, n_bytes: int) -> Any:
        if n_bytes < BODY_BYTES:
            return self._pipe.read(n_bytes)
        if n_bytes > len(self._memory):
            self._memory = memoryview(bytearray(n_bytes))
        found = self._pipe.readinto(self._memory[:n_bytes])  # type: ignore[attr-defined]
        return self._memory[:found]


def _expect_version(hello: Line) -> None:
    """@raises SegmentError if the program is not of this package's version"""
    found = str(hello["soapstream"])
    if found.rsplit(".", 1)[0] != VERSION:
        message = f"expected version {VERSION} of the npm package soapstream, as of this package, got {found}"
        raise SegmentError("badConfiguration", message)


def _enlarge(pipe: IO[bytes]) -> None:
    """Larger pipes mean fewer turns. Where they may not grow they stay."""
    if sys.platform == "linux":
        import fcntl

        try:
            fcntl.fcntl(pipe.fileno(), 1031, PIPE_BYTES)  # F_SETPIPE_SZ
        except OSError:
            pass


@atexit.register
def _end_all() -> None:
    for process in list(_live):
        process.kill()
