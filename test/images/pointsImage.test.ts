import { describe, expect, it } from 'vitest';
import { imagePoints } from '#dist/images/imagePoints.js';
import { pointsImage } from '#dist/images/pointsImage.js';
import { counterRandom } from '#dist/random/counterRandom.js';
import { randomNumbers } from '../support/batches.js';

function imageOf(points: readonly number[][], height = 2, width = 3, intensityDivisor = 10): number[] {
  const out = new Uint8Array(height * width).fill(9);
  pointsImage(Float64Array.from(points.flat()), { height, width, intensityDivisor }, out);
  return [...out];
}

describe('pointsImage', () => {
  it('has x for column, y for row and z for tens of intensity, 0 where no point is', () => {
    expect(imageOf([[0, 0, 1], [2, 0, 25], [1, 1, 3]])).toEqual([10, 0, 250, 0, 30, 0]); // prettier-ignore
    expect(imageOf([])).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('takes the nearest pixel, halves up', () => {
    expect(imageOf([[0.4, -0.5, 1], [1.5, 0.49, 2], [-0.4, 1.4, 3]])).toEqual([10, 0, 20, 30, 0, 0]); // prettier-ignore
  });

  it('drops points outside', () => {
    expect(imageOf([[-0.51, 0, 1], [2.5, 0, 1], [0, -0.51, 1], [0, 1.5, 1], [1e300, 0, 1]])).toEqual([0, 0, 0, 0, 0, 0]); // prettier-ignore
  });

  it('clamps intensities to 0 and 255, and rounds them', () => {
    expect(imageOf([[0, 0, 25.5], [1, 0, 26], [2, 0, 1e300], [0, 1, -3], [1, 1, 1.24], [2, 1, 0.05]])).toEqual([255, 255, 255, 0, 12, 1]); // prettier-ignore
  });

  it('keeps the brightest of several points, in any order', () => {
    const points = [[0, 0, 3], [0.3, 0.2, 7], [-0.2, 0.1, 5]]; // prettier-ignore
    for (const order of [points, points.toReversed()]) expect(imageOf(order)).toEqual([70, 0, 0, 0, 0, 0]);
  });

  it.each([10, 1, 4, 37.5])(
    'restores ⌊I / d⌋ · d, to the next integer, from the points of an image; d = %d',
    (intensityDivisor) => {
      const random = randomNumbers(3);
      const pixels = Uint8Array.from({ length: 11 * 7 }, () => 256 * random());
      const points = new Float64Array(3 * pixels.length);
      const still = { intensityDivisor, sigmaDisturbance: 0 };
      const count = imagePoints(pixels, 7, 0, still, counterRandom(0, 'noise'), points);
      const restored = new Uint8Array(pixels.length);
      pointsImage(points.subarray(0, 3 * count), { height: 11, width: 7, intensityDivisor }, restored);
      expect(restored).toEqual(pixels.map((I) => Math.round(Math.floor(I / intensityDivisor) * intensityDivisor)));
    },
  );

  it.each([NaN, Infinity, -Infinity])('refuses the coordinate %d', (coordinate) => {
    for (const axis of [0, 1, 2]) {
      const point = [1, 1, 1].with(axis, coordinate);
      expect(() => imageOf([[0, 0, 1], point])).toThrow(
        new RangeError(`points[1]: expected finite coordinates, got (${point.join(', ')})`),
      );
    }
  });
});
