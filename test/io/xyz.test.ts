import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { from, lastValueFrom, pipe, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Schema } from 'apache-arrow';
import { fromPull } from '#dist/flow/fromPull.js';
import { DiskFile } from '#dist/io/disk.js';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import { pointCloudsSchema } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import type { IoContext, Source } from '#dist/io/definition.js';
import { writeBatches } from '#dist/io/open.js';
import { parquetSink } from '#dist/io/parquetSink.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { ioContext } from '#dist/io/paths.js';
import { xyzSource } from '#dist/io/xyz.js';
import { reservoirSample } from '#dist/operators/reservoirSample.js';
import { select } from '#dist/operators/select.js';
import { soap } from '#dist/operators/soap.js';
import { recordBatch } from '#dist/arrow/columns.js';
import { columnOf } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';
import { collect, temporaryContext, unaborted } from './samples.js';

const DATA = fileURLToPath(new URL('../data/', import.meta.url));
const MOLECULES = join(DATA, 'molecules.xyz');

const open = (options: object, context: IoContext = ioContext('.')): Promise<Source> =>
  xyzSource.open(xyzSource.options.parse(options), context);

async function rowsOf(options: object, context?: IoContext): Promise<Record<string, unknown>[]> {
  return plainRows(await collect((await open(options, context)).batches(unaborted())));
}

/** What ASE read of the file. */
async function expectedRows(): Promise<Record<string, unknown>[]> {
  const expected = JSON.parse(await readFile(join(DATA, 'clouds.json'), 'utf8')) as Record<string, object[]>;
  return expected['molecules.xyz']!.map((row, image) => Object.assign(row, { image }));
}

/** Frames of one point each; the label is the number of the frame. */
const frames = (count: number): string =>
  Array.from({ length: count }, (_, i) => `1\nlabel=${i % 256}\nH ${i} ${i / 8} -1\n`).join('');

describe('the xyz source', () => {
  it('reads what ASE writes as ASE does', async () => {
    expect(await rowsOf({ path: MOLECULES, label: 'label', cell: true })).toEqual(await expectedRows());
  });

  it('gives only the columns that are asked for', async () => {
    const whole = await expectedRows();
    expect(await rowsOf({ path: MOLECULES })).toEqual(
      whole.map(({ image, points, species }) => ({ image, points, species })),
    );
  });

  it('knows its schema from the options alone, and keeps to it', async () => {
    const context = await temporaryContext();
    const path = context.resolvePath('a.xyz');
    const head = 'Properties=species:S:1:pos:R:3:forces:R:3:tag:S:1:q:R:1';
    await writeFile(path, `1\n${head} kind=wet energy=-1 dipole="1 2 3" note="a b"\nH 1 2 3 4 5 6 x 0.5\n`);
    const further = {
      info: { energy: 1, dipole: 3, note: 'text' },
      arrays: { forces: 3, tag: 'text', q: 1 },
    };
    const classes = { label: 'kind', classes: ['dry', 'wet'] };
    for (const options of [{}, { cell: true }, classes, { ...classes, cell: true, origin: true, ...further }]) {
      const parsed = xyzSource.options.parse({ path, ...options });
      const schema = xyzSource.staticSchema!(parsed);
      const source = await xyzSource.open(parsed, ioContext('.'));
      for (const { schema: found } of [source, ...(await collect(source.batches(unaborted())))]) {
        expect(schemaDifference(schema!, found)).toBeUndefined();
      }
    }
    const fieldsOf = (options: object): Schema['fields'] =>
      xyzSource.staticSchema!(xyzSource.options.parse({ path: 'none', ...options }))!.fields;
    const fields = fieldsOf({ ...classes, cell: true, origin: true, ...further });
    expect(fields.map(({ name, type, nullable }) => `${name}: ${typeName(type)}${nullable ? ' or null' : ''}`)).toEqual(
      [
        'image: uint32',
        'file: utf8',
        'frame: uint32',
        'label: uint8',
        'points: list<fixed_size_list<float64, 3>>',
        'species: list<utf8>',
        'cell: fixed_size_list<float64, 9>',
        'pbc: fixed_size_list<uint8, 3>',
        'energy: float64',
        'dipole: fixed_size_list<float64, 3>',
        'note: utf8',
        'forces: list<fixed_size_list<float64, 3>>',
        'tag: list<utf8>',
        'q: list<float64>',
      ],
    );
    expect(await rowsOf({ path, ...classes, cell: true, origin: true, ...further })).toEqual([
      {
        image: 0,
        file: 'a.xyz',
        frame: 0,
        label: 1,
        points: [[1, 2, 3]],
        species: ['H'],
        cell: Array(9).fill(0),
        pbc: [0, 0, 0],
        energy: -1,
        dipole: [1, 2, 3],
        note: 'a b',
        forces: [[4, 5, 6]],
        tag: ['x'],
        q: [0.5],
      },
    ]);
  });

  it('takes the type of labels from the first frame, and tells who has another', async () => {
    const context = await temporaryContext();
    const write = (...kinds: string[]): Promise<void> =>
      writeFile(context.resolvePath('a.xyz'), kinds.map((kind) => `1\nkind=${kind}\nH 0 0 0\n`).join(''));
    const labels = async (): Promise<unknown> => {
      const source = await open({ path: 'a.xyz', label: 'kind' }, context);
      const rows = plainRows(await collect(source.batches(unaborted())));
      return [typeName(source.schema.fields[1]!.type), ...rows.map(({ label }) => label)];
    };
    expect(xyzSource.staticSchema!(xyzSource.options.parse({ path: 'a.xyz', label: 'kind' }))).toBeUndefined();
    await write('007', '255');
    expect(await labels()).toEqual(['uint8', 7, 255]);
    await write('bulk', '7', '"two words"');
    expect(await labels()).toEqual(['utf8', 'bulk', '7', 'two words']);
    await write('-1.5', '7');
    expect(await labels()).toEqual(['float64', -1.5, 7]);
    await write('1', 'bulk');
    await expect(labels()).rejects.toThrow(
      `${context.resolvePath('a.xyz')}:5: frame 1: expected kind= with an integer from 0 to 255, as the first has (option label; classes for words), got "bulk"`,
    );
    await write('-1', 'bulk');
    await expect(labels()).rejects.toThrow('expected kind= with a finite number, as the first has');
    await expect(rowsOf({ path: 'a.xyz', label: 'kind', classes: ['bulk', 'surface'] }, context)).rejects.toThrow(
      'a.xyz:2: frame 0: expected kind= with one of bulk, surface (option classes), got "-1"',
    );
  });

  it.each([
    [{ classes: ['a'] }, 'classes', 'expected label, whose words they are'],
    [{ info: { points: 1 } }, 'info.points', 'expected a name that no other column has, got points'],
    [{ arrays: { cell: 9 } }, 'arrays.cell', 'expected a name that no other column has, got cell'],
    [
      { info: { stress: 9 }, arrays: { stress: 9 } },
      'arrays.stress',
      'expected a name that no other column has, got stress',
    ],
  ])('rejects the options %j', (options, path, message) => {
    const { issues } = xyzSource.options.safeParse({ path: 'a.xyz', ...options }).error!;
    expect(issues.map((issue) => [issue.path.join('.'), issue.message])).toContainEqual([path, message]);
  });

  it('says where clouds come from, and counts what is left out of them', async () => {
    const context = await temporaryContext();
    await mkdir(context.resolvePath('all'));
    await writeFile(context.resolvePath('all/a.xyz'), '1\n\nH 0 0 0\n2\n\nH 0 0\nH 0 0 0\n1\n\nHe 0 nan 0\n');
    await writeFile(context.resolvePath('all/b.xyz'), '');
    await writeFile(context.resolvePath('all/c.xyz.gz'), gzipSync('1\n\nLi 0 0 1\n').subarray(0, 24));
    await writeFile(context.resolvePath('all/d.xyz'), '1\n\nN 0 0 1\n');
    const source = await open({ path: 'all', origin: true, notFinite: 'leaveOut', damaged: 'leaveOut' }, context);
    for (const _ of ['once', 'again']) {
      const rows = plainRows(await collect(source.batches(unaborted())));
      expect(rows.map(({ image, file, frame, species }) => [image, file, frame, species])).toEqual([
        [0, 'a.xyz', 0, ['H']],
        [1, 'a.xyz', 2, []],
        [2, 'd.xyz', 0, ['N']],
      ]);
      const place = context.resolvePath('all/a.xyz');
      expect(source.notices!()).toEqual([
        `left out 1 point without finite coordinates, the first at ${place}:10: frame 2`,
        `left out 3 damaged frames, the first at ${place}:6: frame 1: expected at least 4 columns, got 3`,
      ]);
    }
  });

  it.each([1, 7, 65_536])('gives the same rows plain and gzipped, read %i bytes at a time', async (chunkBytes) => {
    const context = await temporaryContext();
    const content = await readFile(MOLECULES);
    const half = content.indexOf('\n', content.length / 2) + 1;
    await writeFile(join(context.directory, 'plain.xyz'), content);
    await writeFile(
      join(context.directory, 'members.xyz.gz'),
      Buffer.concat([gzipSync(content.subarray(0, half)), gzipSync(content.subarray(half))]),
    );
    for (const path of ['plain.xyz', 'members.xyz.gz']) {
      expect(await rowsOf({ path, chunkBytes, label: 'label', cell: true }, context)).toEqual(await expectedRows());
    }
  });

  it('reads the files of a directory by name, numbered through, and no others', async () => {
    const context = await temporaryContext();
    const write = async (name: string, content: string | Uint8Array): Promise<void> =>
      writeFile(join(context.directory, name), content);
    await write('b.xyz.gz', gzipSync('1\n\nB 0 0 0\n'));
    await write('a.xyz', '1\n\nA1 0 0 0\n1\n\nA2 0 0 0\n');
    await write('c.extxyz', '1\n\nC 0 0 0\n');
    await write('.hidden.xyz', 'hidden');
    await write('notes.txt', 'notes');
    const rows = await rowsOf({ path: '.', batchRows: 3 }, context);
    expect(rows.map(({ image, species }) => [image, species])).toEqual([
      [0, ['A1']],
      [1, ['A2']],
      [2, ['B']],
      [3, ['C']],
    ]);
  });

  it('gives batches of batchRows frames, whatever the chunks are', async () => {
    const context = await temporaryContext();
    await writeFile(join(context.directory, 'a.xyz'), frames(50));
    for (const chunkBytes of [5, 100, 100_000]) {
      const source = await open({ path: 'a.xyz', batchRows: 20, chunkBytes, label: 'label' }, context);
      const batches = await collect(source.batches(unaborted()));
      expect(batches.map(({ numRows }) => numRows)).toEqual([20, 20, 10]);
      expect(plainRows(batches)).toEqual(
        Array.from({ length: 50 }, (_, i) => ({ image: i, label: i, points: [[i, i / 8, -1]], species: ['H'] })),
      );
    }
  });

  it('lets a batch leave early when it has a million points', async () => {
    const context = await temporaryContext();
    const frame = `400000\n\n${'H 1 2 3\n'.repeat(400_000)}`;
    await writeFile(join(context.directory, 'a.xyz'), frame.repeat(4));
    const batches = await collect((await open({ path: 'a.xyz' }, context)).batches(unaborted()));
    expect(batches.map(({ numRows }) => numRows)).toEqual([3, 1]);
  });

  it('counts progress in bytes of the files up to its total', async () => {
    const context = await temporaryContext();
    const zipped = gzipSync(frames(1000));
    await writeFile(join(context.directory, 'a.xyz'), frames(300));
    await writeFile(join(context.directory, 'b.xyz.gz'), zipped);
    const source = await open({ path: '.', chunkBytes: 512 }, context);
    expect(source.total).toBe(frames(300).length + zipped.length);
    const batches = await collect(source.batches(unaborted()));
    const counts = batches.map((batch) => source.progress!(batch));
    expect(counts.reduce((sum, bytes) => sum + bytes, 0)).toBe(source.total);
    expect(Math.max(...counts)).toBeLessThan(source.total! / 3);
  });

  it('reads all chunks of a plain file into the same memory', async () => {
    const context = await temporaryContext();
    const spy = vi.spyOn(DiskFile.prototype, 'read');
    onTestFinished(() => spy.mockRestore());
    await writeFile(join(context.directory, 'a.xyz'), frames(500));
    const source = await open({ path: 'a.xyz', chunkBytes: 512 }, context);
    expect(await collect(source.batches(unaborted()))).toHaveLength(8);
    const buffers = spy.mock.calls.filter(([, , length]) => length === 512).map(([buffer]) => buffer);
    expect(buffers.length).toBeGreaterThan(10);
    expect(new Set(buffers).size).toBe(1);
  });

  it('reads no further than it is asked to', async () => {
    const context = await temporaryContext();
    await writeFile(join(context.directory, 'a.xyz'), `${frames(100)}broken`);
    const batches = (await open({ path: 'a.xyz', batchRows: 10, chunkBytes: 64 }, context)).batches(unaborted());
    for (let i = 0; i < 10; i++) expect((await batches.next()).done).toBe(false);
    await expect(batches.next()).rejects.toMatchObject({ code: 'badData' });
  });

  it('can be read twice, at the same time too', async () => {
    const source = await open({ path: MOLECULES });
    const [first, second] = await Promise.all([
      collect(source.batches(unaborted())),
      collect(source.batches(unaborted())),
    ]);
    expect(plainRows(second)).toEqual(plainRows(first));
  });

  it('ends early, without error, when it is aborted, within a chunk or between', async () => {
    const context = await temporaryContext();
    await writeFile(join(context.directory, 'a.xyz'), frames(100));
    for (const chunkBytes of [64, 100_000]) {
      const stop = new AbortController();
      const batches = (await open({ path: 'a.xyz', batchRows: 10, chunkBytes }, context)).batches(stop.signal);
      expect((await batches.next()).value!.numRows).toBe(10);
      stop.abort();
      expect(await batches.next()).toEqual({ done: true, value: undefined });
    }
  });

  it('lists what it reads, without looking', () => {
    expect(xyzSource.reads(xyzSource.options.parse({ path: 'clouds' }), ioContext('/base'))).toEqual(['/base/clouds']);
  });

  it('names file, line and frame of what is wrong', async () => {
    const context = await temporaryContext();
    const path = join(context.directory, 'a.xyz');
    await writeFile(path, `${frames(2)}1\nlabel=2\nH 0 0\n`);
    const batches = (await open({ path: 'a.xyz' }, context)).batches(unaborted());
    await expect(collect(batches)).rejects.toMatchObject({
      code: 'badData',
      message: `${path}:9: frame 2: expected at least 4 columns, got 3`,
    });
  });

  it('rejects gzip data that is cut off', async () => {
    const context = await temporaryContext();
    await writeFile(join(context.directory, 'a.xyz.gz'), gzipSync(frames(100)).subarray(0, -9));
    const batches = (await open({ path: 'a.xyz.gz' }, context)).batches(unaborted());
    await expect(collect(batches)).rejects.toMatchObject({ code: 'badData' });
  });

  it('refuses, when it is opened, what is missing or empty', async () => {
    const context = await temporaryContext();
    const path = (name: string): string => join(context.directory, name);
    await writeFile(path('empty.xyz'), '');
    await mkdir(path('none'));
    await mkdir(path('folder/inner.xyz'), { recursive: true });
    const failing = async (name: string): Promise<unknown> =>
      open({ path: name }, context).catch((error: unknown) => error);
    expect(await failing('no.xyz')).toMatchObject({ code: 'missingInput', message: `${path('no.xyz')}: no such file` });
    expect(await failing('empty.xyz')).toMatchObject({
      code: 'badData',
      message: `${path('empty.xyz')}: expected an XYZ file, found an empty one`,
    });
    expect(await failing('none')).toMatchObject({
      code: 'missingInput',
      message: `${path('none')}: no *.xyz, *.extxyz, *.xyz.gz or *.extxyz.gz files in this directory`,
    });
    expect(await failing('folder')).toMatchObject({
      code: 'missingInput',
      message: `${path('folder')}: no *.xyz, *.extxyz, *.xyz.gz or *.extxyz.gz files in this directory`,
    });
  });

  it('writes to Parquet and comes back the same', async () => {
    const context = await temporaryContext();
    const path = join(context.directory, 'clouds.parquet');
    const source = await open({ path: MOLECULES, label: 'label', cell: true });
    await writeBatches(parquetSink, { path }, source.batches(unaborted()));
    const written = await parquetSource.open(parquetSource.options.parse({ path }), ioContext('.'));
    expect(schemaDifference(source.schema, written.schema)).toBeUndefined();
    expect(plainRows(await collect(written.batches(unaborted())))).toEqual(await expectedRows());
  });

  it('feeds reservoirSample and soap like any point clouds', async () => {
    const descriptors = pipe(
      select({ columns: ['image', 'label', 'points'] }),
      reservoirSample({ size: 6, seed: 1 }),
      soap({ rCut: 4, nMax: 3, lMax: 2, sigma: 0.5 }),
      toArray(),
    );
    const source = await open({ path: MOLECULES, batchRows: 2, label: 'label' });
    const found = await lastValueFrom(fromPull(source.batches(unaborted())).pipe(descriptors));
    const clouds = await expectedRows();
    const columns = pointCloudsSchema.fields.map(({ name, type }) =>
      columnOf(
        type,
        clouds.map((cloud) => cloud[name]),
      ),
    );
    const byHand = recordBatch(pointCloudsSchema, clouds.length, columns);
    expect(plainRows(found)).toEqual(plainRows(await lastValueFrom(from([byHand]).pipe(descriptors))));
    expect(plainRows(found)).toHaveLength(6);
  });

  it('takes a file of any name', async () => {
    const context = await temporaryContext();
    await cp(MOLECULES, join(context.directory, 'no-ending'));
    expect(await rowsOf({ path: 'no-ending', label: 'label', cell: true }, context)).toEqual(await expectedRows());
  });
});
