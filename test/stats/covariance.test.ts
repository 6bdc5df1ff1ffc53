import { describe, expect, it } from 'vitest';
import { type Covariance, CovarianceFit } from '#dist/stats/covariance.js';
import { finished } from '#dist/stats/steps.js';
import { golden } from './golden.js';
import { chunksOf, largestDifference, randomMatrix, shuffledRows } from './matrices.js';
import { rangeError } from '../support/rangeError.js';

const columnCount = 13;
const rowCount = 1000; // four blocks of 240 rows and a part of one
/** Correlated: each column has a share of the one before. */
const values = randomMatrix(rowCount, columnCount, 1);
for (let at = 1; at < values.length; at++) if (at % columnCount > 0) values[at]! += 0.7 * values[at - 1]!;

function fit(chunks: Iterable<Float32Array | Float64Array>, columns = columnCount): Covariance {
  const covarianceFit = new CovarianceFit(columns);
  for (const chunk of chunks) finished(covarianceFit.add(chunk));
  return finished(covarianceFit.finish());
}

/** Σ (x_i − mean_i)(x_j − mean_j) / (n − 1), in two passes. */
function covarianceReference(rows: ArrayLike<number>, columns: number): { mean: number[]; covariance: number[] } {
  const n = rows.length / columns;
  const column = (c: number): number[] => Array.from({ length: n }, (_, row) => rows[row * columns + c]!);
  const mean = Array.from({ length: columns }, (_, c) => column(c).reduce((sum, x) => sum + x, 0) / n);
  const centered = mean.map((m, c) => column(c).map((x) => x - m));
  const covariance = centered.flatMap((x) =>
    centered.map((y) => x.reduce((sum, value, row) => sum + value * y[row]!, 0) / (n - 1)),
  );
  return { mean, covariance };
}

/** The largest |a − b| as a fraction of what bounds an element: the standard deviations of its row and column. */
function largestError(covariance: ArrayLike<number>, expected: ArrayLike<number>, columns: number): number {
  const deviation = (c: number): number => Math.sqrt(expected[c * columns + c]!) || 1;
  const scaled = (matrix: ArrayLike<number>): number[] =>
    Array.from(matrix, (value, at) => value / (deviation(Math.floor(at / columns)) * deviation(at % columns)));
  return largestDifference(scaled(covariance), scaled(expected));
}

/** Powers of two over 32 decades for the columns, 2⁻⁵⁴ to 2⁵⁴. */
const scale = (column: number): number => 2 ** (9 * (column - 6));

describe('CovarianceFit', () => {
  it('agrees with the definition', () => {
    const { rowCount: rows, mean, covariance } = fit([values]);
    const expected = covarianceReference(values, columnCount);
    expect(rows).toBe(rowCount);
    // 1000 terms of order 1, each rounded to 1.1e-16: 1e-13 at worst, in the reference as here.
    expect(largestDifference(mean, expected.mean)).toBeLessThan(1e-13);
    expect(largestError(covariance, expected.covariance, columnCount)).toBeLessThan(1e-13);
  });

  it('agrees with numpy.cov', () => {
    const { covariance } = fit([Float64Array.from(golden.data)], golden.columnCount);
    // Means are rounded differently, to 1e-10 of a deviation at worst, but enter squared: sums of 50 rounded terms remain.
    expect(largestError(golden.covariance, covariance, golden.columnCount)).toBeLessThan(1e-14);
  });

  it('gives the same bytes however rows are split', () => {
    const whole = fit([values]);
    for (const [seed, longest] of [1, 7, 239, 240, 241, 900].entries()) {
      expect(fit(chunksOf(values, columnCount, seed, longest))).toEqual(whole);
    }
  });

  it('is symmetric to the bit', () => {
    const { covariance } = fit([values]);
    for (let i = 0; i < columnCount; i++) {
      for (let j = 0; j < i; j++) expect(covariance[i * columnCount + j]).toBe(covariance[j * columnCount + i]);
    }
  });

  it('follows columns scaled by powers of two exactly, over 32 decades', () => {
    const scaled = values.map((x, at) => x * scale(at % columnCount));
    const { mean, covariance } = fit([values]);
    const result = fit([scaled]);
    expect(result.mean).toEqual(mean.map((x, c) => x * scale(c)));
    expect(result.covariance).toEqual(
      covariance.map((x, at) => x * scale(Math.floor(at / columnCount)) * scale(at % columnCount)),
    );
  });

  it('keeps its digits under a large offset', () => {
    // Multiples of 2⁻²⁰ below 8 plus 2³⁰ are exact in float64, and so the true covariance does not change.
    const grid = values.map((x) => Math.round(x * 2 ** 20) / 2 ** 20);
    const { mean, covariance } = fit([grid]);
    const shifted = fit([grid.map((x) => x + 2 ** 30)]);
    // The mean itself has no more than the digits of 2³⁰: half a unit in the last place is 2⁻²³.
    const means = mean.map((x) => x + 2 ** 30);
    expect(largestDifference(shifted.mean, means)).toBeLessThanOrEqual(2 ** -23);
    // Sums of 1000 rounded terms, as without the offset. Sums of squares would be wrong by 2⁶⁰ · 1e-16 = 100.
    expect(largestError(shifted.covariance, covariance, columnCount)).toBeLessThan(1e-13);
  });

  it('finds mean and zero variance of constant columns exactly', () => {
    const { mean, covariance } = fit([new Float64Array(777).fill(0.1)], 1);
    expect([...mean, ...covariance]).toEqual([0.1, 0]);
  });

  it('does not depend on the order of the rows beyond rounding', () => {
    const { covariance } = fit([values]);
    const shuffled = fit([shuffledRows(values, columnCount, 3)]);
    expect(largestError(shuffled.covariance, covariance, columnCount)).toBeLessThan(1e-13);
  });

  it('sums float32 rows in float64', () => {
    const rows = Float32Array.from(values);
    expect(fit([rows])).toEqual(fit([Float64Array.from(rows)]));
  });

  it('names the place of a bad value, counting rows from the start of its chunk', () => {
    const covarianceFit = new CovarianceFit(columnCount);
    finished(covarianceFit.add(values));
    expect(() =>
      finished(covarianceFit.add(Float64Array.from({ length: columnCount }, (_, c) => (c === 4 ? Infinity : 0)))),
    ).toThrow(rangeError('row 0: column 4: expected a finite number, got Infinity'));
    expect(finished(covarianceFit.finish())).toEqual(fit([values]));
  });

  it('rejects partial rows, columns that are none, and fewer than two rows', () => {
    expect(() => new CovarianceFit(0)).toThrow(rangeError('columnCount: expected a positive integer, got 0'));
    const covarianceFit = new CovarianceFit(2);
    expect(() => finished(covarianceFit.add(new Float64Array(3)))).toThrow(
      rangeError('values: expected whole rows of 2 columns, got 3 values'),
    );
    finished(covarianceFit.add(new Float64Array(2)));
    expect(() => finished(covarianceFit.finish())).toThrow(rangeError('values: expected at least two rows, got 1'));
  });
});
