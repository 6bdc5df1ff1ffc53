import { Field, type RecordBatch, Utf8 } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { column } from '#dist/arrow/columns.js';
import { centersField, speciesField } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import { imageToXyz } from '#dist/operators/imageToXyz.js';
import { reservoirSample } from '#dist/operators/reservoirSample.js';
import { xyzToImage } from '#dist/operators/xyzToImage.js';
import { cloudBatch, columnOf, imageBatch, split, withColumn } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

operatorContract({
  independent: true,
  name: 'xyzToImage',
  create: () => xyzToImage({ height: 9, width: 8 }),
  input: cloudBatch([3, 0, 5, 1, 4, 2, 7]),
  reads: { points: 'list<fixed_size_list<float64, 3>>' },
  badOptions: [
    ['xyzToImage.height: expected an integer from 1 to 65535, got 0', () => xyzToImage({ height: 0 })],
    ['xyzToImage.width: expected an integer from 1 to 65535, got 1.5', () => xyzToImage({ width: 1.5 })],
    ['xyzToImage.intensityDivisor: expected a number > 0, got 0', () => xyzToImage({ intensityDivisor: 0 })],
  ],
});

const run = (batches: readonly RecordBatch[], options?: Parameters<typeof xyzToImage>[0]): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(xyzToImage(options), toArray()));

describe('xyzToImage', () => {
  it('restores images to ⌊I / 10⌋ · 10, unless there is noise', async () => {
    const images = imageBatch(20, { height: 28, width: 28 });
    const there = (sigmaDisturbance: number): Promise<RecordBatch[]> =>
      lastValueFrom(from(split(images, 6)).pipe(imageToXyz({ sigmaDisturbance }), xyzToImage(), toArray()));
    const expected = plainRows([images]).map(({ image, label, pixels }) => ({
      image,
      label,
      pixels: (pixels as number[][]).map((line) => line.map((I) => Math.floor(I / 10) * 10)),
    }));
    expect(plainRows(await there(0))).toEqual(expected);
    expect(plainRows(await there(0.4))).not.toEqual(expected);
  });

  it('replaces points by pixels, and drops what else belongs to points', async () => {
    const clouds = cloudBatch([2, 1]);
    const species = columnOf(speciesField.type, [['H', 'C'], ['O']]);
    const chosen = columnOf(centersField.type, [[0], [0]]);
    const [output] = await run([withColumn(withColumn(clouds, speciesField, species), centersField, chosen)]);
    expect(output!.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`)).toEqual([
      'image: uint32',
      'label: uint8',
      'pixels: fixed_size_list<fixed_size_list<uint8, 28>, 28>',
    ]);
    expect(output!.schema.fields[2]!.nullable).toBe(false);
  });

  it('keeps a column of texts that happens to be called species', async () => {
    const names = columnOf(new Utf8(), ['cat', 'dog']);
    const [output] = await run([withColumn(cloudBatch([2, 1]), new Field('species', new Utf8()), names)]);
    expect(plainRows([output!]).map((row) => row.species)).toEqual(['cat', 'dog']);
  });

  it('takes all points, chosen centres or not', async () => {
    const images = imageBatch(4, { height: 28, width: 28 });
    const both = [[], [reservoirSample({ size: 5 })]].map(([sample]) => {
      const clouds = from([images]).pipe(imageToXyz());
      return lastValueFrom((sample ? clouds.pipe(sample) : clouds).pipe(xyzToImage(), toArray()));
    });
    const [all, sampled] = (await Promise.all(both)).map((batches) => plainRows(batches));
    expect(sampled!.length).toBeGreaterThan(0);
    for (const row of sampled!) expect(all).toContainEqual(row);
  });

  it('names row and point of coordinates that are not finite', async () => {
    const clouds = cloudBatch([3, 2]);
    column(clouds, 'points').children[0]!.children[0]!.values[3 * 4 + 1] = NaN;
    await expect(run([clouds])).rejects.toMatchObject({
      code: 'badData',
      message: expect.stringMatching(
        /^xyzToImage, batch 0, row 1 \(image 1\): points\[1\]: expected finite coordinates, got \(\S+, NaN, \S+\)$/,
      ) as string,
    });
  });
});
