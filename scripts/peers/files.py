"""Compares what soapstream made of files with what pyarrow makes of them.

Questions and answers are JSON, a line each: {"file", "copy"}. `copy` is an Arrow stream that soapstream wrote, or null. The answer's `verdict` is
`equal`, `different` (with `detail`), or `unread` where pyarrow refuses the file itself.
"""

import json
import sys

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq


def reference(path):
    with open(path, "rb") as file:
        start = file.read(6)
    if start[:4] == b"PAR1":
        return pq.ParquetFile(path).read()
    with open(path, "rb") as file:
        reader = ipc.open_file(file) if start == b"ARROW1" else ipc.open_stream(file)
        return reader.read_all()


def values_of(column):
    """Exact values: times as integers, floats by their bits."""
    out = []
    for chunk in column.chunks:
        out.extend(exact(chunk))
    return out


TEMPORAL = (pa.types.is_timestamp, pa.types.is_time, pa.types.is_duration, pa.types.is_date)
UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def exact(array):
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return exact(array.storage)
    if pa.types.is_dictionary(kind):
        values = exact(array.dictionary)
        return [None if index is None else values[index] for index in array.indices.to_pylist()]
    if pa.types.is_date(kind):
        scale = 86_400_000 if pa.types.is_date32(kind) else 1
        integers = array.cast(pa.int32() if scale > 1 else pa.int64()).to_pylist()
        return [None if value is None else value * scale for value in integers]
    if any(test(kind) for test in TEMPORAL):
        width = pa.int32() if pa.types.is_time32(kind) else pa.int64()
        return [None if value is None else value * UNITS[kind.unit] for value in array.cast(width).to_pylist()]
    if pa.types.is_float16(kind) or pa.types.is_floating(kind):
        return [None if value is None else "nan" if value != value else float(value).hex() for value in array.to_pylist()]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind) or pa.types.is_fixed_size_list(kind):
        if pa.types.is_map(kind):
            pairs = list(zip(exact(array.keys), exact(array.items)))
            offsets = array.offsets.to_pylist()
            base = offsets[0] if offsets else 0
            lists = [pairs[a - base : b - base] for a, b in zip(offsets, offsets[1:])]
        elif pa.types.is_fixed_size_list(kind):
            size = kind.list_size
            child = exact(array.values.slice(array.offset * size, len(array) * size))
            lists = [child[row * size : (row + 1) * size] for row in range(len(array))]
        else:
            child = exact(array.values)
            offsets = array.offsets.to_pylist()
            lists = [child[a:b] for a, b in zip(offsets, offsets[1:])]
        return [item if valid else None for item, valid in zip(lists, array.is_valid().to_pylist())]
    if pa.types.is_struct(kind):
        columns = [exact(array.field(i)) for i in range(kind.num_fields)]
        rows = zip(*columns) if columns else [()] * len(array)
        return [tuple(row) if valid else None for row, valid in zip(rows, array.is_valid().to_pylist())]
    if pa.types.is_interval(kind):
        return [None if value is None else tuple(value) for value in array.to_pylist()]
    if pa.types.is_union(kind):
        return [str(value) for value in array.to_pylist()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        # Not every writer keeps to UTF-8: bytes are what is compared.
        wide = pa.large_binary()
        return (array.cast(pa.large_string()) if pa.types.is_string_view(kind) else array.cast(wide)).cast(wide).to_pylist()
    return array.to_pylist()


# Pyarrow's rules beyond those of the format, which old files of its own do not keep.
TOLERATED = ("whole number of days", "does not fit in precision")


def expect_valid(table):
    try:
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        if not any(words in str(error) for words in TOLERATED):
            raise


def compare(path, copy):
    try:
        expected = reference(path)
        expect_valid(expected)
    except Exception as error:  # whatever pyarrow says of a damaged file
        return {"verdict": "unread", "detail": f"{type(error).__name__}: {error}"}
    if copy is None:
        return {"verdict": "read", "detail": f"{expected.num_rows} rows"}
    with open(copy, "rb") as file:
        found = ipc.open_stream(file).read_all()
    expect_valid(found)
    if expected.column_names != found.column_names:
        return {"verdict": "different", "detail": f"columns {found.column_names}, expected {expected.column_names}"}
    if expected.num_rows != found.num_rows:
        return {"verdict": "different", "detail": f"{found.num_rows} rows, expected {expected.num_rows}"}
    for i, name in enumerate(expected.column_names):
        if str(expected.column(i).type) in ("month_interval", "day_time_interval"):  # not in Python
            if not expected.column(i).equals(found.column(i)):
                return {"verdict": "different", "detail": f"column {name}"}
            continue
        wanted, got = values_of(expected.column(i)), values_of(found.column(i))
        if wanted != got:
            row = next(row for row, pair in enumerate(zip(wanted, got)) if pair[0] != pair[1])
            return {
                "verdict": "different",
                "detail": f"column {name}, row {row}: {str(got[row])[:60]}, expected {str(wanted[row])[:60]} ({found.column(i).type}, {expected.column(i).type})",
            }
    return {"verdict": "equal", "detail": f"{expected.num_rows} rows"}


for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = compare(question["file"], question["copy"])
    except Exception as error:
        answer = {"verdict": "different", "detail": f"the copy: {type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
