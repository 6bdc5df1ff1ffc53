import {
  Binary,
  Utf8View,
  TimestampNanosecond,
  TimeMicrosecond,
  SparseUnion,
  Map_,
  LargeList,
  IntervalMonthDayNano,
  DenseUnion,
  BinaryView,
  Bool,
  type Data,
  type DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  DurationSecond,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalDayTime,
  LargeBinary,
  LargeUtf8,
  List,
  makeData,
  Null,
  type RecordBatch,
  Schema,
  Struct,
  TimeMillisecond,
  TimestampMillisecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column, recordBatch } from '#dist/arrow/columns.js';
import { allRows, gather } from '#dist/arrow/gather.js';
import { decodeBatches, encodeBatches } from '#dist/arrow/ipc.js';
import { retainedBytes } from '#dist/arrow/retainedBytes.js';
import { cloudBatch, columnOf, imageBatch, randomNumbers } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

const item = (type: DataType, nullable = false): Field => new Field('item', type, nullable);
const fixed = (size: number, type: DataType, nullable = false): FixedSizeList =>
  new FixedSizeList(size, item(type, nullable));
const entries = new Struct<{ key: Utf8; value: Int32 }>([
  new Field('key', new Utf8(), false),
  new Field('value', new Int32(), true),
]);
const words = ['', 'a', 'bc', 'üñï', 'longer than the others'];

/** Every type that is supported, and a value of it for each number. */
const types: [DataType, (n: number) => unknown][] = [
  [new Bool(), (n) => n % 3 === 0],
  [new Int8(), (n) => (n % 256) - 128],
  [new Int16(), (n) => -n],
  [new Int32(), (n) => -n * 100_000],
  [new Int64(), (n) => -BigInt(n) * 10n ** 15n],
  [new Uint8(), (n) => n % 256],
  [new Uint16(), (n) => n],
  [new Uint32(), (n) => n * 1_000_000],
  [new Uint64(), (n) => BigInt(n) * 10n ** 15n],
  [new Float16(), (n) => n / 4],
  [new Float32(), (n) => n / 8],
  [new Float64(), (n) => Math.sqrt(n)],
  [new Utf8(), (n) => words[n % 5]! + n],
  [new Binary(), (n) => Uint8Array.from({ length: n % 4 }, (_, i) => n + i)],
  [new FixedSizeBinary(3), (n) => Uint8Array.of(n, n + 1, n + 2)],
  [new Decimal(2, 20, 128), (n) => Uint32Array.of(n, n + 1, 0, 0)],
  [new DateDay(), (n) => new Date(n * 86_400_000)],
  [new DateMillisecond(), (n) => new Date(n * 86_400_000)],
  [new TimeMillisecond(), (n) => n * 1000],
  [new TimestampMillisecond(), (n) => n * 1e9],
  [new DurationSecond(), (n) => BigInt(n)],
  [new IntervalDayTime(), (n) => Int32Array.of(n, 2 * n)],
  [new IntervalMonthDayNano(), (n) => Int32Array.of(n, 2 * n, 3 * n, 0)],
  [new Decimal(2, 60, 256), (n) => Uint32Array.of(n, n + 1, 0, 0, n, 0, 0, 0)],
  [new TimestampNanosecond('Europe/Vienna'), (n) => n * 1e3],
  [new TimeMicrosecond(), (n) => BigInt(n)],
  [new LargeUtf8(), (n) => words[n % 5]! + n],
  [new LargeBinary(), (n) => Uint8Array.from({ length: n % 4 }, (_, i) => n + i)],
  [new Utf8View(), (n) => words[n % 5]! + n],
  [new BinaryView(), (n) => Uint8Array.from({ length: n % 20 }, (_, i) => n + i)],
  [new LargeList(item(new Float64())), (n) => Array.from({ length: n % 4 }, (_, i) => n + i)],
  [
    new List(item(new Utf8View(), true)),
    (n) => Array.from({ length: n % 4 }, (_, i) => (i === 1 ? null : words[i + 1])),
  ],
  [fixed(2, new LargeUtf8()), (n) => [words[n % 5], `${n}`]],
  [
    new Map_(new Field('entries', entries, false)),
    (n) => new Map(Array.from({ length: n % 3 }, (_, i) => [words[i], n])),
  ],
  [new Dictionary(new Utf8(), new Int16(), 3), (n) => words[n % 5]],
  [
    new List(item(new Dictionary(new Utf8(), new Int16(), 4), true)),
    (n) => Array.from({ length: n % 3 }, (_, i) => words[i]),
  ],
  [new List(item(new Float64())), (n) => Array.from({ length: n % 4 }, (_, i) => n + i)],
  [new List(item(new Utf8(), true)), (n) => Array.from({ length: n % 3 }, (_, i) => (i === 1 ? null : words[n % 5]))],
  [new List(item(fixed(3, new Float64()))), (n) => Array.from({ length: n % 3 }, () => [n, n + 1, n + 2])],
  [
    new List(item(new List(item(new Uint8())))),
    (n) => Array.from({ length: n % 3 }, (_, i) => Array<number>(i).fill(n)),
  ],
  [fixed(4, new Float32()), (n) => [n, n + 1, n + 2, n + 3]],
  [
    fixed(2, fixed(3, new Uint8())),
    (n) => [
      [n, 1, 2],
      [3, 4, n],
    ],
  ],
  [fixed(2, new Int32(), true), (n) => [n, n % 2 === 0 ? null : 1]],
  [fixed(2, new Utf8()), (n) => [words[n % 5], `${n}`]],
  [fixed(2, new Bool()), (n) => [n % 2 === 0, n % 3 === 0]],
  [
    new Struct([new Field('a', new Float32(), false), new Field('b', new Utf8(), true)]),
    (n) => ({ a: n, b: n % 2 === 0 ? null : words[n % 5] }),
  ],
];

/** Three batches of one column, one of them a slice out of a larger one and one out of Arrow IPC. */
function batchesOf(type: DataType, valueOf: (row: number) => unknown): RecordBatch[] {
  const schema = new Schema([new Field('own', type, true)]);
  const batch = (first: number, rows: number): RecordBatch => {
    const values = Array.from({ length: rows }, (_, i) => valueOf(first + i));
    return recordBatch(schema, rows, [columnOf(type, values)]);
  };
  const [decoded] = decodeBatches(encodeBatches([batch(40, 13)]));
  return [batch(0, 9), batch(10, 30).slice(5, 22).slice(3, 15), decoded!];
}

function randomSelection(
  batches: readonly RecordBatch[],
  length: number,
): { sources: number[]; rows: number[]; length: number } {
  const random = randomNumbers(length);
  const sources = Array.from({ length }, () => Math.floor(random() * batches.length));
  return { sources, rows: sources.map((source) => Math.floor(random() * batches[source]!.numRows)), length };
}

const values = (batch: RecordBatch): unknown[] => plainRows([batch]).map(({ own }) => own);

describe.each(types)('gather of %s', (type, valueOf) => {
  it.each([
    ['without nulls', valueOf],
    ['with nulls', (n: number) => (n % 3 === 1 ? null : valueOf(n))],
  ])('copies the rows of any batches in any order, %s', (_, own) => {
    const batches = batchesOf(type, own);
    const all = batches.map(values);
    for (const length of [1, 8, 50]) {
      const selection = randomSelection(batches, length);
      const gathered = gather(batches, selection);
      expect(values(gathered)).toEqual(selection.sources.map((source, i) => all[source]![selection.rows[i]!]));
      expect(gathered.schema.fields).toEqual(batches[0]!.schema.fields);
      // Valid in all its buffers, and not only to look at.
      expect(decodeBatches(encodeBatches([gathered])).flatMap(values)).toEqual(values(gathered));
      const nulls = values(gathered).filter((value) => value === null).length;
      expect(column(gathered, 'own').nullCount).toBe(nulls);
    }
    const whole = gather(batches, allRows(batches.map(({ numRows }) => numRows)));
    expect(values(whole)).toEqual(all.flat());
    expect(values(gather(batches, { sources: [], rows: [], length: 0 }))).toEqual([]);
  });
});

describe('gather', () => {
  it('copies dictionary columns that share their dictionary', () => {
    const { data, type } = vectorFromArray(['a', 'b', null, 'a', 'c'], new Dictionary(new Utf8(), new Int8()));
    const schema = new Schema([new Field('own', type, true)]);
    const batch = recordBatch(schema, 5, [data[0]!]);
    const gathered = gather([batch, batch.slice(2, 5)], { sources: [0, 1, 1, 0], rows: [4, 0, 1, 1], length: 4 });
    expect(values(gathered)).toEqual(['c', null, 'a', 'b']);
    const equal = recordBatch(schema, 3, [vectorFromArray(['a', 'b', 'c'], type).data[0]!]);
    expect(values(gather([batch, equal], { sources: [1, 0], rows: [2, 1], length: 2 }))).toEqual(['c', 'b']);
    const other = recordBatch(schema, 2, [vectorFromArray(['x', 'y'], type).data[0]!]);

    const joined = gather([batch, other, equal], { sources: [1, 0, 0, 2, 1], rows: [1, 2, 4, 1, 0], length: 5 });
    expect(values(joined)).toEqual(['y', null, 'c', 'b', 'x']);
    expect([...column(joined, 'own').dictionary!]).toEqual(['a', 'b', 'c', 'x', 'y']);
    expect(decodeBatches(encodeBatches([joined])).flatMap(values)).toEqual(values(joined));
  });

  it('gives as many nulls as rows of a column of nulls', () => {
    const schema = new Schema([new Field('own', new Null(), true)]);
    const batch = recordBatch(schema, 3, [makeData({ type: new Null(), length: 3 })]);
    const gathered = gather([batch], { sources: [0, 0], rows: [2, 0], length: 2 });
    expect(values(gathered)).toEqual([null, null]);
    expect(column(gathered, 'own').nullCount).toBe(2);
  });

  it('refuses to join dictionaries of more values than their indices can tell apart', () => {
    const type = new Dictionary(new Utf8(), new Int8(), 0);
    const schema = new Schema([new Field('own', type, false)]);
    const batches = ['a', 'b'].map((letter) => {
      const names = Array.from({ length: 100 }, (_, i) => `${letter}${i}`);
      return recordBatch(schema, 100, [vectorFromArray(names, type).data[0]!]);
    });
    expect(() => gather(batches, allRows(batches.map(({ numRows }) => numRows)))).toThrow(
      new RangeError('expected at most 128 values in the dictionaries of a column, got 200'),
    );
  });

  it.each([
    ['sparse', new SparseUnion([5, 7], [new Field('a', new Int32(), true), new Field('b', new Utf8(), true)])],
    ['dense', new DenseUnion([5, 7], [new Field('a', new Int32(), true), new Field('b', new Utf8(), true)])],
  ])('copies %s unions', (kind, type) => {
    const numbers = columnOf(new Int32(), kind === 'dense' ? [3, 4] : [3, null, null, 4]);
    const texts = columnOf(new Utf8(), kind === 'dense' ? ['x', 'yy'] : [null, 'x', 'yy', null]);
    const typeIds = Int8Array.of(5, 7, 7, 5);
    const valueOffsets = Int32Array.of(0, 0, 1, 1);
    const data = makeData({ type: type as DenseUnion, length: 4, typeIds, valueOffsets, children: [numbers, texts] });
    const batch = recordBatch(new Schema([new Field('own', type, true)]), 4, [data]);
    const gathered = gather([batch.slice(1, 4), batch], { sources: [0, 1, 0, 1], rows: [1, 3, 0, 0], length: 4 });
    expect(values(gathered)).toEqual(['yy', 4, 'x', 3]);
    expect(decodeBatches(encodeBatches([gathered])).flatMap(values)).toEqual(values(gathered));
  });

  it('copies all columns, and keeps schema and metadata', () => {
    const batch = cloudBatch([2, 0, 3, 1]);
    const schema = new Schema(batch.schema.fields, new Map([['origin', 'here']]));
    const gathered = gather([recordBatch(schema, 4, batch.data.children)], {
      sources: [0, 0],
      rows: [2, 0],
      length: 2,
    });
    const [first, , third] = plainRows([batch]);
    expect(plainRows([gathered])).toEqual([third, first]);
    expect(gathered.schema.metadata).toEqual(schema.metadata);
  });

  it('keeps nothing of its batches alive', () => {
    const batch = imageBatch(1000, { height: 28, width: 28 });
    const gathered = gather([batch], { sources: [0], rows: [500], length: 1 });
    expect(retainedBytes(gathered)).toBe(4 + 1 + 784);
    const buffers = (data: Data): ArrayBufferLike[] => [
      ...[data.values, data.valueOffsets].filter((part) => ArrayBuffer.isView(part)).map(({ buffer }) => buffer),
      ...data.children.flatMap(buffers),
    ];
    const own = new Set(buffers(gathered.data));
    expect(buffers(batch.data).filter((buffer) => own.has(buffer))).toEqual([]);
  });

  it('needs a batch', () => {
    expect(() => gather([], { sources: [], rows: [], length: 0 })).toThrow(
      new RangeError('gather: expected at least one batch, got none'),
    );
  });

  it('takes batches without rows along, as Arrow makes them', () => {
    const batch = cloudBatch([2, 1]);
    const children = batch.schema.fields.map(({ type }) => makeData({ type, length: 0, nullCount: 0 }));
    const empty = recordBatch(batch.schema, 0, children);
    expect(plainRows([gather([empty, batch], allRows([empty.numRows, batch.numRows]))])).toEqual(plainRows([batch]));
  });
});
