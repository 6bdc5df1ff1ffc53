import { describe, expect, it } from 'vitest';
import { Moments } from '#dist/stats/moments.js';
import { randomNumbers } from '../support/batches.js';

const columnCount = 3;

function momentsOf(chunks: readonly (Float32Array | Float64Array)[]): {
  means: Float64Array;
  deviations: Float64Array;
} {
  const moments = new Moments(columnCount);
  for (const chunk of chunks) moments.add(chunk);
  const [means, deviations] = [new Float64Array(columnCount), new Float64Array(columnCount)];
  moments.writeMeans(means);
  moments.writeStandardDeviations(deviations);
  return { means, deviations };
}

/** Rows of columns with these offsets and spreads. */
function rowsOf(count: number, offsets: readonly number[], spreads: readonly number[]): Float64Array {
  const random = randomNumbers(2);
  return Float64Array.from({ length: count * columnCount }, (_, i) => {
    return offsets[i % columnCount]! + spreads[i % columnCount]! * (random() - 0.5);
  });
}

/** Two passes over a column, relative to its first value: beside a large offset the mean itself has few digits after the point. */
function reference(values: Float64Array, c: number): { mean: number; deviation: number } {
  const column = values.filter((_, i) => i % columnCount === c);
  const distances = column.map((x) => x - column[0]!);
  const mean = distances.reduce((sum, d) => sum + d, 0) / column.length;
  const variance = distances.reduce((sum, d) => sum + (d - mean) ** 2, 0) / column.length;
  return { mean: column[0]! + mean, deviation: Math.sqrt(variance) };
}

describe('Moments', () => {
  it.each([1, 2, 3, 4, 5, 144, 1000])('agrees with two passes over %d rows, whatever the offset', (count) => {
    const values = rowsOf(count, [0, 1e6, -3e12], [1, 1e-3, 1e-2]);
    const { means, deviations } = momentsOf([values]);
    for (let c = 0; c < columnCount; c++) {
      const { mean, deviation } = reference(values, c);
      // n² roundings of the terms bound the loss; 1e-11 is that for a thousand rows, with room.
      expect(Math.abs(means[c]! - mean)).toBeLessThanOrEqual(1e-15 * Math.abs(mean) + 1e-14);
      expect(Math.abs(deviations[c]! - deviation)).toBeLessThanOrEqual(1e-11 * deviation);
    }
  });

  it('keeps its digits where the first row is an outlier', () => {
    const values = rowsOf(300, [0, 0, 0], [1, 1, 1]);
    values.set([1e9, -1e9, 1e3]);
    const { deviations } = momentsOf([values]);
    for (let c = 0; c < columnCount; c++) {
      // The worst case of the bound: n² · 2⁻⁵³ = 1e-11 for 300 rows.
      expect(Math.abs(deviations[c]! / reference(values, c).deviation - 1)).toBeLessThan(1e-11);
    }
  });

  it('finds the deviation of 2, 4, 4, 4, 5, 5, 7, 9 to be 2, dividing by n', () => {
    const { means, deviations } = momentsOf([
      Float32Array.from([2, 4, 4, 4, 5, 5, 7, 9].flatMap((x) => [x, -x, 2 * x])),
    ]);
    expect([...means]).toEqual([5, -5, 10]);
    expect([...deviations]).toEqual([2, 2, 4]);
  });

  it('gives constant columns their value and no deviation, exactly', () => {
    const row = [0.1, 1e30, -1 / 3];
    const { means, deviations } = momentsOf([
      Float64Array.from({ length: 777 * columnCount }, (_, i) => row[i % columnCount]!),
    ]);
    expect([...means]).toEqual(row);
    expect([...deviations]).toEqual([0, 0, 0]);
  });

  it('gives the same bytes however rows are split, and again after a reset', () => {
    const values = rowsOf(50, [1, 10, 100], [1, 2, 3]);
    const whole = momentsOf([values]);
    for (const size of [1, 2, 3, 5, 7, 49]) {
      const chunks = Array.from({ length: Math.ceil(50 / size) }, (_, i) =>
        values.subarray(i * size * columnCount, (i + 1) * size * columnCount),
      );
      expect(momentsOf([values.subarray(0, 0), ...chunks]), `chunks of ${size}`).toEqual(whole);
    }
    const moments = new Moments(columnCount);
    moments.add(rowsOf(9, [5, 5, 5], [1, 1, 1]));
    moments.reset();
    moments.add(values);
    const means = new Float64Array(columnCount);
    moments.writeMeans(means);
    expect(means).toEqual(whole.means);
  });
});
