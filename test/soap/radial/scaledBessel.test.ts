import { describe, expect, it } from 'vitest';
import { scaledBessel } from '#dist/soap/radial/scaledBessel.js';

function bessel(lMax: number, x: number): Float64Array {
  const values = new Float64Array(lMax + 1);
  scaledBessel(lMax, x, values);
  return values;
}

describe('scaledBessel', () => {
  it('is 1 for l = 0 and 0 beyond at x = 0', () => {
    expect(bessel(3, 0)).toEqual(Float64Array.of(1, 0, 0, 0));
  });

  it('agrees with the closed forms where nothing cancels in them', () => {
    for (const x of [5, 12.5, 80, 1e3, 1e6]) {
      const [plus, minus] = [(1 + Math.exp(-2 * x)) / 2, (1 - Math.exp(-2 * x)) / 2]; // of cosh and sinh, times exp(-x)
      const expected = [minus / x, plus / x - minus / x ** 2, (minus * (1 + 3 / x ** 2)) / x - (3 * plus) / x ** 2];
      const values = bessel(12, x);
      // Some roundings; those of the closed form of i_2 count a few times each at x = 5.
      for (const [l, value] of expected.entries()) expect(Math.abs(values[l]! / value - 1)).toBeLessThan(2e-15);
    }
  });

  it('agrees with the power series for small x', () => {
    for (const x of [1e-200, 1e-8, 0.1, 1, 3]) {
      const values = bessel(20, x);
      for (let l = 0; l <= 20; l++) {
        let term = Math.exp(-x);
        for (let k = 1; k <= l; k++) term *= x / (2 * k + 1);
        let sum = 0;
        for (let k = 1; sum + term !== sum; k++) {
          sum += term;
          term *= x ** 2 / 2 / (k * (2 * (l + k) + 1));
        }
        expect(Math.abs(values[l]! - sum)).toBeLessThanOrEqual(1e-14 * sum); // l + some roundings
      }
    }
  });

  it('obeys the recurrence i_l-1 - i_l+1 = (2l+1)/x i_l from small to large x', () => {
    for (const x of [0.5, 4, 30, 200, 5e3, 1e5]) {
      const values = bessel(100, x);
      for (let l = 1; l < 100; l++) {
        const difference = values[l - 1]! - ((2 * l + 1) / x) * values[l]!;
        // The ratios come one from another, so this holds to some roundings of the largest term.
        expect(Math.abs(difference - values[l + 1]!)).toBeLessThan(1e-15 * values[l - 1]! + 1e-300);
      }
    }
  });

  it('does not depend on where the continued fraction starts', () => {
    for (const x of [0.01, 7, 400, 2e4]) {
      const [few, many] = [bessel(10, x), bessel(60, x)];
      for (let l = 0; l <= 10; l++) expect(Math.abs(few[l]! / many[l]! - 1)).toBeLessThan(1e-14);
    }
  });
});
