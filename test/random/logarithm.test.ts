import { describe, expect, it } from 'vitest';
import { logarithm } from '#dist/random/logarithm.js';

/** Numbers of (0, 1) that crowd towards both ends, and some beyond. */
const numbers = Array.from({ length: 20_000 }, (_, n) => (n + 0.5) / 20_000).flatMap((u) => [
  u,
  1 - u * 2 ** -20,
  2 ** (-53 * u),
  u * 1000,
]);

describe('logarithm', () => {
  it('is exact at 1 and within rounding at powers of two', () => {
    expect(logarithm(1)).toBe(0);
    // e · ln 2 is rounded once in Math and once here: 1 unit in the last place, 2.2e-16, covers both.
    for (let e = -1000; e <= 1000; e += 7) {
      expect(Math.abs(logarithm(2 ** e) - e * Math.LN2)).toBeLessThanOrEqual(2.3e-16 * Math.abs(e * Math.LN2));
    }
  });

  it('agrees with Math.log to 3 units in the last place', () => {
    // 2 units of its own and 1 of Math.log, each 2.2e-16 of the value at most.
    for (const x of numbers) {
      expect(Math.abs(logarithm(x) - Math.log(x))).toBeLessThanOrEqual(3 * 2.3e-16 * Math.abs(Math.log(x)));
    }
  });

  it('stays below u − 1, by far less than a thousandth of it near 1', () => {
    // The reservoir turns rows away by this bound.
    for (const u of numbers.filter((x) => x < 1)) expect(logarithm(u)).toBeLessThan(0.999 * (u - 1));
    const u = 1 - 2 ** -53;
    expect(logarithm(u) / (u - 1)).toBeCloseTo(1, 12);
  });
});
