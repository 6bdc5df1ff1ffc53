import { describe, expect, it } from 'vitest';
import { PcaFit } from '#dist/stats/pcaFit.js';
import { RobustScalerFit } from '#dist/stats/robustScaler.js';
import { STEP, type Steps } from '#dist/stats/steps.js';
import { randomMatrix } from './matrices.js';

/** How much was done, in multiplications or values moved, and how much at most at one go. */
function workOf(...works: readonly Steps<unknown>[]): { readonly total: number; readonly most: number } {
  let [total, most] = [0, 0];
  for (const work of works) {
    for (const step of work) {
      total += step;
      most = Math.max(most, step);
    }
  }
  return { total, most };
}

/** Directions of falling variance, as those of descriptors. */
function rowsOf(rowCount: number, columnCount: number): Float64Array {
  const directions = randomMatrix(12, columnCount, 1);
  const codes = randomMatrix(rowCount, 12, 2);
  const rows = new Float64Array(rowCount * columnCount);
  for (let at = 0; at < rows.length; at++) {
    const [row, column] = [Math.floor(at / columnCount), at % columnCount];
    for (let i = 0; i < 12; i++) rows[at]! += 0.6 ** i * codes[row * 12 + i]! * directions[i * columnCount + column]!;
  }
  return rows;
}

describe('the work of PCA', () => {
  const fitted = (rowCount: number, columnCount: number, components: number) => {
    const fit = new PcaFit(columnCount, components, 2 ** 30);
    return workOf(fit.add(rowsOf(rowCount, columnCount)), fit.finish());
  };

  it('is rows² × features where rows are few, and not features³', () => {
    // The Gram matrix, and some 20 rows³ for its eigenvectors.
    expect(fitted(40, 3276, 8).total).toBeLessThan(3 * 40 ** 2 * 3276 + 20 * 40 ** 3);
  });

  it.each([
    [600, 900],
    [900, 600],
  ])('is no more than that of a randomized solver for %i × %i: 16 products with 18 vectors', (rows, columns) => {
    expect(fitted(rows, columns, 8).total).toBeLessThan(16 * 18 * rows * columns);
  });

  it('is a pass over the triangle of the covariance where rows are many', () => {
    const eigenvectors = 10 * 100 ** 3;
    expect(fitted(20_000, 100, 8).total).toBeLessThan(1.1 * 20_000 * 100 ** 2 + eigenvectors);
  });

  it('is done in steps of some ten milliseconds', () => {
    for (const [rows, columns, components] of [
      [700, 1200, 300],
      [900, 600, 8],
      [4000, 300, 300],
    ] as const) {
      const { total, most } = fitted(rows, columns, components);
      expect(total).toBeGreaterThan(most);
      expect(most).toBeLessThan(1.5 * STEP);
    }
  });
});

describe('the work of robust rescaling', () => {
  it('is done in steps of a block of rows, and then of a column', () => {
    const [rows, columns] = [5000, 7];
    const fit = new RobustScalerFit(columns, 2 ** 30);
    const added = workOf(fit.add(randomMatrix(rows, columns, 3)));
    expect(added).toEqual({ total: rows * columns, most: 1024 * columns });
    expect(workOf(fit.finish())).toEqual({ total: rows * columns, most: rows });
  });
});
