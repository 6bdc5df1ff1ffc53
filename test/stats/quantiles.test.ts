import { describe, expect, it } from 'vitest';
import { quantilesInPlace } from '#dist/stats/quantiles.js';
import { randomMatrix } from './matrices.js';

/** R-7 by its definition, on sorted values. */
function quantileReference(values: ArrayLike<number>, probability: number): number {
  const sorted = Array.from(values).toSorted((a, b) => a - b);
  const h = (sorted.length - 1) * probability;
  const below = sorted[Math.floor(h)]!;
  return below + (h - Math.floor(h)) * (sorted[Math.ceil(h)]! - below);
}

describe('quantilesInPlace', () => {
  it('gives the published quartiles of the R-7 method', () => {
    // The example of d3-array's tests, checked there against R.
    const quartiles = quantilesInPlace(Float64Array.of(3, 6, 7, 8, 8, 10, 13, 15, 16, 20), [0, 0.25, 0.5, 0.75, 1]);
    expect([...quartiles]).toEqual([3, 7.25, 9, 14.5, 20]);
  });

  it('agrees with sorting, to the bit, for any number of values and probabilities in any order', () => {
    const probabilities = [0.9, 0.5, 0, 1, 0.25, 0.999, 0.5];
    for (const n of [1, 2, 3, 7, 599, 601, 5000]) {
      const values = randomMatrix(n, 1, n);
      const expected = probabilities.map((probability) => quantileReference(values, probability));
      expect([...quantilesInPlace(values.slice(), probabilities)]).toEqual(expected);
    }
  });

  it('interpolates between float32 values in float64', () => {
    const [low, high] = [Math.fround(0.1), Math.fround(0.2)];
    expect([...quantilesInPlace(Float32Array.of(high, low), [0.3])]).toEqual([low + 0.3 * (high - low)]);
  });

  it('rejects an empty array and a probability outside [0, 1]', () => {
    expect(() => quantilesInPlace(new Float64Array(0), [0.5])).toThrow(
      new RangeError('values: expected at least one, got none'),
    );
    for (const probability of [-0.1, 1.1, Number.NaN]) {
      expect(() => quantilesInPlace(Float64Array.of(1), [probability])).toThrow(
        new RangeError(`probability: expected a number from 0 to 1, got ${probability}`),
      );
    }
  });
});
