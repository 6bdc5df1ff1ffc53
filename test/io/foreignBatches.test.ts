/** Batches of other programs, and of another copy of Arrow: written by every sink, and read back by readers that share no code with it. */
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BinaryView,
  type DataType,
  Decimal,
  Dictionary,
  Field,
  Int16,
  Int32,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Map_,
  type RecordBatch,
  Schema,
  Struct,
  tableFromIPC,
  TimestampNanosecond,
  Uint32,
  Utf8,
  Utf8View,
} from 'apache-arrow';
import type * as Arrow from 'apache-arrow';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, it } from 'vitest';
import { recordBatch } from '#dist/arrow/columns.js';
import { throughEach } from '#dist/flow/throughEach.js';
import { arrowSink } from '#dist/io/arrowSink.js';
import { openSource, writeBatches } from '#dist/io/open.js';
import { parquetSink } from '#dist/io/parquetSink.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { filter } from '#dist/operators/filter.js';
import { soap } from '#dist/operators/soap.js';
import { cloudBatch, columnOf, split, withoutColumns } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { collect, temporaryDirectory, unaborted } from './samples.js';

/** The CommonJS build: other classes. */
const other = createRequire(import.meta.url)('apache-arrow') as typeof Arrow;

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

function numbersTable(): Arrow.Table {
  return new other.Table({
    image: other.vectorFromArray([0, 1], new other.Uint32()),
    x: other.vectorFromArray([1.5, 2], new other.Float64()),
    name: other.vectorFromArray(['a', 'b'], new other.Dictionary(new other.Utf8(), new other.Int32(), 1)),
  });
}
const numbers = [
  { image: 0, x: 1.5, name: 'a' },
  { image: 1, x: 2, name: 'b' },
];

describe('batches of another copy of Arrow', () => {
  it.each(['a.arrow', 'a.arrows'])('are written to %s', async (name) => {
    const path = join(await temporaryDirectory(), name);
    const { schema, batches } = numbersTable();
    for (const given of [{}, { schema }]) {
      expect(await writeBatches(arrowSink, { path }, each(batches), given)).toMatchObject({ rows: 2 });
      expect(
        other
          .tableFromIPC(await readFile(path))
          .toArray()
          .map((row) => row!.toJSON()),
      ).toEqual(numbers);
    }
  });

  it('are written to Parquet', async () => {
    const path = join(await temporaryDirectory(), 'a.parquet');
    await writeBatches(parquetSink, { path }, each(numbersTable().batches));
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(path), compressors })).toEqual(numbers);
  });

  it('go through operators', async () => {
    const rows = await collect(throughEach(each(numbersTable().batches), filter({ column: 'name', values: ['b'] })));
    expect(plainRows(rows)).toEqual([numbers[1]]);
    const clouds = cloudBatch([3, 0, 4]);
    const expand = soap({ rCut: 4, nMax: 2, lMax: 1, sigma: 0.5 });
    const theirs = [...other.RecordBatchReader.from(encodeBatches([clouds]))];
    expect(plainRows(await collect(throughEach(each(theirs), expand)))).toEqual(
      plainRows(await collect(throughEach(each([clouds]), expand))),
    );
  });
});

const item = (type: DataType): Field => new Field('item', type, true);
const entries = new Struct<{ key: Utf8; value: Int32 }>([
  new Field('key', new Utf8(), false),
  new Field('value', new Int32(), true),
]);
const word = (n: number): string => ['', 'a', 'more than the twelve bytes of a view', 'ü'][n % 4]! + n;
const types: Record<string, [DataType, (n: number) => unknown]> = {
  largeText: [new LargeUtf8(), word],
  largeBytes: [new LargeBinary(), (n) => Uint8Array.of(n, n + 1)],
  views: [new Utf8View(), word],
  bytesViews: [new BinaryView(), (n) => Uint8Array.of(n, 1)],
  largeList: [new LargeList(item(new Int32())), (n) => Array.from({ length: n % 3 }, () => n)],
  listOfViews: [new List(item(new Utf8View())), (n) => Array.from({ length: n % 3 }, (_, i) => word(n + i))],
  category: [new Dictionary(new Utf8(), new Int16(), 1), (n) => word(n % 3)],
  categories: [new List(item(new Dictionary(new Utf8(), new Int32(), 2))), (n) => [word(n % 3), word(n % 2)]],
  map: [new Map_(new Field('entries', entries, false)), (n) => new Map([[word(1), n]])],
  decimal: [new Decimal(2, 60, 256), (n) => Uint32Array.of(n, 0, 0, 0, 0, 0, 0, 0)],
  stamp: [new TimestampNanosecond('Europe/Vienna'), (n) => n * 1000],
};
const schema = new Schema(Object.entries(types).map(([name, [type]]) => new Field(name, type, true)));
/** Each with dictionaries of its own. */
const batches = [0, 9, 18].map((first): RecordBatch => {
  const columns = Object.values(types).map(([type, of]) =>
    columnOf(
      type,
      Array.from({ length: 9 }, (_, i) => (i % 4 === 1 ? null : of(first + i))),
    ),
  );
  return recordBatch(schema, 9, columns);
});

describe('columns of every type', () => {
  it.each(['zstd', 'uncompressed'] as const)(
    'are written to Parquet, the same bytes however rows are batched: %s',
    async (compression) => {
      const directory = await temporaryDirectory();
      const [whole, cut] = ['whole.parquet', 'cut.parquet'].map((name) => join(directory, name));
      await writeBatches(parquetSink, { path: whole!, compression }, each(batches));
      await writeBatches(
        parquetSink,
        { path: cut!, compression },
        each(batches.flatMap((batch) => split(batch, 2, 3))),
      );
      expect((await readFile(cut!)).equals(await readFile(whole!))).toBe(true);
      const source = await openSource(parquetSource, { path: whole! });
      expect(plainRows(await collect(source.batches(unaborted())))).toEqual(plainRows(batches));
      const rows = await parquetReadObjects({
        file: await asyncBufferFromFile(whole!),
        compressors,
        columns: ['largeText', 'views', 'category', 'largeList'],
      });
      const expected = plainRows(batches).map(({ largeText, views, category, largeList }) => ({
        largeText,
        views,
        category,
        largeList,
      }));
      expect(rows.map((row) => Object.assign(row, { largeList: (row.largeList as unknown) ?? null }))).toEqual(
        expected,
      );
    },
  );

  it('are written to Arrow', async () => {
    const path = join(await temporaryDirectory(), 'a.arrows');
    await writeBatches(arrowSink, { path }, each(batches.flatMap((batch) => split(batch, 2, 3))));
    expect(plainRows(tableFromIPC(await readFile(path)).batches)).toEqual(plainRows(batches));
  });
});

describe.each([
  ['arrow', arrowSink],
  ['parquet', parquetSink],
] as const)('the %s sink', (name, sink) => {
  it('takes the batches of tables without rows, which Arrow makes without columns', async () => {
    const path = join(await temporaryDirectory(), `a.${name}`);
    const empty = [withoutColumns(cloudBatch([1]).schema)];
    expect(await writeBatches(sink as typeof arrowSink, { path }, each(empty))).toMatchObject({ rows: 0 });
    const parts = [...empty, cloudBatch([2, 1]), ...empty];
    expect(await writeBatches(sink as typeof arrowSink, { path }, each(parts))).toMatchObject({ rows: 2 });
  });

  it('refuses columns of one name', async () => {
    const path = join(await temporaryDirectory(), `a.${name}`);
    const twice = new Schema([new Field('x', new Uint32(), false), new Field('x', new Int32(), false)]);
    const error = { code: 'badSchema', message: 'column x: expected one of that name, the stream has 2' };
    expect(() => sink.accepts!(twice)).toThrow(expect.objectContaining(error) as Error);
    await expect(writeBatches(sink as typeof arrowSink, { path }, each([]), { schema: twice })).rejects.toMatchObject(
      error,
    );
  });
});
