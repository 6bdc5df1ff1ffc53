"""Arrow types that any engine has, and the way there and back without loss."""

from __future__ import annotations

import base64
from typing import Any, Optional

import pyarrow as pa
from pyarrow import types

Type = Any
"""pa.DataType"""

KEPT = (types.is_boolean, types.is_integer, types.is_float32, types.is_float64, types.is_string, types.is_binary, types.is_date32)


def portable_type(given: Type) -> Type:
    """A type of Spark's for those that it does not have: signed integers, lists of any length, values instead of dictionaries.

    @raises TypeError if there is none
    """
    if types.is_unsigned_integer(given):
        return pa.int64() if given.bit_width >= 32 else pa.int32() if given.bit_width == 16 else pa.int16()
    if any(is_kept(given) for is_kept in KEPT):
        return given
    if types.is_float16(given):
        return pa.float32()
    if types.is_large_string(given):
        return pa.string()
    if types.is_large_binary(given) or types.is_fixed_size_binary(given):
        return pa.binary()
    if types.is_decimal128(given) or (types.is_timestamp(given) and given.unit == "us"):
        return given
    if types.is_timestamp(given):
        return pa.timestamp("us", given.tz)
    if types.is_dictionary(given):
        return portable_type(given.value_type)
    if types.is_list(given) or types.is_large_list(given) or types.is_fixed_size_list(given):
        return pa.list_(_portable_field(given.value_field))
    if types.is_struct(given):
        return pa.struct([_portable_field(given.field(i)) for i in range(given.num_fields)])
    raise TypeError(f"{given}: expected a type that Spark has; leave the column out by `select`")


def _portable_field(field: pa.Field) -> pa.Field:
    return pa.field(field.name, portable_type(field.type), field.nullable)


def portable_schema(schema: pa.Schema) -> pa.Schema:
    """@raises TypeError naming the column that has no such type"""
    fields = []
    for field in schema:
        try:
            fields.append(_portable_field(field))
        except TypeError as error:
            raise TypeError(f"column {field.name}: {error}") from None
    return pa.schema(fields)


def cast_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The columns in the types and with the metadata of a schema. @raises ValueError naming the column that does not fit without loss"""
    columns = []
    for field in schema:
        column = batch.column(batch.schema.get_field_index(field.name))
        try:
            columns.append(column if column.type == field.type else column.cast(field.type))
        except pa.ArrowException as error:
            raise ValueError(f"column {field.name}: expected {field.type}, got {column.type}: {error}") from None
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def to_text(field: pa.Field) -> str:
    """A field with its metadata."""
    return base64.b64encode(pa.schema([field]).serialize().to_pybytes()).decode()


def from_text(text: Optional[str]) -> Optional[pa.Field]:
    """@returns None where there is none"""
    return None if text is None else pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text))).field(0)
