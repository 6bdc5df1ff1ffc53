import { describe, expect, it } from 'vitest';
import { Pooling, type PoolStatistic, poolStatistics } from '#dist/stats/pooling.js';
import { randomNumbers } from '../support/batches.js';
import { rangeError } from '../support/rangeError.js';

const columnCount = 4;
const random = randomNumbers(9);
const rows = (count: number): Float64Array =>
  Float64Array.from({ length: count * columnCount }, () => 10 * random() - 3);

/** Linear interpolation between the sorted values, as the definition of R-7 says. */
function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].toSorted((a, b) => a - b);
  const h = (sorted.length - 1) * p;
  const [below, above] = [sorted[Math.floor(h)]!, sorted[Math.ceil(h)]!];
  return below + (h - Math.floor(h)) * (above - below);
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const definitions: Record<Exclude<PoolStatistic, 'covariance'>, (values: readonly number[]) => number> = {
  mean,
  standardDeviation: (values) => Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2))),
  minimum: (values) => Math.min(...values),
  maximum: (values) => Math.max(...values),
  quantile25: (values) => quantile(values, 0.25),
  median: (values) => quantile(values, 0.5),
  quantile75: (values) => quantile(values, 0.75),
};

function reference(values: Float64Array, statistics: readonly PoolStatistic[]): number[] {
  const columns = Array.from({ length: columnCount }, (_, c) => [...values].filter((_x, i) => i % columnCount === c));
  return statistics.flatMap((statistic) =>
    statistic === 'covariance' ? covariances(columns) : columns.map((column) => definitions[statistic](column)),
  );
}

function covariances(columns: readonly (readonly number[])[]): number[] {
  return columns.flatMap((x, i) =>
    columns.slice(i).map((y) => mean(x.map((value, row) => (value - mean(x)) * (y[row]! - mean(y))))),
  );
}

function pooled(pooling: Pooling, chunks: readonly (Float32Array | Float64Array)[]): Float64Array {
  for (const chunk of chunks) pooling.add(chunk);
  const out = new Float64Array(pooling.size);
  pooling.finish(out);
  return out;
}

/** Rounding errors of sums of some hundred numbers below 10. */
const expectClose = (found: Float64Array, expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs(found[i]! - value), `${i}`).toBeLessThan(1e-12);
};

describe('Pooling', () => {
  it.each(poolStatistics.map((statistic) => [statistic]))('agrees with the definition of %s', (statistic) => {
    const pooling = new Pooling(columnCount, [statistic]);
    for (const count of [1, 2, 5, 144]) {
      const values = rows(count);
      expectClose(pooled(pooling, [values]), reference(values, [statistic]));
    }
  });

  it('writes the statistics one after the other in the order given', () => {
    const statistics = ['median', 'mean', 'maximum', 'quantile25', 'standardDeviation'] as const;
    const pooling = new Pooling(columnCount, statistics);
    expect(pooling.size).toBe(20);
    const values = rows(30);
    expectClose(pooled(pooling, [values]), reference(values, statistics));
  });

  it('gives the same bytes however a set is split, and knows nothing of the sets before', () => {
    const [first, second] = [rows(21), rows(17)];
    const whole = pooled(new Pooling(columnCount, poolStatistics), [second]);
    const pooling = new Pooling(columnCount, poolStatistics);
    pooled(pooling, [first]);
    for (const at of [1, 4, 16]) {
      const parts = [second.subarray(0, at * columnCount), second.subarray(at * columnCount)];
      expect(pooled(pooling, parts)).toEqual(whole);
    }
  });

  it('takes float32 rows as their values are', () => {
    const values = Float32Array.from(rows(12));
    const pooling = new Pooling(columnCount, poolStatistics);
    expect(pooled(pooling, [values])).toEqual(pooled(pooling, [Float64Array.from(values)]));
  });

  it('tells of numbers that are not finite, or do not fit the output', () => {
    const values = Float64Array.from(rows(5)).with(9, NaN);
    const message = (statistic: string): string => `${statistic} of column 1: expected a finite number, got NaN`;
    for (const statistic of ['mean', 'standardDeviation', 'minimum', 'maximum'] as const) {
      expect(() => pooled(new Pooling(columnCount, [statistic]), [values])).toThrow(rangeError(message(statistic)));
    }
    expect(() => pooled(new Pooling(columnCount, ['median']), [values])).toThrow(
      rangeError('row 2: column 1: expected a finite number, got NaN'),
    );
    const large = new Pooling(1, ['maximum']);
    large.add(Float64Array.of(1e300));
    expect(() => large.finish(new Float32Array(1))).toThrow(
      rangeError('maximum of column 0: expected a finite number, got Infinity'),
    );
  });

  it('rejects partial rows and no columns', () => {
    expect(() => new Pooling(3, ['mean']).add(new Float64Array(4))).toThrow(
      rangeError('values: expected whole rows of 3 columns, got 4 values'),
    );
    expect(() => new Pooling(0, ['mean'])).toThrow(rangeError('columnCount: expected a positive integer, got 0'));
  });
});
