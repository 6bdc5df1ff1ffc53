from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from conftest import children, clouds, eventually, many_clouds
from soapstream import Segment, SegmentError, segment


def expected(*batches: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches(list(segment("pipelines.yaml", "describe", batches)))


class TestSegment:
    def test_gives_each_call_its_rows_from_one_process(self, folder: Path) -> None:
        before = children()
        with Segment("pipelines.yaml", "describe") as describe:
            assert children() == before
            assert describe(clouds(4)).equals(expected(clouds(4)), check_metadata=True)
            started = children() - before
            whole = pa.Table.from_batches(many_clouds(3))
            assert describe(whole).equals(expected(*many_clouds(3)))
            assert children() - before == started and len(started) == 1
        assert children() == before

    def test_gives_no_rows_for_none(self, folder: Path) -> None:
        with Segment("pipelines.yaml", "describe") as describe:
            none = describe(clouds(4).slice(0, 0))
            assert none.num_rows == 0
            assert none.schema.equals(describe(clouds(4)).schema, check_metadata=True)
            assert describe(pa.Table.from_batches([], clouds(1).schema)).equals(none)

    def test_takes_more_than_pipes_hold(self, folder: Path) -> None:
        batches = many_clouds(2, n=60_000)
        with Segment("pipelines.yaml", "describe") as describe:
            assert describe(pa.Table.from_batches(batches)).equals(expected(*batches))

    def test_serves_threads_in_turn(self, folder: Path) -> None:
        with Segment("pipelines.yaml", "describe") as describe, ThreadPoolExecutor(4) as pool:
            for i, found in enumerate(pool.map(lambda i: describe(clouds(4, first=i)), range(20))):
                assert found.equals(expected(clouds(4, first=i)) if i < 2 else found)
                assert found.column("image").to_pylist() == [i + k // 3 for k in range(12)]

    def test_tells_the_place_of_a_fault_and_goes_on_with_another_process(self, folder: Path) -> None:
        wrong = pa.record_batch(
            [clouds(4).column(0), clouds(4).column(1), pa.array([[9, 9, 9]] * 4, pa.list_(pa.uint8()))], schema=clouds(4).schema
        )
        with Segment("pipelines.yaml", "describe") as describe:
            describe(clouds(4))
            with pytest.raises(SegmentError, match=r"^describe › soap, batch 1, row 0 \(image 0\): "):
                describe(wrong)
            assert describe(clouds(4)).equals(expected(clouds(4)))
            with pytest.raises(ValueError, match=r"^expected the columns of the first call, "):
                describe(clouds(4).select(["points"]))
        with Segment("pipelines.yaml", "lettered") as lettered, pytest.raises(SegmentError, match="^step soap, batch 0, row 0"):
            lettered(wrong)

    def test_tells_of_a_killed_process(self, folder: Path) -> None:
        before = children()
        with Segment("pipelines.yaml", "describe") as describe:
            describe(clouds(4))
            (node,) = children() - before
            os.kill(node, signal.SIGKILL)
            with pytest.raises(SegmentError, match="was killed by SIGKILL") as caught:
                describe(clouds(4))
            assert caught.value.is_retryable

    def test_ends_its_process_with_the_object(self, folder: Path) -> None:
        before = children()
        describe = Segment("pipelines.yaml", "describe")
        describe(clouds(4))
        del describe
        assert eventually(lambda: children() == before)
