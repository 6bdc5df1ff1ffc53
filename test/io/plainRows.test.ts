/** A column of long lists of floats in uncompressed Parquet: what is written of it, and how often it is copied. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint8,
  Utf8,
} from 'apache-arrow';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { initSync } from 'parquet-wasm/esm';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeBatches, encodeSchema } from '#dist/arrow/ipc.js';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import type { DiskFile } from '#dist/io/disk.js';
import { EncodedRows } from '#dist/io/encodedRows.js';
import { parquetEncoding } from '#dist/io/parquetEncoding.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { pageHead, plainColumn } from '#dist/io/plainPages.js';
import { PlainRows } from '#dist/io/plainRows.js';
import { cut, collect, modelSchema, rowsOf, sampleBatch, temporaryContext, unaborted } from './samples.js';

const float32: Field = new Field('item', new Float32(), false);
const field = (name: string, size: number, item = float32, nullable = false): Field =>
  new Field(name, new FixedSizeList(size, item), nullable);

beforeAll(async () => {
  const module = import.meta.resolve('parquet-wasm/esm/parquet_wasm_bg.wasm');
  initSync({ module: await readFile(new URL(module.startsWith('file:') ? module : pathToFileURL(module))) });
});

/** A file in memory that notes what is written to it. */
class NotedFile {
  readonly appended: Uint8Array[] = [];
  syncs = 0;

  async append(chunks: readonly Uint8Array[]): Promise<number> {
    this.appended.push(...chunks);
    return chunks.reduce((sum, { length }) => sum + length, 0);
  }

  async datasync(): Promise<void> {
    this.syncs++;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.appended);
  }
}

async function written(
  schema: Schema,
  batches: readonly RecordBatch[],
  { rowGroupRows = 1000, isPlain = true } = {},
): Promise<Buffer> {
  const file = new NotedFile();
  const encoding = parquetEncoding(schema, 'uncompressed', rowGroupRows);
  const disk = file as unknown as DiskFile;
  const rows = isPlain
    ? new PlainRows(disk, encodeSchema(schema), encoding, encoding.plain!)
    : new EncodedRows(disk, encodeSchema(schema), encoding);
  for (const batch of batches) await rows.write(encodeBatches([batch]));
  expect(await rows.end()).toBe(file.bytes.length);
  return file.bytes;
}

/** The levels of runs and of the bits between, as the format describes them. */
function levelsOf(bytes: Uint8Array, count: number): number[] {
  const levels: number[] = [];
  let at = 0;
  const unsigned = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const head = unsigned();
    expect(head % 2).toBe(0); // a run
    const level = bytes[at++]!;
    for (let i = 0; i < head / 2; i++) levels.push(level);
  }
  expect(levels).toHaveLength(count);
  return levels;
}

describe('plainColumn', () => {
  it('is the widest list of floats that is long and has no nulls', () => {
    const float64 = new Field('item', new Float64(), false);
    expect(plainColumn(modelSchema)).toEqual({ name: 'soap', listSize: 308, type: 4, path: ['soap', 'list', 'item'] });
    expect(plainColumn(new Schema([field('a', 40), field('b', 30, float64)]))).toMatchObject({ name: 'b', type: 5 });
    for (const other of [
      field('short', 15),
      field('nullable', 20, undefined, true),
      field('nulls', 20, new Field('item', new Float32(), true)),
      field('integers', 20, new Field('item', new Int32(), false)),
      field('half', 20, new Field('item', new Float16(), false)),
      new Field('flat', new Float64(), false),
    ]) {
      expect(plainColumn(new Schema([other])), other.name).toBeUndefined();
    }
  });

  it('is written by parquet-wasm where it is compressed', () => {
    expect(parquetEncoding(modelSchema, 'uncompressed', 10).plain!.name).toBe('soap');
    expect(parquetEncoding(modelSchema, 'zstd', 10).plain).toBeUndefined();
  });
});

describe('pageHead', () => {
  it.each([
    [16, 1],
    [16, 3],
    [308, 5],
    [9000, 2],
  ])('says of lists of %i numbers where each of %i rows begins', (listSize, rows) => {
    const valueBytes = 4 * listSize * rows;
    const head = pageHead({ name: 'x', listSize, type: 4, path: ['x'] }, rows, valueBytes);
    const reader = { view: new DataView(head.buffer), offset: 0 };
    const header: unknown = deserializeTCompactProtocol(reader);
    const levels = head.subarray(reader.offset);
    const size = levels.length + valueBytes;
    const count = rows * listSize;
    const page = { field_1: count, field_2: 0, field_3: 3, field_4: 3 };
    expect(header).toEqual({ field_1: 0, field_2: size, field_3: size, field_5: page });
    const view = new DataView(levels.buffer, levels.byteOffset);
    const repetitionEnd = 4 + view.getInt32(0, true);
    const definitionStart = repetitionEnd + 4;
    expect(view.getInt32(repetitionEnd, true)).toBe(levels.length - definitionStart);
    const firstOfRow = Array.from({ length: count }, (_, i) => (i % listSize === 0 ? 0 : 1));
    expect(levelsOf(levels.subarray(4, repetitionEnd), count)).toEqual(firstOfRow);
    expect(levelsOf(levels.subarray(definitionStart), count)).toEqual(Array.from({ length: count }, () => 1));
  });

  it('refuses a page that Parquet cannot have', () => {
    const wide = { name: 'x', listSize: 2 ** 29, type: 4, path: ['x'] };
    expect(() => pageHead(wide, 1, 4 * 2 ** 29)).toThrow(/^expected a page of at most 2147483647 bytes, got 2147483/);
  });
});

describe('PlainRows', () => {
  it.each([
    ['beside other columns', modelSchema],
    ['alone', new Schema([field('only', 20)], new Map([['a', 'b']]))],
    ['of float64 first', new Schema([field('first', 17, new Field('element', new Float64(), false)), new Field('text', new Utf8(), false)])], // prettier-ignore
  ])('gives the rows that parquet-wasm writes: a column %s', async (_, schema) => {
    const context = await temporaryContext();
    const batch = sampleBatch(schema, 100);
    const parts = cut(batch, [30, 0, 45]);
    for (const isPlain of [true, false]) {
      await writeFile(
        join(context.directory, 'a.parquet'),
        await written(schema, parts, { rowGroupRows: 40, isPlain }),
      );
      const source = await parquetSource.open(parquetSource.options.parse({ path: 'a.parquet' }), context);
      expect(schemaDifference(schema, source.schema)).toBeUndefined();
      expect(rowsOf(await collect(source.batches(unaborted())))).toEqual(rowsOf(batch));
    }
  });

  it('has columns in the order of the schema, sizes that add up, and the statistics of parquet-wasm', async () => {
    const context = await temporaryContext();
    const path = join(context.directory, 'a.parquet');
    const groupsOf = async (isPlain: boolean) => {
      await writeFile(path, await written(modelSchema, [sampleBatch(modelSchema, 70)], { rowGroupRows: 40, isPlain }));
      return (await parquetMetadataAsync(await asyncBufferFromFile(path))).row_groups;
    };
    const [ours, theirs] = [await groupsOf(true), await groupsOf(false)];
    expect(ours.map(({ num_rows }) => num_rows)).toEqual([40n, 30n]);
    for (const [i, { columns, total_byte_size }] of ours.entries()) {
      const data = columns.map(({ meta_data }) => meta_data!);
      const others = theirs[i]!.columns.map(({ meta_data }) => meta_data!);
      for (const key of ['path_in_schema', 'type', 'codec', 'num_values', 'statistics'] as const) {
        expect(data.map((each) => each[key])).toEqual(others.map((each) => each[key]));
      }
      const places = data
        .map((each) => [Number(each.data_page_offset), Number(each.total_compressed_size)] as const)
        .toSorted(([a], [b]) => a - b);
      for (const [k, [offset, bytes]] of places.entries())
        if (places[k + 1]) expect(places[k + 1]![0]).toBe(offset + bytes);
      expect(Number(total_byte_size)).toBe(places.reduce((sum, [, bytes]) => sum + bytes, 0));
    }
  });

  it('writes its numbers out of the memory that they arrive in, once, and syncs each row group', async () => {
    const schema = new Schema([new Field('image', new Uint8(), false), field('soap', 500)]);
    const file = new NotedFile();
    const encoding = parquetEncoding(schema, 'uncompressed', 250);
    const rows = new PlainRows(file as unknown as DiskFile, encodeSchema(schema), encoding, encoding.plain!);
    const arrived = cut(sampleBatch(schema, 500), [100, 100, 100, 100]).map((batch) => encodeBatches([batch]));
    for (const ipc of arrived) await rows.write(ipc);
    await rows.end();
    const inPlace = file.appended.filter(({ buffer }) => arrived.some((ipc) => ipc.buffer === buffer));
    // The third chunk ends the first row group in its middle.
    expect(inPlace.map(({ length }) => length / 2000)).toEqual([100, 100, 50, 50, 100, 100]);
    const copied = file.appended.reduce((sum, { length }) => sum + length, 0) - 500 * 2000;
    expect(copied).toBeLessThan(500 * 30);
    expect(file.syncs).toBe(2);
  });

  it('is a file of parquet-wasm where no rows come', async () => {
    expect(await written(modelSchema, [])).toEqual(await written(modelSchema, [], { isPlain: false }));
  });

  it('refuses nulls where the schema has none', async () => {
    const schema = new Schema([field('soap', 16)]);
    const nullBitmap = Uint8Array.of(1);
    const child = makeData({ type: new Float32(), length: 32, nullCount: 0, data: new Float32Array(32) });
    const lists = makeData({
      type: schema.fields[0]!.type as FixedSizeList,
      length: 2,
      nullCount: 1,
      nullBitmap,
      child,
    });
    const data = makeData({ type: new Struct(schema.fields), length: 2, nullCount: 0, children: [lists] });
    await expect(written(schema, [new RecordBatch(schema, data)])).rejects.toThrow(
      'column soap is declared as non-nullable but contains null values',
    );
  });
});
