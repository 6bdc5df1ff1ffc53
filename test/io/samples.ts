/** Batches of every type that the library writes, with the nulls, slices and sizes that are easily got wrong. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Binary,
  Bool,
  type Data,
  DataType,
  DateDay,
  DateMillisecond,
  Decimal,
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
  List,
  makeData,
  Precision,
  RecordBatch,
  Schema,
  Struct,
  StructRow,
  TimeMillisecond,
  TimestampMillisecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Vector,
} from 'apache-arrow';
import { onTestFinished } from 'vitest';
import { type IoContext } from '#dist/io/definition.js';
import { ioContext } from '#dist/io/paths.js';

/** A folder of its own, removed after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'soapstream-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function temporaryContext(): Promise<IoContext & { readonly directory: string }> {
  const directory = await temporaryDirectory();
  return { directory, ...ioContext(directory) };
}

const column = (name: string, type: DataType, metadata: Record<string, string> = {}): Field =>
  new Field(name, type, false, new Map(Object.entries(metadata)));
const nullable = (name: string, type: DataType): Field => new Field(name, type, true);
const fixed = (size: number, item: DataType, itemField = column('item', item)): FixedSizeList =>
  new FixedSizeList(size, itemField);

/** What the operators of the library exchange. */
export const modelSchema = new Schema(
  [
    column('image', new Uint32()),
    column('label', new Uint8()),
    column('count', new Uint16()),
    column('points', new List(column('item', fixed(3, new Float64())))),
    column('pixels', fixed(28, fixed(28, new Uint8()))),
    column('centers', new List(column('item', new Uint32()))),
    column('soap', fixed(308, new Float32()), { nMax: '7', lMax: '10', 'a key': 'ünï' }),
    column('soap64', fixed(5, new Float64())),
    column('name', new Utf8()),
    column('data', new Binary()),
    nullable('epoch', new Int32()),
    nullable('predicted', new Uint8()),
  ],
  new Map([['origin', 'samples']]),
);

/** What other programs' files may hold besides. */
export const foreignSchema = new Schema([
  nullable('i8', new Int8()),
  nullable('i16', new Int16()),
  nullable('i64', new Int64()),
  nullable('u64', new Uint64()),
  nullable('f16', new Float16()),
  nullable('f32', new Float32()),
  nullable('flag', new Bool()),
  nullable('text', new Utf8()),
  nullable('bytes', new FixedSizeBinary(5)),
  nullable('decimal', new Decimal(2, 20, 128)),
  nullable('day', new DateDay()),
  nullable('date', new DateMillisecond()),
  nullable('time', new TimeMillisecond()),
  nullable('stamp', new TimestampMillisecond()),
  nullable('duration', new DurationSecond()),
  nullable('vector', fixed(3, new Float32(), nullable('element', new Float32()))),
  nullable('lists', new List(nullable('element', new List(nullable('inner', new Utf8()))))),
  nullable('struct', new Struct([column('a', new Float32()), nullable('b', new Utf8())])),
]);

/** Reproducible numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Random rows; every third value of a nullable field is null, at every depth. */
export function sampleBatch(schema: Schema, rows: number, seed = 1): RecordBatch {
  const random = randomNumbers(seed);
  const columns = schema.fields.map((field) => randomColumn(field, rows, random));
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children: columns }),
  );
}

/** The rows as plain values, for comparison. */
export function rowsOf(batches: RecordBatch | readonly RecordBatch[]): Record<string, unknown>[] {
  const list = batches instanceof RecordBatch ? [batches] : batches;
  return list.flatMap((batch) =>
    Array.from({ length: batch.numRows }, (_, row) =>
      Object.fromEntries(batch.schema.fields.map(({ name }, i) => [name, plain(batch.getChildAt(i)!.get(row))])),
    ),
  );
}

/** The rows in batches of these sizes; what is left over makes the last. */
export function cut(batch: RecordBatch, sizes: readonly number[]): RecordBatch[] {
  let from = 0;
  const parts = sizes.map((size) => {
    const part = batch.slice(from, Math.min(batch.numRows, from + size));
    from += part.numRows;
    return part;
  });
  return [...parts, batch.slice(from, batch.numRows)];
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export function unaborted(): AbortSignal {
  return new AbortController().signal;
}

function plain(value: unknown): unknown {
  if (value instanceof Vector || ArrayBuffer.isView(value)) return Array.from(value as Iterable<unknown>, plain);
  if (value instanceof StructRow) return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  return value;
}

/** Made of buffers of exactly the right size, without the library's own helpers. */
function randomColumn({ type, nullable: mayBeNull }: Field, rows: number, random: () => number): Data {
  const valid = Array.from({ length: rows }, (_, row) => !mayBeNull || row % 3 !== 1);
  const nullCount = valid.filter((each) => !each).length;
  const nullBitmap = bits(valid);
  const common = { length: rows, nullCount, ...(nullCount > 0 && { nullBitmap }) };
  const integers = (count: number): number[] => Array.from({ length: count }, () => Math.floor(random() * 2 ** 31));
  /** Up to three elements a row, none for a null. */
  const offsets = (): Int32Array => {
    const starts = new Int32Array(rows + 1);
    for (let row = 0; row < rows; row++) starts[row + 1] = starts[row]! + (valid[row] ? Math.floor(random() * 4) : 0);
    return starts;
  };

  if (DataType.isFixedSizeList(type)) {
    const child = randomColumn(type.children[0]!, rows * type.listSize, random);
    return makeData({ type, child, ...common });
  }
  if (DataType.isList(type)) {
    const valueOffsets = offsets();
    return makeData({
      type,
      child: randomColumn(type.children[0]!, valueOffsets.at(-1)!, random),
      valueOffsets,
      ...common,
    });
  }
  if (DataType.isStruct(type)) {
    return makeData({ type, children: type.children.map((field) => randomColumn(field, rows, random)), ...common });
  }
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const valueOffsets = offsets();
    const data = Uint8Array.from(integers(valueOffsets.at(-1)!), (value) => 97 + (value % 26));
    return makeData({ type: type as Utf8, data, valueOffsets, ...common });
  }
  if (DataType.isBool(type))
    return makeData({ type, data: bits(integers(rows).map((value) => value % 2 === 0)), ...common });
  const array: NumberArray = new type.ArrayType(rows * strideOf(type));
  for (const [i, integer] of integers(array.length).entries()) array[i] = scaled(type, integer, i);
  return makeData({ type: type as Float64, data: array as Float64Array, ...common });
}

type NumberArray = Record<number, number | bigint> & { readonly length: number };

const MILLISECONDS_OF_DAY = 86_400_000;

/** Within what the type allows. */
function scaled(type: DataType, integer: number, index: number): number | bigint {
  if (DataType.isDecimal(type)) return index % 4 < 2 ? integer : 0; // below 2^62, within 20 digits
  if (DataType.isFloat(type)) return type.precision === Precision.HALF ? 0x3000 + (integer % 0x1000) : integer / 1e6;
  if (DataType.isTime(type)) return integer % MILLISECONDS_OF_DAY;
  const isBig = type.ArrayType === BigInt64Array || type.ArrayType === BigUint64Array;
  if (!isBig) return integer;
  return (
    BigInt(DataType.isDate(type) ? integer % 10_000 : integer) *
    BigInt(DataType.isDate(type) ? MILLISECONDS_OF_DAY : 1_000_003)
  );
}

function strideOf(type: DataType): number {
  if (DataType.isFixedSizeBinary(type)) return type.byteWidth;
  return DataType.isDecimal(type) ? 4 : 1;
}

function bits(values: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) if (value) bytes[i >> 3]! |= 1 << (i & 7);
  return bytes;
}
