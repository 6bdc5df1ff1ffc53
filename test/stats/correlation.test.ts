import { describe, expect, it } from 'vitest';
import { meanRanks, pearson, spearman } from '#dist/stats/correlation.js';

/** Sums of products as a textbook writes them. */
function plainPearson(x: readonly number[], y: readonly number[]): number {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const n = x.length;
  const xy = sum(x.map((value, i) => value * y[i]!));
  const squares = (values: readonly number[]): number => n * sum(values.map((value) => value ** 2)) - sum(values) ** 2;
  return (n * xy - sum(x) * sum(y)) / Math.sqrt(squares(x) * squares(y));
}

/** Anscombe 1973, the first of four data sets, doi:10.1080/00031305.1973.10478966. */
const ANSCOMBE_X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
const ANSCOMBE_Y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];

describe('pearson(x, y)', () => {
  it('has the value that was published for Anscombe’s data', () => {
    expect(pearson(ANSCOMBE_X, ANSCOMBE_Y)).toBeCloseTo(0.816, 3); // published with three digits
  });

  it('agrees with the sums of a textbook', () => {
    // A dozen roundings of numbers about 1000: 1e-12 is ample.
    expect(Math.abs(pearson(ANSCOMBE_X, ANSCOMBE_Y) - plainPearson(ANSCOMBE_X, ANSCOMBE_Y))).toBeLessThan(1e-12);
  });

  it('does not change with units, and turns with a sign', () => {
    const scaled = ANSCOMBE_X.map((x) => 1e6 + 1000 * x);
    // Offsets of 1e6 beside deviations of 1e3 cost three digits of sixteen.
    expect(Math.abs(pearson(scaled, ANSCOMBE_Y) - pearson(ANSCOMBE_X, ANSCOMBE_Y))).toBeLessThan(1e-12);
    expect(
      pearson(
        ANSCOMBE_X.map((x) => -x),
        ANSCOMBE_Y,
      ),
    ).toBe(-pearson(ANSCOMBE_X, ANSCOMBE_Y));
  });

  it('is never beyond 1', () => {
    const x = Array.from({ length: 50 }, (_, i) => 0.1 * i);
    expect(
      pearson(
        x,
        x.map((value) => value * 0.3),
      ),
    ).toBeLessThanOrEqual(1);
  });

  it('is NaN for a constant', () => {
    expect(pearson([1, 2, 3], [5, 5, 5])).toBeNaN();
  });

  it('refuses samples that are too short or of different lengths', () => {
    expect(() => pearson([1], [1])).toThrow(new RangeError('x: expected at least two values, got 1'));
    expect(() => pearson([1, 2, 3], [1, 2])).toThrow(new RangeError('y: expected 3 values, as many as x, got 2'));
  });
});

describe('spearman(x, y)', () => {
  it('is 1 for whatever rises', () => {
    const x = [3, 1, 4, 15, 9, 2.5];
    expect(
      spearman(
        x,
        x.map((value) => Math.exp(value)),
      ),
    ).toBe(1);
  });

  it('has the value of the formula without ties, 1 − 6 Σ d² / (n (n² − 1))', () => {
    const [x, y] = [
      [1, 2, 3, 4, 5],
      [2, 1, 5, 3, 4],
    ];
    const squares = x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0);
    expect(spearman(x, y)).toBeCloseTo(1 - (6 * squares) / (5 * 24), 14); // a few roundings
  });
});

describe('meanRanks(values)', () => {
  it('counts from 1, and gives equal values the mean of their ranks', () => {
    expect(meanRanks([10, 30, 20, 30, 30, 5])).toEqual([2, 5, 3, 5, 5, 1]);
    expect(meanRanks([])).toEqual([]);
  });
});
