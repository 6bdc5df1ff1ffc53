import { describe, expect, it } from 'vitest';
import { correlationMatrix } from '#dist/stats/correlationMatrix.js';
import { CovarianceFit } from '#dist/stats/covariance.js';
import { finished } from '#dist/stats/steps.js';
import { randomNumbers } from '../support/batches.js';

function correlationOfRows(columns: readonly (readonly number[])[]): Float64Array {
  const fit = new CovarianceFit(columns.length);
  finished(fit.add(Float64Array.from(columns[0]!.flatMap((_, row) => columns.map((column) => column[row]!)))));
  return correlationMatrix(finished(fit.finish()).covariance, columns.length);
}

/** Pearson's coefficient by its definition. */
function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const centered = [a, b].map((values) => values.map((x) => x - mean(values)));
  const product = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, xi, i) => sum + xi * y[i]!, 0);
  const [x, y] = centered as [number[], number[]];
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}

describe('correlationMatrix', () => {
  it("finds 0.816 in each set of Anscombe's quartet", () => {
    // Anscombe 1973, doi:10.1080/00031305.1973.10478966: the first three share x; r = 0.816 in print.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const x4 = [8, 8, 8, 8, 8, 8, 8, 19, 8, 8, 8];
    const y1 = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const y2 = [9.14, 8.14, 8.74, 8.77, 9.26, 8.1, 6.13, 3.1, 9.13, 7.26, 4.74];
    const y3 = [7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73];
    const y4 = [6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.5, 5.56, 7.91, 6.89];
    for (const [a, b] of [
      [x, y1],
      [x, y2],
      [x, y3],
      [x4, y4],
    ] as const)
      // prettier-ignore
      expect(correlationOfRows([a, b])[1]!.toFixed(3)).toMatch(/^0\.81[67]$/);
  });

  it('agrees with the definition, is symmetric, and does not depend on scale and offset', () => {
    const random = randomNumbers(4);
    const shared = Array.from({ length: 500 }, random);
    const columns = [1e-11, 1, 3e5, -2].map((scale, c) => shared.map((x) => scale * (x + c * random()) + c));
    const correlation = correlationOfRows(columns);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        // Rounding of 500 products and of the columns themselves.
        expect(Math.abs(correlation[4 * i + j]! - pearson(columns[i]!, columns[j]!))).toBeLessThan(1e-12);
        expect(correlation[4 * i + j]).toBe(correlation[4 * j + i]);
      }
    }
    expect(correlation[1]).toBeGreaterThan(0.5);
    expect(correlation[3]).toBeLessThan(-0.1);
  });

  it('is 1 on the diagonal, and ±1 at most', () => {
    const x = Array.from({ length: 99 }, (_, i) => Math.sin(i) / 3);
    const correlation = correlationOfRows([x, x.map((v) => 7.1 * v), x.map((v) => -0.3 * v)]);
    expect([0, 4, 8].map((i) => correlation[i])).toEqual([1, 1, 1]);
    for (const value of correlation) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    // Two multiplications by a constant round each value once.
    expect(correlation[1]).toBeCloseTo(1, 14);
    expect(correlation[2]).toBeCloseTo(-1, 14);
  });

  it('gives a column that does not vary 0 with all others and 1 with itself', () => {
    const varying = [1, 2, 4];
    const correlation = correlationOfRows([varying, [0.1, 0.1, 0.1], [3, 3, 3]]);
    expect([...correlation]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it('rejects a matrix of another size', () => {
    expect(() => correlationMatrix(new Float64Array(5), 2)).toThrow(
      new RangeError('covariance: expected 2 × 2 values, got 5'),
    );
  });
});
