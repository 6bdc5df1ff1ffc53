import { describe, expect, it } from 'vitest';
import { gtoBasis } from '#dist/soap/index.js';
import { rangeError } from '../../support/rangeError.js';
import { basisCases } from '../golden.js';
import { gaussLegendre } from '../reference.js';

describe('gtoBasis', () => {
  const cases = [...basisCases('gto-basis'), ...basisCases('gto-basis-exact')];

  it('is tested on all the cases', () => {
    expect(cases.length).toBe(8 + 7);
  });

  it.each(cases)(
    'is right element by element for rCut $rCut, nMax $nMax, lMax $lMax, rMin $rMin',
    ({ alpha, beta, ...options }) => {
      const basis = gtoBasis(options);
      const { nMax, lMax } = options;
      expect(basis.alpha.length).toBe((lMax + 1) * nMax);
      expect(basis.beta.length).toBe((lMax + 1) * nMax * nMax);
      // α and β are exact but for the roundings of a handful of float64 operations at the end: 10 units of 1.1e-16.
      expect(largestRelativeError(basis.alpha, alpha.flat())).toBeLessThan(1.2e-15);
      expect(largestRelativeError(basis.beta, beta.flat(2))).toBeLessThan(1.2e-15);
    },
  );

  it('makes the radial functions orthonormal', () => {
    const { rCut, nMax, lMax } = { rCut: 8, nMax: 5, lMax: 4 };
    const { alpha, beta } = gtoBasis({ rCut, nMax, lMax });
    const radial = (n: number, l: number, r: number) => {
      let sum = 0;
      for (let b = 0; b < nMax; b++) {
        sum += beta[(l * nMax + n) * nMax + b]! * r ** l * Math.exp(-alpha[l * nMax + b]! * r * r);
      }
      return sum;
    };
    // The widest function falls by 1e-3 at rCut, so by 1e-3^9 = 1e-27 at three times that: the range is long enough.
    const nodes = gaussLegendre(120, 0, 3 * rCut);
    for (let l = 0; l <= lMax; l++) {
      for (let n = 0; n < nMax; n++) {
        for (let other = 0; other < nMax; other++) {
          const overlap = nodes.reduce(
            (sum, { node: r, weight }) => sum + weight * radial(n, l, r) * radial(other, l, r) * r * r,
            0,
          );
          // β reaches 40 here and enters twice; 1e-11 is some thousands of roundings of that.
          expect(Math.abs(overlap - (n === other ? 1 : 0))).toBeLessThan(1e-11);
        }
      }
    }
  });

  it('puts a single radial function at rMin', () => {
    const { alpha, beta } = gtoBasis({ rCut: 9, nMax: 1, lMax: 0, rMin: 2 });
    const expected = Math.log(1000) / 4;
    expect(alpha[0]).toBeCloseTo(expected, 15);
    expect(beta[0]).toBeCloseTo(Math.sqrt(2 / (Math.sqrt(Math.PI) / 2)) * (2 * expected) ** 0.75, 14);
  });

  it('scales with the unit of length, which rMin carries', () => {
    const unit = 1 / 64; // a power of two, so that only the powers l + 3/2 are rounded
    const basis = gtoBasis({ rCut: 12, nMax: 4, lMax: 9 });
    const scaled = gtoBasis({ rCut: 12 * unit, nMax: 4, lMax: 9, rMin: unit });
    expect(scaled.alpha).toEqual(basis.alpha.map((value) => value / unit ** 2));
    const expected = basis.beta.map((value, i) => value / unit ** (Math.floor(i / 16) + 1.5));
    expect(largestRelativeError(scaled.beta, Array.from(expected))).toBeLessThan(1e-15);
  });

  it('refuses options out of range by name', () => {
    const options = { rCut: 5, nMax: 3, lMax: 2 };
    const refusal = (change: object) => () => gtoBasis({ ...options, ...change });
    expect(refusal({ rCut: -1 })).toThrow(rangeError('rCut: expected a number > 1 (input units), got -1'));
    expect(refusal({ rCut: 1 })).toThrow(rangeError('rCut: expected a number > 1 (input units), got 1'));
    expect(refusal({ rCut: 5, rMin: 5.5 })).toThrow(rangeError('rCut: expected a number > 5.5 (input units), got 5'));
    expect(refusal({ rCut: Infinity })).toThrow(rangeError('rCut: expected a number > 1 (input units), got Infinity'));
    expect(refusal({ rCut: NaN })).toThrow(rangeError('rCut: expected a number > 1 (input units), got NaN'));
    expect(refusal({ rMin: 0 })).toThrow(rangeError('rMin: expected a number > 0 (input units), got 0'));
    expect(refusal({ nMax: 0 })).toThrow(rangeError('nMax: expected an integer from 1 to 20, got 0'));
    expect(refusal({ nMax: 2.5 })).toThrow(rangeError('nMax: expected an integer from 1 to 20, got 2.5'));
    expect(refusal({ lMax: 51 })).toThrow(rangeError('lMax: expected an integer from 0 to 50, got 51'));
    expect(refusal({ lMax: -1 })).toThrow(rangeError('lMax: expected an integer from 0 to 50, got -1'));
  });

  it('refuses a basis that float64 cannot hold', () => {
    expect(() => gtoBasis({ rCut: 1e100, nMax: 2, lMax: 2 })).toThrow(
      rangeError('rCut: expected a radial basis that float64 can hold, got rMin 1, rCut 1e+100, nMax 2 at l = 1'),
    );
    expect(() => gtoBasis({ rCut: 1e-15, nMax: 3, lMax: 20, rMin: 1e-17 })).toThrow(
      rangeError('rCut: expected a radial basis that float64 can hold, got rMin 1e-17, rCut 1e-15, nMax 3 at l = 17'),
    );
  });
});

function largestRelativeError(actual: Float64Array, expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs(actual[i]! / value - 1)));
}
