import { from, lastValueFrom, toArray } from 'rxjs';
import { type RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column, flatValues, listOffsets } from '#dist/arrow/columns.js';
import { typeName } from '#dist/arrow/typeName.js';
import { imageToXyz } from '#dist/operators/imageToXyz.js';
import { imageBatch, split } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

operatorContract({
  independent: true,
  name: 'imageToXyz',
  create: () => imageToXyz({ sigmaDisturbance: 0.5, seed: 3 }),
  input: imageBatch(9),
  reads: { image: 'uint32', pixels: 'fixed_size_list<fixed_size_list<uint8, width>, height>' },
  badOptions: [
    ['imageToXyz.intensityDivisor: expected a number > 0, got 0', () => imageToXyz({ intensityDivisor: 0 })],
    [
      'imageToXyz.sigmaDisturbance: expected a number >= 0 (pixels), got -0.1',
      () => imageToXyz({ sigmaDisturbance: -0.1 }),
    ],
    ['imageToXyz.seed: expected an integer >= 0, got 0.5', () => imageToXyz({ seed: 0.5 })],
    [
      'imageToXyz.sigma: unknown option, expected intensityDivisor, sigmaDisturbance or seed',
      () => imageToXyz({ ['sigma' as 'seed']: 1 }),
    ],
  ],
});

type Options = Parameters<typeof imageToXyz>[0];

async function clouds(images: readonly RecordBatch[], options?: Options): Promise<number[][][]> {
  const batches = await lastValueFrom(from(images).pipe(imageToXyz(options), toArray()));
  return plainRows(batches).map(({ points }) => points as number[][]);
}

/** Algorithm 1, steps 2 to 8, without noise. */
function algorithm1(image: number[][], divisor: number): number[][] {
  const points: number[][] = [];
  for (const [y, row] of image.entries()) {
    for (const [x, intensity] of row.entries()) {
      const z = Math.floor(intensity / divisor);
      if (z > 0) points.push([x, y, z]);
    }
  }
  return points;
}

describe('imageToXyz', () => {
  it.each([1, 10, 37.5, 255, 256])('is algorithm 1 with intensities divided by %d', async (intensityDivisor) => {
    const images = imageBatch(20, { height: 7, width: 3 });
    const expected = plainRows([images]).map(({ pixels }) => algorithm1(pixels as number[][], intensityDivisor));
    expect(await clouds(split(images, 6), { intensityDivisor })).toEqual(expected);
  });

  it('divides by 10 and adds no noise unless told', async () => {
    const images = imageBatch(3);
    expect(await clouds([images])).toEqual(
      await clouds([images], { intensityDivisor: 10, sigmaDisturbance: 0, seed: 5 }),
    );
  });

  it('replaces pixels by points', async () => {
    const [batch] = await lastValueFrom(from([imageBatch(2)]).pipe(imageToXyz(), toArray()));
    expect(batch!.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`)).toEqual([
      'image: uint32',
      'label: uint8',
      'points: list<fixed_size_list<float64, 3>>',
    ]);
  });

  it('drops pixels before it adds noise, so that no noise brings one back or takes one away', async () => {
    const images = imageBatch(50, { height: 8, width: 8 });
    const still = await clouds([images]);
    // Ten times the largest z: decided after the noise, about half of the points would have gone.
    const noisy = await clouds([images], { sigmaDisturbance: 250 });
    expect(noisy.map((points) => points.length)).toEqual(still.map((points) => points.length));
  });

  it('gives an image without bright pixels a cloud without points', async () => {
    const images = imageBatch(2, { height: 2, width: 2 });
    expect(await clouds([images], { intensityDivisor: 256, sigmaDisturbance: 1 })).toEqual([[], []]);
  });

  it('adds other noise for other seeds and images, the same for the same image', async () => {
    const images = imageBatch(4);
    const options = { sigmaDisturbance: 1, seed: 1 };
    const together = await clouds([images], options);
    expect(await clouds([images.slice(2, 3)], options)).toEqual([together[2]]);
    expect(await clouds([images], { ...options, seed: 2 })).not.toEqual(together);
    const displacement = (points: number[][], still: number[][]): number[] =>
      points[0]!.map((value, i) => value - still[0]![i]!);
    const still = await clouds([images]);
    expect(displacement(together[0]!, still[0]!)).not.toEqual(displacement(together[1]!, still[1]!));
  });
});

describe('the noise of imageToXyz', async () => {
  const sigma = 1.5;
  const images = imageBatch(100, { height: 28, width: 28 });
  const [still, noisy] = await Promise.all(
    [0, sigma].map((sigmaDisturbance) =>
      lastValueFrom(from([images]).pipe(imageToXyz({ sigmaDisturbance, seed: 11 }))),
    ),
  );
  const points = (batch: RecordBatch): Float64Array => flatValues(column(batch, 'points').children[0]!) as Float64Array;
  const [before, after] = [points(still!), points(noisy!)];
  const displacements = after.map((value, i) => (value - before[i]!) / sigma);
  const axes = [0, 1, 2].map((axis) => displacements.filter((_, i) => i % 3 === axis));
  const n = axes[0]!.length;
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('moves every point', () => {
    expect(listOffsets(column(noisy!, 'points'))).toEqual(listOffsets(column(still!, 'points')));
    expect(n).toBeGreaterThan(40_000);
    expect(displacements.every((value) => value !== 0)).toBe(true);
  });

  // The seed is fixed, so these pass always or never. Bounds are five standard errors of n independent standard normal values;
  // true randomness exceeds one in 1.7 million times.
  it.each(['x', 'y', 'z'])('is N(0, σ²) on %s', (name) => {
    const values = axes['xyz'.indexOf(name)]!;
    expect(Math.abs(mean(values))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(mean(values.map((value) => value ** 3)))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(mean(values.map((value) => value ** 4)) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    // P(|N| < 1) = 0.682689, with a binomial standard error.
    const inside = values.filter((value) => Math.abs(value) < 1).length / n;
    expect(Math.abs(inside - 0.682689)).toBeLessThan(5 * Math.sqrt((0.682689 * 0.317311) / n));
  });

  it('is independent from axis to axis and from point to point', () => {
    const products = (a: Float64Array, b: Float64Array): number => mean(a.map((value, i) => value * b[i]!));
    const [x, y, z] = axes as [Float64Array, Float64Array, Float64Array];
    for (const [a, b] of [
      [x, y],
      [x, z],
      [y, z],
    ] as const) {
      expect(Math.abs(products(a, b))).toBeLessThan(5 * Math.sqrt(1 / n));
    }
    for (const axis of axes) expect(Math.abs(products(axis.subarray(1), axis))).toBeLessThan(5 * Math.sqrt(1 / n));
  });
});
