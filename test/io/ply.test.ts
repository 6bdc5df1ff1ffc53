import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import { typeName } from '#dist/arrow/typeName.js';
import { fromPull } from '#dist/flow/fromPull.js';
import type { IoContext, Source } from '#dist/io/definition.js';
import { ioContext } from '#dist/io/paths.js';
import { plySource } from '#dist/io/ply.js';
import { reservoirSample } from '#dist/operators/reservoirSample.js';
import { soap } from '#dist/operators/soap.js';
import { plyFile } from '../support/cloudFiles.js';
import { plainRows } from '../support/plainRows.js';
import { collect, temporaryContext, unaborted } from './samples.js';

const DATA = fileURLToPath(new URL('../data/', import.meta.url));

const open = (options: object, context: IoContext = ioContext('.')): Promise<Source> =>
  plySource.open(plySource.options.parse(options), context);

async function rowsOf(options: object, context?: IoContext): Promise<Record<string, unknown>[]> {
  return plainRows(await collect((await open(options, context)).batches(unaborted())));
}

/** What plyfile read of the file. */
async function expectedRow(name: string): Promise<Record<string, unknown>> {
  const expected = JSON.parse(await readFile(join(DATA, 'clouds.json'), 'utf8')) as Record<string, object[]>;
  return { image: 0, ...expected[name]![0] };
}

const cloudFile = (points: readonly (readonly number[])[]): Uint8Array =>
  plyFile('binary_little_endian', [
    { name: 'vertex', properties: ['float x', 'float y', 'float z', 'uchar part'], rows: points.map((point) => [...point, 5]) }, // prettier-ignore
  ]);

async function folderOf(count: number): Promise<IoContext & { readonly directory: string }> {
  const context = await temporaryContext();
  for (let i = 0; i < count; i++) {
    const file = cloudFile(Array.from({ length: i + 1 }, (_, j) => [i, j, 0.5]));
    await writeFile(
      join(context.directory, i % 2 === 0 ? `${i}.ply` : `${i}.ply.gz`),
      i % 2 === 0 ? file : gzipSync(file),
    );
  }
  await writeFile(join(context.directory, 'notes.txt'), 'notes');
  return context;
}

describe('the ply source', () => {
  it.each(['scan.ply', 'scanAscii.ply'])('reads %s of plyfile as plyfile does', async (name) => {
    for (const chunkBytes of [1, 7, 65_536]) {
      const options = { path: join(DATA, name), species: 'part', label: 'label', chunkBytes };
      expect(await rowsOf(options)).toEqual([await expectedRow(name)]);
    }
  });

  it('gives the same rows gzipped', async () => {
    const context = await temporaryContext();
    await writeFile(join(context.directory, 'a.ply.gz'), gzipSync(await readFile(join(DATA, 'scan.ply'))));
    for (const chunkBytes of [1, 65_536]) {
      const rows = await rowsOf({ path: 'a.ply.gz', species: 'part', label: 'label', chunkBytes }, context);
      expect(rows).toEqual([await expectedRow('scan.ply')]);
    }
  });

  it('knows its schema from the options alone, and keeps to it', async () => {
    for (const options of [
      {},
      { species: 'part' },
      { origin: true },
      { species: 'part', label: 'label', classes: ['3', '7'] },
    ]) {
      const parsed = plySource.options.parse({ path: join(DATA, 'scan.ply'), ...options });
      const schema = plySource.staticSchema!(parsed);
      const source = await plySource.open(parsed, ioContext('.'));
      for (const { schema: found } of [source, ...(await collect(source.batches(unaborted())))]) {
        expect(schemaDifference(schema!, found)).toBeUndefined();
      }
    }
    const fieldsOf = (options: object): string[] =>
      plySource.staticSchema!(plySource.options.parse({ path: 'none', ...options }))!.fields.map(
        ({ name, type }) => `${name}: ${typeName(type)}`,
      );
    const points = 'points: list<fixed_size_list<float64, 3>>';
    expect(fieldsOf({})).toEqual(['image: uint32', points]);
    expect(fieldsOf({ species: 'part', label: 'label', classes: ['a'] })).toEqual([
      'image: uint32',
      'label: uint8',
      points,
      'species: list<utf8>',
    ]);
  });

  it('reads the files of a directory by name, a cloud each, in batches of batchRows', async () => {
    const context = await folderOf(5);
    for (const [batchRows, sizes] of [
      [undefined, [1, 1, 1, 1, 1]],
      [2, [2, 2, 1]],
      [9, [5]],
    ] as const) {
      const source = await open({ path: '.', species: 'part', batchRows }, context);
      const batches = await collect(source.batches(unaborted()));
      expect(batches.map(({ numRows }) => numRows)).toEqual(sizes);
      expect(plainRows(batches)).toEqual(
        Array.from({ length: 5 }, (_, i) => ({
          image: i,
          points: Array.from({ length: i + 1 }, (__, j) => [i, j, 0.5]),
          species: Array.from({ length: i + 1 }, () => '5'),
        })),
      );
    }
  });

  it('counts progress in bytes of the files up to its total', async () => {
    const source = await open({ path: '.' }, await folderOf(6));
    const counts = (await collect(source.batches(unaborted()))).map((batch) => source.progress!(batch));
    expect(counts).toHaveLength(6);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(counts.reduce((sum, bytes) => sum + bytes, 0)).toBe(source.total);
  });

  it('reads no file before it is asked for its cloud', async () => {
    const context = await folderOf(2);
    await writeFile(join(context.directory, '2.ply'), 'broken');
    const batches = (await open({ path: '.' }, context)).batches(unaborted());
    expect((await batches.next()).value!.numRows).toBe(1);
    expect((await batches.next()).value!.numRows).toBe(1);
    await expect(batches.next()).rejects.toMatchObject({
      code: 'badData',
      message: `${join(context.directory, '2.ply')}:1: expected a PLY file, whose first line is ply, got "broken"`,
    });
  });

  it('holds a large cloud once', async () => {
    const context = await temporaryContext();
    const header =
      'ply\nformat binary_little_endian 1.0\nelement vertex 2000000\nproperty float x\nproperty float y\nproperty float z\nend_header\n';
    await writeFile(
      join(context.directory, 'large.ply'),
      Buffer.concat([Buffer.from(header), Buffer.alloc(24_000_000)]),
    );
    const batches = (await open({ path: 'large.ply' }, context)).batches(unaborted());
    const { value } = await batches.next();
    const points = value!.getChild('points')!.data[0]!.children[0]!.children[0]!.values as Float64Array;
    expect(points).toHaveLength(6_000_000);
    expect(points.buffer.byteLength).toBe(48_000_000);
    await batches.return();
  });

  it('ends early, without error, when it is aborted', async () => {
    const context = await folderOf(3);
    const stop = new AbortController();
    const batches = (await open({ path: '.' }, context)).batches(stop.signal);
    await batches.next();
    stop.abort();
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  it('refuses, when it is opened, what is missing or empty', async () => {
    const context = await temporaryContext();
    const path = (name: string): string => join(context.directory, name);
    await expect(open({ path: '.' }, context)).rejects.toMatchObject({
      code: 'missingInput',
      message: `${context.directory}: no *.ply or *.ply.gz files in this directory`,
    });
    await writeFile(path('empty.ply'), '');
    await expect(open({ path: '.' }, context)).rejects.toMatchObject({
      code: 'badData',
      message: `${path('empty.ply')}: expected a PLY file, found an empty one`,
    });
  });

  it('feeds reservoirSample and soap', async () => {
    const source = await open({ path: join(DATA, 'scan.ply'), label: 'label' });
    const steps = fromPull(source.batches(unaborted())).pipe(
      reservoirSample({ size: 10, seed: 1, by: 'descriptor' }),
      soap({ rMin: 0.1, rCut: 2, nMax: 3, lMax: 2, sigma: 0.3 }),
      toArray(),
    );
    const rows = plainRows(await lastValueFrom(steps));
    const points = (await expectedRow('scan.ply')).points as number[][];
    expect(rows).toHaveLength(10);
    for (const { image, label, center, position, nCenters } of rows) {
      expect([image, label, position, nCenters]).toEqual([0, 3, points[center as number], 10]);
    }
    expect(new Set(rows.map(({ center }) => center)).size).toBe(10);
  });
});
