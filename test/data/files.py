"""Small files of other programs, for tests of the readers: pip install pyarrow; python files.py. pyarrow 26.0.1 made those that are here."""

import decimal
import datetime
import struct
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

D = decimal.Decimal
columns = {
    "decimal": pa.array([D("12345678901234567890.12"), D("-0.01"), None], pa.decimal128(38, 2)),
    "wide": pa.array([D("123456789012345678901234567890123456789012345.12"), D("-0.01"), None], pa.decimal256(60, 2)),
    "micro": pa.array([1700000000123456, -1, None], pa.timestamp("us")),
    "nano": pa.array([1700000000123456789, -1, None], pa.timestamp("ns", "Europe/Paris")),
    "day": pa.array([19000, -1, None], pa.date32()),
    "milliday": pa.array([86400000 * 19000, -86400000, None], pa.date64()),
    "clock": pa.array([3661000000001, 0, None], pa.time64("ns")),
    "span": pa.array([2**62 + 1, -1, None], pa.duration("ns")),
    "bytes": pa.array([b"\x00\xff", b"", None], pa.binary()),
    "fixed": pa.array([b"ab", b"cd", None], pa.binary(2)),
    "map": pa.array([[("a", 1), ("b", 2)], [], None], pa.map_(pa.string(), pa.int64())),
    "long": pa.array([2**62 + 1, -1, None], pa.int64()),
    "half": pa.array([1.5, -0.25, None], pa.float16()),
    "struct": pa.array([{"a": 1, "b": [1, 2]}, {"a": None, "b": None}, None], pa.struct([("a", pa.int8()), ("b", pa.list_(pa.int16()))])),
    "yes": pa.array([True, False, None]),
    "none": pa.nulls(3),
    "largeText": pa.array(["a", "", None], pa.large_string()),
    "largeList": pa.array([["a"], [], None], pa.large_list(pa.string())),
    "word": pa.array(["x", "y", None]).dictionary_encode(),
}
only_arrow = {
    "interval": pa.array([(1, 2, 3), (-1, 0, 2**40), None], pa.month_day_nano_interval()),
    "sparse": pa.UnionArray.from_sparse(pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["a", "b", "c"])]),
    "dense": pa.UnionArray.from_dense(pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()), [pa.array([1, 2]), pa.array(["a"])]),
    "view": pa.array(["a", "a text of more than twelve bytes", None], pa.string_view()),
}
table = pa.table({**columns, **only_arrow})
for codec in (None, "lz4", "zstd"):
    name = f"files/types{'' if codec is None else codec.capitalize()}.arrow"
    with ipc.new_file(name, table.schema, options=ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(table)
pq.write_table(pa.table(columns), "files/types.parquet", compression="none")

# Dictionaries that are replaced, that grow, and that refer to another one.
words = pa.dictionary(pa.int8(), pa.string())
schema = pa.schema([("word", words), ("list", pa.list_(words))])
with ipc.new_stream("files/dictionaries.arrows", schema, options=ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as writer:
    for values in (["a", "b"], ["a", "b", "c"], ["z"]):
        word = pa.DictionaryArray.from_arrays(pa.array([len(values) - 1, 0], pa.int8()), pa.array(values))
        offsets = pa.array([0, 2, 2], pa.int32())
        writer.write_batch(pa.record_batch([word, pa.ListArray.from_arrays(offsets, word)], schema=schema))

equal = pa.Table.from_arrays([pa.array([1, 2], pa.int8()), pa.array([3, 4], pa.int32())], names=["x", "x"])
pq.write_table(equal, "files/equalNames.parquet")
pq.write_table(pa.table({"x": ["a" * 2**20] * 1000}), "files/longTexts.parquet", compression="zstd", write_statistics=False)

# The footer tells 0 rows, its row group 6.
pq.write_table(pa.table({"x": pa.array([1, 2, 3, 4, 5, 6], pa.int32())}), "files/footerRows.parquet", compression="none", store_schema=False)
content = bytearray(open("files/footerRows.parquet", "rb").read())
footer = len(content) - 8 - struct.unpack("<i", content[-8:-4])[0]
content[content.index(b"\x16\x0c\x19", footer) + 1] = 0
open("files/footerRows.parquet", "wb").write(content)

# Times as Impala and older Sparks store them; one of `beyond` lies where 64 bits of nanoseconds do not reach. The last row group has it.
day = datetime.datetime(2024, 2, 29, 12, 30, 1, 5)
columns = {
    "id": pa.array([1, 2, 3]),
    "plain": pa.array([day, None, datetime.datetime(1677, 9, 22)], pa.timestamp("us")),
    "nested": pa.array([[{"at": day, "n": 2**62}], [], None], pa.list_(pa.struct([("at", pa.timestamp("us")), ("n", pa.int64())]))),
}
last = datetime.datetime(9999, 12, 31)
beyond = {"id": columns["id"], "plain": pa.array([day] * 3, pa.timestamp("us")), "nested": pa.array([[], [], [{"at": last, "n": 0}]], columns["nested"].type)}
for name, table in (("int96", columns), ("int96Beyond", beyond)):
    pq.write_table(pa.table(table), f"files/{name}.parquet", use_deprecated_int96_timestamps=True, store_schema=False, row_group_size=2, compression="snappy")

# Vectors as engines write them that know no lists of one length; those of `ragged` have three values on average.
values = [[float(i), float(i * i), float(-i)] for i in range(8)]
labels = pa.array([i % 2 for i in range(8)], pa.int64())
vectors = pa.table({"label": labels, "soap": pa.array(values, pa.list_(pa.float32()))})
pq.write_table(vectors, "files/vectors.parquet", store_schema=False, row_group_size=3)
images = pa.array([[[i, 1, 2], [3, 4, 5]] for i in range(8)], pa.large_list(pa.large_list(pa.uint8())))
with ipc.new_stream("files/vectors.arrows", pa.schema([("label", labels.type), ("soap", pa.large_list(pa.float64())), ("pixels", images.type)])) as writer:
    table = pa.table({"label": labels, "soap": pa.array(values, pa.large_list(pa.float64())), "pixels": images})
    for start in (0, 3, 6):
        writer.write_table(table.slice(start, 3))
pq.write_table(pa.table({"soap": pa.array([[1.0] * 3, [1.0] * 2, [1.0] * 4], pa.list_(pa.float32()))}), "files/ragged.parquet", store_schema=False)
