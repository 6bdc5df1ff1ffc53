import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { RecordBatch } from 'apache-arrow';
import { beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { arrowSink } from '#dist/io/arrowSink.js';
import { arrowSource } from '#dist/io/arrowSource.js';
import type { SourceDefinition } from '#dist/io/definition.js';
import { idxSource } from '#dist/io/idx.js';
import { writeBatches } from '#dist/io/open.js';
import { parquetSink } from '#dist/io/parquetSink.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { ioContext } from '#dist/io/paths.js';
import { plySource } from '#dist/io/ply.js';
import { evenRanges, evenRuns } from '#dist/io/splits.js';
import { xyzSource } from '#dist/io/xyz.js';
import { decodeMnist } from '#dist/operators/decodeMnist.js';
import { through } from '#dist/flow/through.js';
import { cloudBatch } from '../support/batches.js';
import { type PlainRow, plainRows } from '../support/plainRows.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';
import { failureOf, writeMolecules } from '../support/tasks.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** The rows of each batch of each split, and of the whole source. */
async function cut<Options extends z.ZodObject>(
  source: SourceDefinition<Options>,
  given: z.input<Options>,
  most: number,
): Promise<{ splits: PlainRow[][][]; whole: PlainRow[][] }> {
  const options = source.options.parse(given);
  const context = ioContext(folder);
  const isIdx = (source as unknown) === idxSource;
  const rowsOf = async (split: unknown): Promise<PlainRow[][]> => {
    const opened = await source.open(options, context, split);
    const read = opened.batches(new AbortController().signal);
    const decoded: AsyncIterable<RecordBatch> = isIdx ? through(read, decodeMnist({ batchRows: 4 })) : read;
    const rows: PlainRow[][] = [];
    for await (const batch of decoded) rows.push(plainRows([batch]));
    return rows;
  };
  const ranges = await source.splits!(options, context, { most, decodedRows: isIdx ? 4 : undefined });
  const splits = [];
  for (const range of ranges) splits.push(await rowsOf(JSON.parse(JSON.stringify(range))));
  return { splits, whole: await rowsOf(undefined) };
}

/** Rows, and where batches end. */
async function expectWhole<Options extends z.ZodObject>(
  source: SourceDefinition<Options>,
  given: z.input<Options>,
  most: number,
  count = most,
): Promise<void> {
  const { splits, whole } = await cut(source, given, most);
  expect(splits).toHaveLength(count);
  expect(splits.every((split) => split.length > 0)).toBe(true);
  expect(splits.flat()).toEqual(whole);
}

describe('the splits of a source, one after the other, are its batches', () => {
  it.each([2, 3, 7])('idx, by images: %i', async (most) => {
    writeSmallMnist(folder, 30);
    await expectWhole(idxSource, { images: 'images', labels: 'labels', chunkBytes: 1000 }, most);
  });

  it('idx: never more than there are batches', async () => {
    writeSmallMnist(folder, 5);
    await expectWhole(idxSource, { images: 'images', labels: 'labels' }, 9, 2);
  });

  it.each([2, 5])('xyz, by frames through several files, gzipped ones whole: %i', async (most) => {
    mkdirSync(join(folder, 'frames'));
    writeMolecules(join(folder, 'frames/a.xyz'), 22);
    writeMolecules(join(folder, 'frames/b.xyz'), 9);
    writeFileSync(join(folder, 'frames/c.xyz.gz'), gzipSync(readFileSync(join(folder, 'frames/b.xyz'))));
    writeMolecules(join(folder, 'frames/d.xyz'), 14);
    await expectWhole(xyzSource, { path: 'frames', origin: true, batchRows: 2, chunkBytes: 97 }, most);
  });

  it('xyz with cells behind the points, blank lines and carriage returns', async () => {
    const frame = (i: number): string =>
      `2\r\n\r\nH 0 0 ${i}\r\nH 0 1 ${i}\r\nVEC1 9 0 0\r\nVEC2 0 9 0\r\nVEC3 0 0 ${i}\r\n\r\n`;
    writeFileSync(join(folder, 'cells.xyz'), Array.from({ length: 9 }, (_, i) => frame(i + 1)).join(''));
    await expectWhole(xyzSource, { path: 'cells.xyz', cell: true, batchRows: 1, chunkBytes: 5 }, 4);
  });

  it('ply, by file', async () => {
    const ply = (i: number): string =>
      `ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nend_header\n0 1 ${i}\n`;
    for (let i = 0; i < 5; i++) writeFileSync(join(folder, `${i}.ply`), ply(i));
    await expectWhole(plySource, { path: '.' }, 3);
  });

  it('parquet, by row group through several files', async () => {
    const batches = Array.from({ length: 4 }, (_, i) => cloudBatch([i, 2, 3], i));
    await writeBatches(parquetSink, { path: join(folder, 'rows'), rowGroupRows: 2, rowsPerFile: 5 }, batches);
    await expectWhole(parquetSource, { path: 'rows', columns: ['image', 'points'], batchRows: 5 }, 4);
  });

  it('arrow, by batch through several files', async () => {
    mkdirSync(join(folder, 'files'));
    for (const file of ['a.arrow', 'b.arrows', 'c.arrow']) {
      const batches = Array.from({ length: 3 }, (_, i) => cloudBatch([i, 2], i));
      await writeBatches(arrowSink, { path: join(folder, 'files', file) }, batches);
    }
    await expectWhole(arrowSource, { path: 'files' }, 4);
  });
});

describe('a source is not cut', () => {
  it.each([
    [
      'idx that is gzipped',
      () => writeFileSync(join(folder, 'images'), gzipSync(readFileSync(join(folder, 'images')))),
    ],
    ['idx with other numbers of labels', () => writeSmallMnistLabels(7)],
  ])('%s', async (_what, change) => {
    writeSmallMnist(folder, 8);
    change();
    const options = idxSource.options.parse({ images: 'images', labels: 'labels' });
    expect(await idxSource.splits!(options, ioContext(folder), { most: 2, decodedRows: 4 })).toEqual([]);
  });

  it('idx that nobody decodes', async () => {
    writeSmallMnist(folder, 8);
    const options = idxSource.options.parse({ images: 'images' });
    expect(await idxSource.splits!(options, ioContext(folder), { most: 2, decodedRows: undefined })).toEqual([]);
  });

  it('xyz with something between frames, or with damaged ones that are left out', async () => {
    writeMolecules(join(folder, 'a.xyz'), 9);
    const wish = { most: 2, decodedRows: undefined };
    const options = xyzSource.options.parse({ path: 'a.xyz', batchRows: 1 });
    expect(await xyzSource.splits!(options, ioContext(folder), wish)).toHaveLength(2);
    expect(await xyzSource.splits!({ ...options, damaged: 'leaveOut' }, ioContext(folder), wish)).toEqual([]);
    appendFileSync(join(folder, 'a.xyz'), 'what is this?\n');
    expect(await xyzSource.splits!(options, ioContext(folder), wish)).toEqual([]);
  });
});

describe('a split of a file that has changed', () => {
  it('is refused where it has other frames', async () => {
    writeMolecules(join(folder, 'a.xyz'), 9);
    const options = xyzSource.options.parse({ path: 'a.xyz', batchRows: 1 });
    const ranges = await xyzSource.splits!(options, ioContext(folder), { most: 2, decodedRows: undefined });
    writeMolecules(join(folder, 'a.xyz'), 8);
    expect(await failureOf(readAll(options, ranges[1]))).toMatch(
      /a\.xyz: expected \d point clouds from number \d on, found \d: it has changed; plan again$/,
    );
  });
});

describe('the place of a mistake in a split', () => {
  it('is that in the file', async () => {
    writeMolecules(join(folder, 'a.xyz'), 9);
    writeFileSync(join(folder, 'a.xyz'), readFileSync(join(folder, 'a.xyz'), 'utf8').replace(/(.*)\d\n$/s, '$1x\n'));
    const options = xyzSource.options.parse({ path: 'a.xyz', batchRows: 1 });
    const ranges = await xyzSource.splits!(options, ioContext(folder), { most: 3, decodedRows: undefined });
    const whole = await failureOf(readAll(options));
    expect(whole).toContain('a.xyz:');
    expect(await failureOf(readAll(options, ranges.at(-1)))).toBe(whole);
  });
});

describe('ranges', () => {
  it('are even, none is empty, and together they are all', () => {
    expect(evenRanges(7, 3)).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 4 },
      { from: 4, to: 7 },
    ]);
    expect(evenRanges(2, 5)).toHaveLength(2);
    expect(evenRanges(0, 5)).toEqual([]);
    expect(evenRuns([5, 1, 1, 1, 8], 2)).toEqual([
      { from: 0, to: 4 },
      { from: 4, to: 5 },
    ]);
    expect(evenRuns([], 3)).toEqual([]);
  });
});

async function readAll(options: z.output<typeof xyzSource.options>, split?: unknown): Promise<void> {
  const source = await xyzSource.open(options, ioContext(folder), split);
  for await (const _ of source.batches(new AbortController().signal));
}

function writeSmallMnistLabels(count: number): void {
  const labels = readFileSync(join(folder, 'labels'));
  labels.writeUInt32BE(count, 4);
  writeFileSync(join(folder, 'labels'), labels.subarray(0, 8 + count));
}
