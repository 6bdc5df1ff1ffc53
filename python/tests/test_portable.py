from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from soapstream._portable import cast_batch, from_text, portable_schema, portable_type, to_text

SMALL = pa.list_(pa.field("item", pa.uint16(), nullable=False), 2)


@pytest.mark.parametrize(
    ("given", "values", "portable"),
    [
        (pa.uint8(), [0, 255, None], pa.int16()),
        (pa.uint16(), [0, 2**16 - 1], pa.int32()),
        (pa.uint32(), [0, 2**32 - 1], pa.int64()),
        (pa.uint64(), [0, 2**63 - 1], pa.int64()),
        (pa.int8(), [-128, 127], pa.int8()),
        (pa.float32(), [0.5, -0.0], pa.float32()),
        (pa.float16(), [0.5, None], pa.float32()),
        (pa.large_string(), ["a", None], pa.string()),
        (pa.binary(3), [b"abc", None], pa.binary()),
        (pa.dictionary(pa.int8(), pa.string()), ["a", "b", "a", None], pa.string()),
        (pa.timestamp("ms"), [datetime(2026, 12, 1), None], pa.timestamp("us")),
        (pa.decimal128(5, 2), [Decimal("1.25")], pa.decimal128(5, 2)),
        (pa.list_(pa.float64(), 3), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], pa.list_(pa.float64())),
        (pa.list_(SMALL), [[[1, 2], [3, 4]], [], None], pa.list_(pa.list_(pa.field("item", pa.int32(), nullable=False)))),
        (pa.struct([("a", pa.uint8())]), [{"a": 200}, {"a": None}], pa.struct([("a", pa.int16())])),
    ],
)
def test_types_go_there_and_back_with_all_values(given: Any, values: list[Any], portable: Any) -> None:
    assert portable_type(given) == portable
    field = pa.field("x", given, metadata={"made": "so"})
    batch = pa.record_batch([pa.array(values, given)], schema=pa.schema([field]))
    there = cast_batch(batch, portable_schema(batch.schema))
    assert there.schema.field("x").type == portable
    assert there.column("x").to_pylist() == values
    back = cast_batch(there, pa.schema([from_text(to_text(field))]))
    assert back.equals(batch, check_metadata=True)


@pytest.mark.parametrize(
    ("given", "values", "target"),
    [
        (pa.uint64(), [2**63], pa.int64()),
        (pa.int64(), [-1], pa.uint32()),
        (pa.list_(pa.float64()), [[1.0, 2.0]], pa.list_(pa.float64(), 3)),
        (pa.timestamp("ns"), [1], pa.timestamp("us")),
    ],
)
def test_values_that_do_not_fit_are_refused_by_the_columns_name(given: Any, values: list[Any], target: Any) -> None:
    batch = pa.record_batch({"x": pa.array(values, given)})
    with pytest.raises(ValueError, match=r"^column x: expected .*, got "):
        cast_batch(batch, pa.schema([("x", target)]))


def test_columns_of_other_types_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"^column x: time32\[s\]: expected a type that Spark has"):
        portable_schema(pa.schema([("a", pa.int8()), ("x", pa.time32("s"))]))
