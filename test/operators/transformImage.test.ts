import { type RecordBatch } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { column, flatValues } from '#dist/arrow/columns.js';
import { transformImage } from '#dist/operators/transformImage.js';
import { imageBatch, split } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

operatorContract({
  independent: true,
  name: 'transformImage',
  create: () => transformImage({ rotate: 'random', mirror: 'random', seed: 3 }),
  input: imageBatch(9),
  reads: { image: 'uint32', pixels: 'fixed_size_list<fixed_size_list<uint8, width>, height>' },
  badOptions: [
    [
      'transformImage.rotate: expected a number or random (degrees), got "any"',
      () => transformImage({ rotate: 'any' as 'random' }),
    ],
    [
      'transformImage.mirror: expected true or false or random, got 1',
      () => transformImage({ mirror: 1 as unknown as boolean }),
    ],
    [
      'transformImage.interpolation: expected bilinear or nearest, got "cubic"',
      () => transformImage({ interpolation: 'cubic' as 'nearest' }),
    ],
    ['transformImage.seed: expected an integer >= 0, got -1', () => transformImage({ seed: -1 })],
  ],
});

type Image = number[][];

async function transformed(
  batches: readonly RecordBatch[],
  options?: Parameters<typeof transformImage>[0],
): Promise<Image[]> {
  const output = await lastValueFrom(from(batches).pipe(transformImage(options), toArray()));
  return plainRows(output).map(({ pixels }) => pixels as Image);
}

const imagesOf = (batch: RecordBatch): Image[] => plainRows([batch]).map(({ pixels }) => pixels as Image);
const mirrored = (image: Image): Image => image.map((row) => row.toReversed());
const turnedRight = (image: Image): Image => image[0]!.map((_, x) => image.map((row) => row[x]!).toReversed());

describe('transformImage', () => {
  const images = imageBatch(12, { height: 6, width: 6 });

  it('leaves images as they are unless told', async () => {
    expect(await transformed([images])).toEqual(imagesOf(images));
  });

  it('turns all images by the angle given, then mirrors them', async () => {
    const expected = imagesOf(images).map(turnedRight);
    expect(await transformed(split(images, 5), { rotate: 90 })).toEqual(expected);
    expect(await transformed(split(images, 5), { rotate: 90, mirror: true })).toEqual(expected.map(mirrored));
  });

  it('interpolates between pixels unless the nearest is to be taken', async () => {
    const values = async (options: { interpolation?: 'bilinear' | 'nearest' }): Promise<Set<number>> =>
      new Set((await transformed([images.slice(0, 1)], { rotate: 30, ...options })).flat(2));
    const own = new Set(imagesOf(images.slice(0, 1)).flat(2)).add(0);
    expect([...(await values({ interpolation: 'nearest' }))].filter((value) => !own.has(value))).toEqual([]);
    expect(await values({})).toEqual(await values({ interpolation: 'bilinear' }));
    expect([...(await values({}))].filter((value) => !own.has(value))).not.toEqual([]);
  });

  it('hands on the schema', async () => {
    const [output] = await lastValueFrom(from([images]).pipe(transformImage({ rotate: 30 }), toArray()));
    expect(output!.schema).toEqual(images.schema);
  });

  it('mirrors about half of the images at random, others by another seed, each by its own number', async () => {
    const many = imageBatch(1000, { height: 3, width: 3 });
    const flags = async (batch: RecordBatch, seed: number): Promise<boolean[]> => {
      const [before, after] = [imagesOf(batch), await transformed([batch], { mirror: 'random', seed })];
      return after.map((image, i) => {
        const isMirrored = JSON.stringify(image) !== JSON.stringify(before[i]);
        expect(image).toEqual(isMirrored ? mirrored(before[i]!) : before[i]);
        return isMirrored;
      });
    };
    const first = await flags(many, 1);
    // The seed is fixed. Five standard errors of a fair coin thrown 1,000 times are 79; a random symmetric image is unlikely.
    expect(Math.abs(first.filter(Boolean).length - 500)).toBeLessThan(80);
    expect(await flags(many.slice(300, 600), 1)).toEqual(first.slice(300, 600));
    expect(await flags(many, 2)).not.toEqual(first);
  });
});

describe('the random angles of transformImage', () => {
  it('are uniform over the circle, and independent of the mirroring', async () => {
    const [side, count] = [41, 2000];
    const images = imageBatch(count, { height: side, width: side });
    // A bright point right of the centre and a dimmer one below tell the angle, and mirrored images from others.
    const pixels = (flatValues(column(images, 'pixels')) as Uint8Array).fill(0);
    for (let image = 0; image < count; image++) {
      pixels[(image * side + 20) * side + 39] = 255;
      pixels[(image * side + 39) * side + 20] = 100;
    }
    const turned = await transformed([images], { rotate: 'random', seed: 5 });
    const mirroredToo = await transformed([images], { rotate: 'random', mirror: 'random', seed: 5 });
    const quadrants = [0, 0, 0, 0];
    const mirroredQuadrants = [0, 0, 0, 0];
    for (const [i, image] of turned.entries()) {
      const quadrant = Math.floor((direction(image) + Math.PI) / (Math.PI / 2)) % 4;
      quadrants[quadrant]!++;
      if (JSON.stringify(mirroredToo[i]) !== JSON.stringify(image)) mirroredQuadrants[quadrant]!++;
    }
    // The seed is fixed. Five standard errors of a binomial count: 97 of 2,000 at 1/4, 74 at 1/8.
    for (const number of quadrants) expect(Math.abs(number - count / 4)).toBeLessThan(97);
    for (const number of mirroredQuadrants) expect(Math.abs(number - count / 8)).toBeLessThan(74);
  });
});

/** Where the centroid of an image of side 41 lies, seen from the middle: an angle in radians. */
function direction(image: Image): number {
  let [x, y] = [0, 0];
  for (const [row, line] of image.entries()) {
    for (const [c, value] of line.entries()) {
      x += value * (c - 20);
      y += value * (row - 20);
    }
  }
  return Math.atan2(y, x);
}
