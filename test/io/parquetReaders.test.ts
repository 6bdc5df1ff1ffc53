/** What is written is read by others, and the other way round: hyparquet and parquetjs-lite share no code with parquet-wasm. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Schema } from 'apache-arrow';
import { asyncBufferFromFile, parquetReadObjects, parquetSchema, parquetMetadataAsync } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, it } from 'vitest';
import { parquetSink } from '#dist/io/parquetSink.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import {
  collect,
  cut,
  foreignSchema,
  modelSchema,
  rowsOf,
  sampleBatch,
  temporaryContext,
  unaborted,
} from './samples.js';

async function writeSample(schema: Schema, options: object, rows: number): Promise<string> {
  const context = await temporaryContext();
  const sink = await parquetSink.open(
    parquetSink.options.parse({ path: 'a.parquet', rowGroupRows: 40, ...options }),
    context,
    schema,
  );
  for (const part of cut(sampleBatch(schema, rows), [7, 0, 30])) await sink.write(part);
  await sink.close();
  return join(context.directory, 'a.parquet');
}

describe.each(['zstd', 'uncompressed'])('a file, %s', (compression) => {
  it('is read by hyparquet value by value', async () => {
    const path = await writeSample(modelSchema, { compression }, 100);
    const file = await asyncBufferFromFile(path);
    const rows = await parquetReadObjects({ file, compressors, utf8: false });
    expect(rows.map(plain)).toEqual(rowsOf(sampleBatch(modelSchema, 100)));
  });

  it('has nullability and nesting as hyparquet sees them', async () => {
    const path = await writeSample(modelSchema, { compression }, 10);
    const { children } = parquetSchema(await parquetMetadataAsync(await asyncBufferFromFile(path)));
    const repetition = children.map(({ element }) => [element.name, element.repetition_type]);
    expect(repetition).toEqual(
      modelSchema.fields.map(({ name, nullable }) => [name, nullable ? 'OPTIONAL' : 'REQUIRED']),
    );
    const soap = children.find(({ element }) => element.name === 'soap');
    expect(soap!.children[0]!.children[0]!.element).toMatchObject({ type: 'FLOAT', repetition_type: 'REQUIRED' });
  });
});

it('nulls at every depth are read by hyparquet', async () => {
  const names = new Set(['i8', 'i16', 'i64', 'u64', 'f32', 'flag', 'text', 'vector', 'lists', 'struct']);
  const schema = new Schema(foreignSchema.fields.filter(({ name }) => names.has(name)));
  const path = await writeSample(schema, {}, 60);
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path), compressors });
  expect(rows.map(plain)).toEqual(rowsOf(sampleBatch(schema, 60)));
});

it('flat columns without compression are read by parquetjs-lite', async () => {
  const columns = ['image', 'label', 'count', 'name', 'epoch'];
  const path = await writeSample(modelSchema, { compression: 'uncompressed' }, 100);
  const rows = await readWithParquetJs(path, columns);
  const expected = rowsOf(sampleBatch(modelSchema, 100)).map((row) =>
    Object.fromEntries(columns.flatMap((name) => (row[name] === null ? [] : [[name, row[name]]]))),
  );
  expect(rows).toEqual(expected);
});

it('a large row group without a page index, by parquetjs-lite, is read in parts', async () => {
  const context = await temporaryContext();
  const texts = Array.from({ length: 12 }, (_, row) => String.fromCodePoint(97 + row).repeat(2 ** 20));
  const { ParquetSchema, ParquetWriter } = parquetJs();
  const schema = new ParquetSchema({ row: { type: 'INT32' }, text: { type: 'UTF8', optional: true } });
  const writer = await ParquetWriter.openFile(schema, join(context.directory, 'a.parquet'), { pageIndex: false });
  for (const [row, text] of texts.entries()) await writer.appendRow(row === 3 ? { row } : { row, text });
  await writer.close();

  const source = await parquetSource.open({ path: 'a.parquet', batchRows: 2 }, context);
  const batches = await collect(source.batches(unaborted()));
  expect(batches.map(({ numRows }) => numRows)).toEqual([2, 2, 2, 2, 2, 2]);
  const found = rowsOf(batches).map(({ row, text }) => ({ row, start: (text as string | null)?.slice(0, 3) }));
  expect(found).toEqual(texts.map((text, row) => ({ row, start: row === 3 ? undefined : text.slice(0, 3) })));
});

interface ParquetJs {
  ParquetReader: {
    openFile(path: string): Promise<{
      getCursor(columns: readonly (readonly string[])[]): { next(): Promise<Record<string, unknown> | null> };
      close(): Promise<void>;
    }>;
  };
  ParquetSchema: new (columns: Record<string, { type: string; optional?: boolean }>) => object;
  ParquetWriter: {
    openFile(
      schema: object,
      path: string,
      options: { pageIndex: boolean },
    ): Promise<{ appendRow(row: Record<string, unknown>): Promise<void>; close(): Promise<void> }>;
  };
}

/** The package has no types. */
function parquetJs(): ParquetJs {
  return createRequire(import.meta.url)('parquetjs-lite') as ParquetJs;
}

async function readWithParquetJs(path: string, columns: readonly string[]): Promise<unknown[]> {
  const reader = await parquetJs().ParquetReader.openFile(path);
  const cursor = reader.getCursor(columns.map((name) => [name]));
  const rows: unknown[] = [];
  for (let row = await cursor.next(); row; row = await cursor.next()) rows.push(row);
  await reader.close();
  return rows;
}

/** Typed arrays as lists and what is missing as null, as in `rowsOf`. */
function plain(value: unknown): unknown {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as Iterable<unknown>, plain);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
