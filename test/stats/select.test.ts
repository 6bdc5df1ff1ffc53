import { describe, expect, it } from 'vitest';
import { select } from '#dist/stats/select.js';
import { randomMatrix } from './matrices.js';

/** Ways in which quickselect is known to go wrong. */
const shapes: Record<string, (at: number, n: number) => number> = {
  constant: () => 1,
  sorted: (at) => at,
  reversed: (at) => -at,
  'two-valued': (at) => at % 2,
  'five-valued': (at) => (at * 7919) % 5,
  'organ pipe': (at, n) => Math.min(at, n - at),
  sawtooth: (at) => at % 1000,
  'one outlier': (at, n) => (at === n - 1 ? 0 : 1),
  'zeros but for the end': (at, n) => (at > 0.9 * n ? at : 0),
};

function expectSelected(values: Float32Array | Float64Array, k: number, sorted: ArrayLike<number>): void {
  expect(values[k]).toBe(sorted[k]);
  expect(values.subarray(0, k).every((value) => value <= sorted[k]!)).toBe(true);
  expect(values.subarray(k).every((value) => value >= sorted[k]!)).toBe(true);
  expect(values.toSorted()).toEqual(sorted);
}

describe('select', () => {
  it('puts every rank of short arrays where sorting would', () => {
    for (let n = 1; n <= 12; n++) {
      // + 0: no negative zeros, which compare as equal to 0 but do not look it.
      const values = randomMatrix(n, 1, n).map((x) => Math.round(2 * x) + 0);
      for (let k = 0; k < n; k++) {
        const selected = values.slice();
        select(selected, k);
        expectSelected(selected, k, values.toSorted());
      }
    }
  });

  it.each([Float32Array, Float64Array])('puts ranks of long arrays where sorting would: %o', (FloatArray) => {
    const values = new FloatArray(randomMatrix(20_000, 1, 3));
    for (const k of [0, 1, 599, 600, 10_000, 19_998, 19_999]) {
      const selected = values.slice();
      select(selected, k);
      expectSelected(selected, k, values.toSorted());
    }
  });

  it.each(Object.entries(shapes))('selects from %s values', (_, shape) => {
    const values = Float64Array.from({ length: 5000 }, (__, at) => shape(at, 5000));
    for (const k of [0, 1250, 2500, 4999]) {
      const selected = values.slice();
      select(selected, k);
      expectSelected(selected, k, values.toSorted());
    }
  });

  // Quadratic behaviour would take some 10¹² steps, an hour; a linear one takes a few hundredths of a second.
  it.each(Object.entries(shapes))('takes no quadratic time over %s values', { timeout: 10_000 }, (_, shape) => {
    const n = 1_000_000;
    const values = Float64Array.from({ length: n }, (__, at) => shape(at, n));
    for (const k of [1, n / 2, n - 2]) select(values, k);
    expect(values[n / 2]).toBe(values.toSorted()[n / 2]);
  });

  it('sorts what remains once the rounds are used up', () => {
    const values = randomMatrix(2000, 1, 5);
    const unbounded = values.slice();
    select(unbounded, 700);
    expect(unbounded).not.toEqual(values.toSorted());
    const sorted = values.slice();
    select(sorted, 700, 0, 1999, 0);
    expect(sorted).toEqual(values.toSorted());
    for (const rounds of [1, 2]) {
      const selected = values.slice();
      select(selected, 700, 0, 1999, rounds);
      expectSelected(selected, 700, values.toSorted());
    }
  });

  it('leaves what is outside its range alone', () => {
    const values = Float64Array.of(9, 8, 3, 1, 2, 7, 0);
    select(values, 3, 2, 4);
    expect([...values.subarray(0, 2), ...values.subarray(5)]).toEqual([9, 8, 7, 0]);
    expect([...values.subarray(2, 5)]).toEqual([1, 2, 3]);
  });
});
