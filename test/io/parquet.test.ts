import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  IntervalMonthDayNano,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint8,
} from 'apache-arrow';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import type { IoContext, Sink, SinkReport, Source } from '#dist/io/definition.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { parquetEncoding } from '#dist/io/parquetEncoding.js';
import { parquetModule } from '#dist/io/parquetModule.js';
import type { ParquetWriteCalls } from '#dist/io/parquetWriteWorker.js';
import { parquetSink } from '#dist/io/parquetSink.js';
import { parquetFooters, parquetSource } from '#dist/io/parquetSource.js';
import { Thread } from '#dist/threads/thread.js';
import { killWhenReady } from './children.js';
import {
  collect,
  cut,
  foreignSchema,
  modelSchema,
  rowsOf,
  sampleBatch,
  temporaryContext,
  temporaryDirectory,
  unaborted,
} from './samples.js';

const labels = new Schema([new Field('label', new Int32(), false)]);

const openSink = (options: object, context: IoContext, schema: Schema): Promise<Sink> =>
  parquetSink.open(parquetSink.options.parse(options), context, schema);
const openSource = (options: object, context: IoContext): Promise<Source> =>
  parquetSource.open(parquetSource.options.parse(options), context);

async function write(
  context: IoContext,
  options: object,
  batches: readonly RecordBatch[],
  schema: Schema,
): Promise<SinkReport> {
  const sink = await openSink(options, context, schema);
  for (const batch of batches) await sink.write(batch);
  return sink.close();
}

async function read(context: IoContext, options: object): Promise<RecordBatch[]> {
  return collect((await openSource(options, context)).batches(unaborted()));
}

describe.each(['zstd', 'uncompressed'])('the parquet sink and source, %s', (compression) => {
  it.each([
    ['model', modelSchema],
    ['foreign', foreignSchema],
  ])(
    'keep types, nullability, metadata and values of the %s schema, through slices and empty batches',
    async (_, schema) => {
      const context = await temporaryContext();
      const batch = sampleBatch(schema, 60);
      const parts = cut(batch, [3, 0, 17, 1, 9]);
      const report = await write(context, { path: 'a.parquet', compression, rowGroupRows: 25 }, parts, schema);
      const source = await openSource({ path: 'a.parquet', batchRows: 10 }, context);
      expect(schemaDifference(schema, source.schema)).toBeUndefined();
      expect(source.total).toBe(60);
      const batches = await collect(source.batches(unaborted()));
      expect(batches.map(({ numRows }) => numRows)).toEqual([10, 10, 5, 10, 10, 5, 10]);
      expect(rowsOf(batches)).toEqual(rowsOf(batch));
      expect(batches.map((each) => schemaDifference(schema, each.schema))).toEqual(batches.map(() => undefined));
      const { length: bytes } = await readFile(join(context.directory, 'a.parquet'));
      expect(report).toEqual({ path: join(context.directory, 'a.parquet'), rows: 60, bytes });
    },
  );

  it.each([
    ['model', modelSchema],
    ['foreign', foreignSchema],
  ])('keep the %s schema of an empty stream', async (_, schema) => {
    const context = await temporaryContext();
    const report = await write(context, { path: 'a.parquet', compression }, [sampleBatch(schema, 0)], schema);
    expect(report.rows).toBe(0);
    const source = await openSource({ path: 'a.parquet' }, context);
    expect(schemaDifference(schema, source.schema)).toBeUndefined();
    expect(source.total).toBe(0);
    expect(await collect(source.batches(unaborted()))).toEqual([]);
  });
});

describe('the parquet sink', () => {
  it.each(['zstd', 'uncompressed'])('writes the same bytes however the rows are batched, %s', async (compression) => {
    const context = await temporaryContext();
    const batch = sampleBatch(modelSchema, 150);
    const ones = Array.from({ length: 149 }, () => 1);
    for (const [i, sizes] of [[], ones, [70, 0, 3]].entries()) {
      const options = { path: `${i}/`, compression, rowGroupRows: 64, rowsPerFile: 100 };
      await write(context, options, cut(batch, sizes), modelSchema);
    }
    for (const part of ['part-00000.parquet', 'part-00001.parquet']) {
      const [whole, ...others] = await Promise.all(
        [0, 1, 2].map((i) => readFile(join(context.directory, `${i}`, part))),
      );
      for (const other of others) expect(other.equals(whole!)).toBe(true);
    }
  });

  it('fills row groups from tiny batches', async () => {
    const context = await temporaryContext();
    const batches = cut(
      sampleBatch(labels, 1000),
      Array.from({ length: 999 }, () => 1),
    );
    await write(context, { path: 'a.parquet', rowGroupRows: 300 }, batches, labels);
    const [footer] = await parquetFooters([join(context.directory, 'a.parquet')]);
    expect(footer!.rowGroups.map(({ rows }) => rows)).toEqual([300, 300, 300, 100]);
  });

  it('ends row groups of plain lists after 24 MiB, with the chunk that passes it', async () => {
    const context = await temporaryContext();
    const list = new FixedSizeList(2000, new Field('item', new Float32(), false));
    const schema = new Schema([new Field('x', list, false)]);
    const rows = 5000;
    const child = makeData({
      type: new Float32(),
      length: 2000 * rows,
      nullCount: 0,
      data: new Float32Array(2000 * rows),
    });
    const lists = makeData({ type: list, length: rows, nullCount: 0, child });
    const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children: [lists] });
    await write(context, { path: 'a.parquet', compression: 'uncompressed' }, [new RecordBatch(schema, data)], schema);
    const [footer] = await parquetFooters([join(context.directory, 'a.parquet')]);
    expect(footer!.rowGroups).toHaveLength(2);
    for (const { bytes } of footer!.rowGroups) expect(bytes).toBeLessThan(29 * 2 ** 20);
    expect(footer!.rowGroups[0]!.bytes).toBeGreaterThan(24 * 2 ** 20);
  });

  it('ends row groups of wide rows after 32 MiB', async () => {
    const context = await temporaryContext();
    const schema = new Schema([new Field('x', new Float64(), false)]);
    await write(
      context,
      { path: 'a.parquet', compression: 'uncompressed', rowGroupRows: 10_000_000 },
      [sampleBatch(schema, 9_000_000)],
      schema,
    );
    const [footer] = await parquetFooters([join(context.directory, 'a.parquet')]);
    expect(footer!.rowGroups.length).toBeGreaterThanOrEqual(2);
    for (const { bytes } of footer!.rowGroups) expect(bytes).toBeLessThan(40 * 2 ** 20);
  });

  it('starts a new file after every rowsPerFile rows', async () => {
    const context = await temporaryContext();
    const batch = sampleBatch(labels, 250);
    const report = await write(context, { path: 'out', rowsPerFile: 100 }, cut(batch, [99, 130]), labels);
    const names = ['part-00000.parquet', 'part-00001.parquet', 'part-00002.parquet'];
    expect(await readdir(join(context.directory, 'out'))).toEqual(names);
    const files = names.map((name) => join(context.directory, 'out', name));
    expect((await parquetFooters(files)).map(({ rows }) => rows)).toEqual([100, 100, 50]);
    const sizes = await Promise.all(files.map(async (file) => (await readFile(file)).length));
    expect(report).toEqual({
      path: join(context.directory, 'out'),
      rows: 250,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
    });
    expect(rowsOf(await read(context, { path: 'out' }))).toEqual(rowsOf(batch));
  });

  it('does not start a file that would stay empty', async () => {
    const context = await temporaryContext();
    await write(context, { path: 'out', rowsPerFile: 100 }, [sampleBatch(labels, 200)], labels);
    expect(await readdir(join(context.directory, 'out'))).toEqual(['part-00000.parquet', 'part-00001.parquet']);
  });

  it('writes one empty part for an empty stream', async () => {
    const context = await temporaryContext();
    await write(context, { path: 'out' }, [], labels);
    expect(await readdir(join(context.directory, 'out'))).toEqual(['part-00000.parquet']);
    expect(schemaDifference(labels, (await openSource({ path: 'out' }, context)).schema)).toBeUndefined();
  });

  it('keeps statistics of flat columns and none of vectors', async () => {
    const { parquetMetadataAsync, asyncBufferFromFile } = await import('hyparquet');
    const context = await temporaryContext();
    await write(context, { path: 'a.parquet' }, [sampleBatch(modelSchema, 20)], modelSchema);
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(join(context.directory, 'a.parquet')));
    const withStatistics = metadata.row_groups[0]!.columns.filter(({ meta_data }) => meta_data!.statistics);
    expect(withStatistics.map(({ meta_data }) => meta_data!.path_in_schema)).toEqual(
      ['image', 'label', 'count', 'name', 'data', 'epoch', 'predicted'].map((name) => [name]),
    );
  });

  it('counts the rows of the file: the encoder passes over batches that it cannot take, without a word', async () => {
    const path = join(await temporaryDirectory(), 'a.parquet');
    const schema = new Schema([new Field('x', new Float64(), false)]);
    const encoding = parquetEncoding(schema, 'zstd', 10);
    const worker = new Thread<ParquetWriteCalls>(new URL('../../dist/io/parquetWriteWorker.js', import.meta.url), {
      workerData: await parquetModule(),
    });
    onTestFinished(() => worker.terminate());
    const bytes = encodeBatches([sampleBatch(schema, 3)]);
    await worker.call('start', { path, schema: encodeBatches([sampleBatch(schema, 0)]), encoding });
    await worker.call('write', bytes);
    await expect(worker.call('finish', 4)).rejects.toMatchObject({
      message: 'the Parquet encoder has written 3 of 4 rows',
    });
  });

  it('lets at most two chunks wait for the encoder', async () => {
    const context = await temporaryContext();
    const spy = vi.spyOn(Thread.prototype, 'call');
    onTestFinished(() => spy.mockRestore());
    const { mock } = spy;
    const schema = new Schema([new Field('x', new Float64(), false)]);
    const batch = sampleBatch(schema, 100_000);
    const sink = await openSink({ path: 'a.parquet' }, context, schema);
    const waiting: number[] = [];
    for (let i = 0; i < 20; i++) {
      await sink.write(batch);
      const pending = mock.calls.filter(
        ([name], at) => name === 'write' && mock.settledResults[at]!.type === 'incomplete',
      );
      waiting.push(pending.length);
    }
    await sink.close();
    expect(mock.calls.filter(([name]) => name === 'write').length).toBeGreaterThan(200);
    expect(Math.max(...waiting)).toBeLessThanOrEqual(2);
  });

  it('shows nothing until it is closed, and nothing at all when it is aborted', async () => {
    const context = await temporaryContext();
    const sink = await openSink({ path: 'out' }, context, modelSchema);
    await sink.write(sampleBatch(modelSchema, 500));
    expect(existsSync(join(context.directory, 'out'))).toBe(false);
    await sink.abort();
    expect(await readdir(context.directory)).toEqual([]);
  });

  it('keeps the earlier output until it is closed', async () => {
    const context = await temporaryContext();
    await write(context, { path: 'out', rowsPerFile: 10 }, [sampleBatch(labels, 30)], labels);
    const sink = await openSink({ path: 'out' }, context, labels);
    await sink.write(sampleBatch(labels, 7));
    expect((await openSource({ path: 'out' }, context)).total).toBe(30);
    await sink.close();
    expect((await openSource({ path: 'out' }, context)).total).toBe(7);
    expect(await readdir(context.directory)).toEqual(['out']);
  });

  it('stops a write that is under way when it is aborted', async () => {
    const context = await temporaryContext();
    const sink = await openSink({ path: 'out' }, context, modelSchema);
    const writing = expect(sink.write(sampleBatch(modelSchema, 10_000))).rejects.toMatchObject({ code: 'interrupted' });
    await sink.abort();
    await writing;
    expect(await readdir(context.directory)).toEqual([]);
  });

  it('leaves the earlier output when its process is killed in the middle of writing', async () => {
    const context = await temporaryContext();
    await write(context, { path: 'out' }, [sampleBatch(labels, 7)], labels);
    await killWhenReady(`
      const { parquetSink } = await use('io/parquetSink.js');
      const { ioContext } = await use('io/paths.js');
      const { tableFromArrays } = await import('apache-arrow');
      const [batch] = tableFromArrays({ x: new Float64Array(1e6).map(Math.random) }).batches;
      const context = ioContext(${JSON.stringify(context.directory)});
      const sink = await parquetSink.open(parquetSink.options.parse({ path: 'out', rowsPerFile: 1_500_000 }), context, batch.schema);
      for (let i = 0; i < 4; i++) await sink.write(batch);
      ready();
      for (;;) await sink.write(batch);
    `);
    expect(await readdir(join(context.directory, 'out'))).toEqual(['part-00000.parquet']);
    expect((await openSource({ path: 'out' }, context)).total).toBe(7);
    const partial = (await readdir(context.directory)).find((name) => name.startsWith('.out.partial-'));
    expect((await readdir(join(context.directory, partial!))).length).toBeGreaterThanOrEqual(2);
    await write(context, { path: 'out' }, [sampleBatch(labels, 8)], labels);
    expect(await readdir(context.directory)).toEqual(['out']);
    expect((await openSource({ path: 'out' }, context)).total).toBe(8);
  });

  it('rejects a batch of another schema, naming column, expectation and finding', async () => {
    const context = await temporaryContext();
    const sink = await openSink({ path: 'a.parquet' }, context, labels);
    const other = new Schema([new Field('label', new Uint8(), false)]);
    await expect(sink.write(sampleBatch(other, 3))).rejects.toMatchObject({
      code: 'badSchema',
      message: `${join(context.directory, 'a.parquet')}: column label: expected int32, found uint8`,
    });
    await sink.abort();
  });

  it('names a column whose type it does not write', async () => {
    const schema = new Schema([new Field('word', new IntervalMonthDayNano(), false)]);
    await expect(openSink({ path: 'a.parquet' }, await temporaryContext(), schema)).rejects.toMatchObject({
      code: 'badSchema',
      message: 'column word: interval<month_day_nano> cannot be written to Parquet here',
    });
  });

  it('asks for a directory where several files are wanted', () => {
    const result = parquetSink.options.safeParse({ path: 'a.parquet', rowsPerFile: 10 });
    expect(result.error!.issues).toMatchObject([
      {
        path: ['rowsPerFile'],
        message: 'expected a path that does not end in .parquet: several files need a directory',
      },
    ]);
  });

  it('does not replace a directory of anything else', async () => {
    const context = await temporaryContext();
    await mkdir(join(context.directory, 'out'));
    await writeFile(join(context.directory, 'out/notes.txt'), '');
    await expect(openSink({ path: 'out' }, context, labels)).rejects.toMatchObject({ code: 'badOption' });
  });

  it.skipIf(process.platform !== 'linux')('tells when the disk is full', async () => {
    const context = await temporaryContext();
    const sink = await openSink({ path: 'out', rowGroupRows: 100 }, context, modelSchema);
    const [partial] = await readdir(context.directory);
    await symlink('/dev/full', join(context.directory, partial!, 'part-00000.parquet'));
    const full = {
      code: 'badData',
      message: `${join(context.directory, 'out')}: ENOSPC: no space left on device, write`,
    };
    const writeOn = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await sink.write(sampleBatch(modelSchema, 2000));
    };
    await expect(writeOn()).rejects.toMatchObject(full);
    await expect(sink.close()).rejects.toMatchObject(full);
    await sink.abort();
    expect(await readdir(context.directory)).toEqual([]);
  });
});

describe('the parquet source', () => {
  it('reads the files of a directory in the order of their names, and no others', async () => {
    const context = await temporaryContext();
    for (const [name, rows] of [
      ['b', 2],
      ['a', 3],
      ['c', 4],
      ['.hidden', 5],
      ['d.txt', 6],
    ] as const) {
      await write(context, { path: `${name}.parquet` }, [sampleBatch(labels, rows, rows)], labels);
    }
    await rename(join(context.directory, 'd.txt.parquet'), join(context.directory, 'd.txt'));
    const source = await openSource({ path: '.' }, context);
    expect(source.total).toBe(9);
    const batches = await collect(source.batches(unaborted()));
    expect(batches.map(({ numRows }) => numRows)).toEqual([3, 2, 4]);
  });

  it('reads only the columns that are asked for, in the order of the file', async () => {
    const context = await temporaryContext();
    const batch = sampleBatch(modelSchema, 12);
    await write(context, { path: 'a.parquet' }, [batch], modelSchema);
    const options = parquetSource.options.parse({ path: 'a.parquet', columns: ['soap', 'points', 'label'] });
    const source = await openSource(options, context);
    const expected = new Schema(
      modelSchema.fields.filter(({ name }) => options.columns!.includes(name)),
      modelSchema.metadata,
    );
    expect(schemaDifference(expected, source.schema)).toBeUndefined();
    expect(schemaDifference(expected, parquetSource.schemaOf!(modelSchema, options))).toBeUndefined();
    const wanted = rowsOf(batch).map(({ label, points, soap }) => ({ label, points, soap }));
    expect(rowsOf(await collect(source.batches(unaborted())))).toEqual(wanted);
  });

  it('names a column that is not there', async () => {
    const context = await temporaryContext();
    await write(context, { path: 'a.parquet' }, [sampleBatch(labels, 1)], labels);
    await expect(openSource({ path: 'a.parquet', columns: ['label', 'soap'] }, context)).rejects.toMatchObject({
      code: 'badOption',
      message: 'columns: there is no column soap; the file has label',
    });
  });

  it('names the file whose schema differs', async () => {
    const context = await temporaryContext();
    const other = new Schema([new Field('label', new Uint8(), false)]);
    await write(context, { path: 'a.parquet' }, [sampleBatch(labels, 1)], labels);
    await write(context, { path: 'b.parquet' }, [sampleBatch(other, 1)], other);
    const [a, b] = ['a', 'b'].map((name) => join(context.directory, `${name}.parquet`));
    await expect(openSource({ path: '.' }, context)).rejects.toMatchObject({
      code: 'badSchema',
      message: `${b} (against ${a}): column label: expected int32, found uint8`,
    });
  });

  it('reads a large row group in parts', async () => {
    const context = await temporaryContext();
    const schema = new Schema([new Field('x', new Float32(), false), new Field('y', new Float64(), false)]);
    const batch = sampleBatch(schema, 1_500_000);
    await write(context, { path: 'a.parquet', rowGroupRows: 2_000_000 }, [batch], schema);
    const [footer] = await parquetFooters([join(context.directory, 'a.parquet')]);
    expect(footer!.rowGroups).toHaveLength(1);
    expect(footer!.rowGroups[0]!.bytes).toBeGreaterThan(16 * 2 ** 20);
    let at = 0;
    for (const part of await read(context, { path: 'a.parquet', batchRows: 4096 })) {
      for (const name of ['x', 'y']) {
        const [expected, found] = [batch, part].map((each) => each.getChild(name)!.toArray() as Float64Array);
        expect(Buffer.compare(bytesOf(expected!.subarray(at, at + part.numRows)), bytesOf(found!))).toBe(0);
      }
      expect(part.numRows).toBeLessThanOrEqual(4096);
      at += part.numRows;
    }
    expect(at).toBe(1_500_000);
  });

  it('gives batches that do not share memory', async () => {
    const context = await temporaryContext();
    await write(context, { path: 'a.parquet' }, [sampleBatch(labels, 30)], labels);
    const batches = await read(context, { path: 'a.parquet', batchRows: 10 });
    expect(new Set(batches.map((batch) => batch.getChild('label')!.data[0]!.values.buffer as ArrayBuffer)).size).toBe(
      3,
    );
  });

  it('can be read twice', async () => {
    const context = await temporaryContext();
    await write(context, { path: 'a.parquet' }, [sampleBatch(labels, 30)], labels);
    const source = await openSource({ path: 'a.parquet' }, context);
    const first = await collect(source.batches(unaborted()));
    expect(rowsOf(await collect(source.batches(unaborted())))).toEqual(rowsOf(first));
  });

  it('ends early, without error, when it is aborted, and when nobody reads on', async () => {
    const context = await temporaryContext();
    await write(context, { path: 'a.parquet' }, [sampleBatch(labels, 5000)], labels);
    const source = await openSource({ path: 'a.parquet', batchRows: 10 }, context);
    const stop = new AbortController();
    const batches = source.batches(stop.signal);
    expect((await batches.next()).done).toBe(false);
    stop.abort();
    expect(await batches.next()).toEqual({ done: true, value: undefined });
    expect(await collect(source.batches(stop.signal))).toEqual([]);
    const others = source.batches(unaborted());
    await others.next();
    expect(await others.return()).toEqual({ done: true, value: undefined });
  });

  it('names a missing file, and a directory without Parquet', async () => {
    const context = await temporaryContext();
    await expect(openSource({ path: 'none' }, context)).rejects.toMatchObject({
      code: 'missingInput',
      message: `${join(context.directory, 'none')}: no such file`,
    });
    await expect(openSource({ path: '.' }, context)).rejects.toMatchObject({
      code: 'missingInput',
      message: `${context.directory}: no *.parquet, *.parq or *.pqt files in this directory`,
    });
  });

  it.each([
    ['an empty file', () => Buffer.alloc(0)],
    ['text', () => Buffer.from('just some text that goes on for a while')],
    ['a file that is cut off', (whole: Buffer) => whole.subarray(0, whole.length - 100)],
  ])('names %s when it is opened', async (_, damage) => {
    const context = await temporaryContext();
    const path = join(context.directory, 'a.parquet');
    await write(context, { path: 'a.parquet' }, [sampleBatch(labels, 30)], labels);
    await writeFile(path, damage(await readFile(path)));
    await expect(openSource({ path: 'a.parquet' }, context)).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(`^${path}: not readable as Parquet: `) as string,
    });
  });

  it('names a file with damaged pages, which parquet-wasm does not survive', async () => {
    const context = await temporaryContext();
    const path = join(context.directory, 'a.parquet');
    await write(context, { path: 'a.parquet' }, [sampleBatch(modelSchema, 50)], modelSchema);
    const bytes = await readFile(path);
    bytes.fill(0x55, 4, bytes.length >> 1);
    await writeFile(path, bytes);
    const source = await openSource({ path: 'a.parquet' }, context);
    await expect(collect(source.batches(unaborted()))).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(`^${path}: cannot be decoded, the file is damaged \\(`) as string,
    });
  });
});

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
