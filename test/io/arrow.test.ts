import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompressionType,
  compressionRegistry,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  tableFromArrays,
  tableFromIPC,
  vectorFromArray,
  Table,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { arrowSink } from '#dist/io/arrowSink.js';
import { arrowSource } from '#dist/io/arrowSource.js';
import type { IoContext, Sink, Source } from '#dist/io/definition.js';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import { child, killWhenReady, outputOf } from './children.js';
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

const openSink = (options: object, context: IoContext, schema = modelSchema): Promise<Sink> =>
  arrowSink.open(arrowSink.options.parse(options), context, schema);
const openSource = (path: string, context: IoContext): Promise<Source> => arrowSource.open({ path }, context);

async function write(context: IoContext, options: object, batches: ReturnType<typeof cut>, schema = modelSchema) {
  const sink = await openSink(options, context, schema);
  for (const batch of batches) await sink.write(batch);
  return sink.close();
}

describe.each(['file', 'stream'])('the arrow sink and source, as a %s', (format) => {
  const options = { path: 'a.arrow', format };

  it.each([
    ['model', modelSchema],
    ['foreign', foreignSchema],
  ])(
    'keep types, nullability, metadata and values of the %s schema, through slices and empty batches',
    async (_, schema) => {
      const context = await temporaryContext();
      const batch = sampleBatch(schema, 60);
      const report = await write(context, options, cut(batch, [3, 0, 17, 1, 9]), schema);
      const source = await openSource('a.arrow', context);
      expect(schemaDifference(schema, source.schema)).toBeUndefined();
      const read = await collect(source.batches(unaborted()));
      expect(read.map(({ numRows }) => numRows)).toEqual([3, 0, 17, 1, 9, 30]);
      expect(rowsOf(read)).toEqual(rowsOf(batch));
      expect(read.map((each) => schemaDifference(schema, each.schema))).toEqual(read.map(() => undefined));
      const { length: bytes } = await readFile(join(context.directory, 'a.arrow'));
      expect(report).toEqual({ path: join(context.directory, 'a.arrow'), rows: 60, bytes });
      expect(source.total).toBe(60);
    },
  );

  it('are read by Arrow itself', async () => {
    const context = await temporaryContext();
    const batch = sampleBatch(modelSchema, 20);
    await write(context, options, cut(batch, [13]));
    const table = tableFromIPC(await readFile(join(context.directory, 'a.arrow')));
    expect(schemaDifference(modelSchema, table.schema)).toBeUndefined();
    expect(rowsOf(table.batches)).toEqual(rowsOf(batch));
  });

  it('keep the schema of an empty stream', async () => {
    const context = await temporaryContext();
    await write(context, options, []);
    const source = await openSource('a.arrow', context);
    expect(schemaDifference(modelSchema, source.schema)).toBeUndefined();
    expect(source.total).toBe(0);
    expect(await collect(source.batches(unaborted()))).toEqual([]);
  });

  it('name every place where a file is cut off', async () => {
    const context = await temporaryContext();
    const schema = new Schema([modelSchema.fields[1]!]);
    await write(context, options, cut(sampleBatch(schema, 9), [4]), schema);
    const path = join(context.directory, 'a.arrow');
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length));
      await expect(openSource('a.arrow', context), `${length} bytes`).rejects.toMatchObject({
        code: 'badData',
        message: expect.stringMatching(new RegExp(`^${path}: the Arrow (stream|file) is cut off: `)) as string,
      });
    }
  });

  it('give batches that do not share memory', async () => {
    const context = await temporaryContext();
    await write(context, options, cut(sampleBatch(modelSchema, 20), [5, 5]));
    const batches = await collect((await openSource('a.arrow', context)).batches(unaborted()));
    const buffers = batches.map((batch) => batch.getChild('label')!.data[0]!.values.buffer as ArrayBuffer);
    expect(new Set(buffers).size).toBe(3);
    structuredClone(buffers[0], { transfer: [buffers[0]!] });
    expect(rowsOf(batches[1]!)).toEqual(rowsOf(sampleBatch(modelSchema, 20)).slice(5, 10));
  });

  it('give numbers that are aligned', async () => {
    const context = await temporaryContext();
    await write(context, options, [sampleBatch(modelSchema, 7)]);
    const [batch] = await collect((await openSource('a.arrow', context)).batches(unaborted()));
    const soap = batch!.getChild('soap64')!.data[0]!.children[0]!.values as Float64Array;
    expect(soap).toBeInstanceOf(Float64Array);
    expect(soap.byteOffset % 8).toBe(0);
  });

  it('end early, without error, when the run is aborted', async () => {
    const context = await temporaryContext();
    await write(context, options, cut(sampleBatch(modelSchema, 20), [5, 5]));
    const stop = new AbortController();
    const batches = (await openSource('a.arrow', context)).batches(stop.signal);
    expect((await batches.next()).done).toBe(false);
    stop.abort();
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it('reject a batch of another schema, naming column, expectation and finding', async () => {
    const context = await temporaryContext();
    const [label] = [modelSchema.fields[1]!];
    const sink = await openSink(options, context, new Schema([label]));
    const nullable = sampleBatch(new Schema([label.clone({ nullable: true })]), 3);
    await expect(sink.write(nullable)).rejects.toMatchObject({
      code: 'badSchema',
      message: `${join(context.directory, 'a.arrow')}: column label: expected without nulls, found nullable`,
    });
    await sink.write(sampleBatch(new Schema([label]), 5));
    expect((await sink.close()).rows).toBe(5);
    expect((await openSource('a.arrow', context)).total).toBe(5);
  });

  it('read dictionaries', async () => {
    const context = await temporaryContext();
    const words = ['a', 'b', 'a', null, 'c'];
    const table = new Table({ word: vectorFromArray(words) });
    const writer = format === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
    const bytes = writer.writeAll(table).toUint8Array(true);
    await writeFile(join(context.directory, 'a.arrow'), bytes);
    const source = await openSource('a.arrow', context);
    expect(source.total).toBe(5);
    expect(rowsOf(await collect(source.batches(unaborted())))).toEqual(words.map((word) => ({ word })));
  });

  it('name compressed batches that are damaged', async () => {
    const context = await temporaryContext();
    // Enough to be taken for a zstd encoder.
    const encode = (): Uint8Array => Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0);
    compressionRegistry.set(CompressionType.ZSTD, { encode });
    const writer = new (format === 'file' ? RecordBatchFileWriter : RecordBatchStreamWriter)({
      compressionType: CompressionType.ZSTD,
    });
    const bytes = writer.writeAll(tableFromArrays({ x: new Float64Array(100) })).toUint8Array(true);
    const path = join(context.directory, 'a.arrow');
    await writeFile(path, bytes);
    const source = await openSource('a.arrow', context);
    await expect(collect(source.batches(unaborted()))).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(`^${path}: not readable as Arrow: its zstd data are `) as string,
    });
  });

  it('show nothing until the sink is closed, and keep the earlier file when it is aborted', async () => {
    const context = await temporaryContext();
    const aborted = await openSink(options, context);
    await aborted.write(sampleBatch(modelSchema, 5));
    expect(existsSync(join(context.directory, 'a.arrow'))).toBe(false);
    await aborted.abort();
    expect(await readdir(context.directory)).toEqual([]);
    await write(context, options, [sampleBatch(modelSchema, 3)]);
    const again = await openSink(options, context);
    await again.write(sampleBatch(modelSchema, 5));
    await again.abort();
    expect(await readdir(context.directory)).toEqual(['a.arrow']);
    expect((await openSource('a.arrow', context)).total).toBe(3);
  });

  it('show nothing when the writing process is killed', async () => {
    const context = await temporaryContext();
    await killWhenReady(`
      const { arrowSink } = await use('io/arrowSink.js');
      const { ioContext } = await use('io/paths.js');
      const { tableFromArrays } = await import('apache-arrow');
      const [batch] = tableFromArrays({ x: new Float64Array(1000) }).batches;
      const sink = await arrowSink.open(${JSON.stringify(options)}, ioContext(${JSON.stringify(context.directory)}), batch.schema);
      for (let i = 0; i < 100; i++) await sink.write(batch);
      ready();
    `);
    expect(await readdir(context.directory)).toEqual([expect.stringMatching(/^\.a\.arrow\.partial-/)]);
    await write(context, options, [sampleBatch(modelSchema, 3)]);
    expect(await readdir(context.directory)).toEqual(['a.arrow']);
  });
});

describe('the arrow source', () => {
  it('tells what is not Arrow', async () => {
    const context = await temporaryContext();
    const path = join(context.directory, 'a.arrow');
    await writeFile(path, 'just some text that goes on for a while');
    await expect(openSource('a.arrow', context)).rejects.toMatchObject({
      code: 'badData',
      message: `${path}: not an Arrow stream: expected the length of a message, got 1953723754`,
    });
  });

  it('names a damaged index', async () => {
    const context = await temporaryContext();
    await write(context, { path: 'a.arrow' }, [sampleBatch(modelSchema, 3)]);
    const path = join(context.directory, 'a.arrow');
    const bytes = await readFile(path);
    bytes.writeInt32LE(bytes.length * 2, bytes.length - 10);
    await writeFile(path, bytes);
    await expect(openSource('a.arrow', context)).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(`^${path}: not readable as an Arrow file: `) as string,
    });
  });

  it('names a missing file, and a directory without Arrow files', async () => {
    const context = await temporaryContext();
    await expect(openSource('none', context)).rejects.toMatchObject({
      code: 'missingInput',
      message: `${join(context.directory, 'none')}: no such file`,
    });
    await expect(openSource('.', context)).rejects.toMatchObject({
      code: 'missingInput',
      message: `${context.directory}: no *.arrow, *.arrows, *.feather or *.ipc files in this directory`,
    });
  });
});

describe('the arrow sink', () => {
  it.each([
    ['a.arrow', 'ARROW1'],
    ['a.feather', 'ARROW1'],
    ['a.arrows', '\xff\xff\xff\xff'],
  ])('chooses the format of %s by its name', async (path, start) => {
    const context = await temporaryContext();
    await write(context, { path }, [sampleBatch(modelSchema, 1)]);
    const bytes = await readFile(join(context.directory, path));
    expect(bytes.toString('latin1', 0, start.length)).toBe(start);
  });
});

describe('standard input and output', () => {
  const copy = `
    const { arrowSource } = await use('io/arrowSource.js');
    const { arrowSink } = await use('io/arrowSink.js');
    const { ioContext } = await use('io/paths.js');
    const context = ioContext('.');
  `;

  async function streamBytes(rows: number, sizes: readonly number[]): Promise<Buffer> {
    const context = await temporaryContext();
    await write(context, { path: 'a.arrows' }, cut(sampleBatch(modelSchema, rows), sizes));
    return readFile(join(context.directory, 'a.arrows'));
  }

  const COPY_ALL = `${copy}
    const source = await arrowSource.open({ path: '-' }, context);
    const sink = await arrowSink.open({ path: '-', format: 'auto' }, context, source.schema);
    for await (const batch of source.batches(new AbortController().signal)) await sink.write(batch);
    process.stderr.write(JSON.stringify(await sink.close()));
  `;

  it('carry a stream through a process byte for byte', async () => {
    const bytes = await streamBytes(500, [100, 0, 7]);
    const running = child(COPY_ALL);
    running.stdin.end(bytes);
    const { code, stdout, stderr } = await outputOf(running);
    expect(JSON.parse(stderr)).toEqual({ path: 'standard output', rows: 500, bytes: bytes.length });
    expect(stdout.equals(bytes)).toBe(true);
    expect(code).toBe(0);
  });

  it('carry a stream that arrives in scraps', async () => {
    const bytes = await streamBytes(1, []);
    const running = child(COPY_ALL);
    const done = outputOf(running);
    for (let at = 0; at < bytes.length; at += 97) {
      running.stdin.write(bytes.subarray(at, at + 97));
      if (at % 970 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    running.stdin.end();
    expect((await done).stdout.equals(bytes)).toBe(true);
  });

  it('name a stream that is cut off', async () => {
    const bytes = await streamBytes(20, [10]);
    const running = child(`${copy}
      const source = await arrowSource.open({ path: '-' }, context);
      let rows = 0;
      try {
        for await (const batch of source.batches(new AbortController().signal)) rows += batch.numRows;
      } catch (error) {
        process.stderr.write(JSON.stringify({ rows, code: error.code, message: error.message }));
      }
    `);
    running.stdin.end(bytes.subarray(0, bytes.length - 8));
    expect(JSON.parse((await outputOf(running)).stderr)).toEqual({
      rows: 20,
      code: 'badData',
      message: 'standard input: the Arrow stream is cut off: it stops without its end marker',
    });
  });

  it('stop waiting for a silent pipe when the run is aborted', async () => {
    const bytes = await streamBytes(20, [10]);
    const running = child(`${copy}
      const source = await arrowSource.open({ path: '-' }, context);
      const stop = new AbortController();
      let rows = 0;
      setTimeout(() => stop.abort(), 200);
      for await (const batch of source.batches(stop.signal)) rows += batch.numRows;
      process.stderr.write(String(rows));
    `);
    running.stdin.write(bytes.subarray(0, bytes.length - 8));
    expect(await outputOf(running)).toMatchObject({ code: 0, stderr: '20' });
  });

  it('tell when the reader of the output has gone', async () => {
    const running = child(`${copy}
      const { tableFromArrays } = await import('apache-arrow');
      const [batch] = tableFromArrays({ x: new Float64Array(100000) }).batches;
      const sink = await arrowSink.open({ path: '-', format: 'stream' }, context, batch.schema);
      try {
        for (;;) await sink.write(batch);
      } catch (error) {
        process.stderr.write(JSON.stringify({ code: error.code, message: error.message }));
        await sink.abort();
      }
    `);
    running.stdout.once('data', () => running.stdout.destroy());
    const { code, stderr } = await outputOf(running);
    expect(JSON.parse(stderr)).toEqual({
      code: 'interrupted',
      message: 'standard output: its reader has gone: write EPIPE',
    });
    expect(code).toBe(0);
  });
});
