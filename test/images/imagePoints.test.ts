import { describe, expect, it } from 'vitest';
import { imagePoints } from '#dist/images/imagePoints.js';
import { counterRandom } from '#dist/random/counterRandom.js';

const noise = counterRandom(3, 'noise');
const still = { intensityDivisor: 10, sigmaDisturbance: 0 };

describe('imagePoints', () => {
  it('gives (column, row, ⌊I / 10⌋) of each pixel that is not dark, row by row', () => {
    // 3 columns, 2 rows.
    const pixels = Uint8Array.of(0, 9, 10, 255, 19, 1);
    const out = new Float64Array(18).fill(-1);
    expect(imagePoints(pixels, 3, 0, still, noise, out)).toBe(3);
    expect([...out.subarray(0, 9)]).toEqual([2, 0, 1, 0, 1, 25, 1, 1, 1]);
    expect([...out.subarray(9)]).toEqual(Array(9).fill(-1));
  });

  it('gives no points for a dark image', () => {
    expect(imagePoints(new Uint8Array(6).fill(9), 3, 0, still, noise, new Float64Array(0))).toBe(0);
  });

  it('adds σ times the noise of (image, point, axis), points counted without the dark pixels', () => {
    const pixels = Uint8Array.of(50, 0, 60, 0, 0, 70);
    const options = { intensityDivisor: 10, sigmaDisturbance: 0.25 };
    const [clean, moved] = [new Float64Array(9), new Float64Array(9)];
    imagePoints(pixels, 2, 7, still, noise, clean);
    imagePoints(pixels, 2, 7, options, noise, moved);
    const expected = clean.map((value, i) => value + 0.25 * noise.normal(7, Math.floor(i / 3), i % 3));
    expect(moved).toEqual(expected);
  });
});
