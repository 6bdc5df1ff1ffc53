import { describe, expect, it } from 'vitest';
import { gtoFunctions } from '#dist/soap/radial/gtoFunctions.js';
import { polynomialFunctions } from '#dist/soap/radial/polynomialFunctions.js';
import { checkSoapOptions } from '#dist/soap/options.js';
import { radialTable } from '#dist/soap/radial/radialTable.js';
import type { RadialFunctionOptions } from '#dist/soap/radial/radialFunctions.js';
import { dscribeCases } from '../golden.js';
import { randomNumbers, rowError } from '../clouds.js';
import { directRadial, errorAt, peaksOf, radialCases, valuesAt } from './reference.js';

const small: Required<RadialFunctionOptions> = {
  rCut: 6,
  nMax: 3,
  lMax: 5,
  sigma: 0.7,
  rMin: 1,
  radialBasis: 'gto',
};

describe('radialTable', () => {
  const cases = radialCases();

  it('is tested on all the cases', () => {
    expect(cases.length).toBe(12);
  });

  describe.each([
    ['float64', 1e-13],
    ['float32', 1e-7],
  ] as const)('for %s', (precision, tolerance) => {
    // The tolerance is what a table promises, of the maximum of each function.
    it.each(cases)('holds the exact functions of $name', ({ options, radii, values }) => {
      const table = radialTable(options, precision);
      const peaks = peaksOf(table);
      expect(radii.length).toBe(values.length);
      for (const [i, r] of radii.entries()) {
        expect(values[i]!.length).toBe(table.nFunctions);
        expect(errorAt(table, peaks, r, values[i]!)).toBeLessThan(tolerance);
      }
    });

    it('is within its tolerance at random radii', () => {
      const table = radialTable(small, precision);
      const peaks = peaksOf(table);
      const direct = directRadial(small);
      const random = randomNumbers(1);
      let worst = 0;
      for (let i = 0; i < 2000; i++) {
        const r = random() * table.rMax;
        worst = Math.max(worst, errorAt(table, peaks, r, direct(r)));
      }
      expect(worst).toBeLessThan(tolerance);
      expect(worst).toBeGreaterThan(tolerance / 100); // or else the table would be finer than it is meant to be
    });

    it('covers rMax and what is just below it', () => {
      const { rCut, sigma } = small;
      const table = radialTable(small, precision);
      const peaks = peaksOf(table);
      const direct = directRadial(small);
      expect(table.rMax).toBeCloseTo(rCut + sigma * Math.sqrt(2 * Math.log(1000)), 13);
      expect(table.nIntervals * table.step).toBeGreaterThan(table.rMax);
      expect((table.nIntervals - 1) * table.step).toBeLessThan(table.rMax + table.step);
      for (const r of [table.rMax, table.rMax * (1 - Number.EPSILON), table.rMax - table.step, 0, 1e-300, 1e-9]) {
        expect(errorAt(table, peaks, r, direct(r))).toBeLessThan(tolerance);
      }
    });

    it('joins its polynomials within the tolerance', () => {
      const table = radialTable(small, precision);
      const { nFunctions, degree, coefficients } = table;
      const peaks = peaksOf(table);
      const rowLength = (degree + 1) * nFunctions;
      for (let i = 1; i < table.nIntervals; i++) {
        for (let f = 0; f < nFunctions; f++) {
          let end = 0; // at t = 1 all powers are 1
          for (let k = 0; k <= degree; k++) end += coefficients[(i - 1) * rowLength + k * nFunctions + f]!;
          expect(Math.abs(end - coefficients[i * rowLength + f]!)).toBeLessThan(2 * tolerance * peaks[f]!);
        }
      }
    });
  });

  it('is laid out as it says', () => {
    const table = radialTable(small, 'float64');
    const { nFunctions, nIntervals, degree, coefficients, step } = table;
    expect(nFunctions).toBe(6 * 3);
    expect(coefficients.length).toBe(nIntervals * (degree + 1) * nFunctions);
    const [l, n, interval, t] = [4, 1, 7, 0.375];
    const f = l * 3 + n;
    let sum = 0;
    for (let k = 0; k <= degree; k++) sum += coefficients[(interval * (degree + 1) + k) * nFunctions + f]! * t ** k;
    // Some roundings of sums whose terms are not larger than the function.
    expect(sum).toBeCloseTo(valuesAt(table, (interval + t) * step)[f]!, 13);
    expect(radialTable(small, 'float32').degree).toBe(3);
    expect(degree).toBeGreaterThan(3);
  });

  it.each(['gto', 'polynomial'] as const)(
    'is exact at the centre, where %s functions with l > 0 vanish',
    (radialBasis) => {
      const options = { ...small, radialBasis };
      const functions = radialBasis === 'gto' ? gtoFunctions(options) : polynomialFunctions(options);
      const exact = functions.sample(0.1, 1);
      for (const arithmetic of ['float64', 'float32'] as const) {
        const values = valuesAt(radialTable(options, arithmetic), 0);
        expect(values.every((value, f) => value === exact[f])).toBe(true);
        expect(values.subarray(options.nMax).every((value) => value === 0)).toBe(true);
      }
    },
  );

  it('is even or odd about the centre as far as it can be from one side', () => {
    const table = radialTable(small, 'float64');
    const peaks = peaksOf(table);
    const r = 1e-4;
    const values = valuesAt(table, r);
    // G_00 is even and G_02 = O(r²): both change by some (r/σ)², 2e-8, of their maximum.
    expect(Math.abs(values[0]! - valuesAt(table, 0)[0]!)).toBeLessThan(10 * (r / small.sigma) ** 2 * peaks[0]!);
    expect(Math.abs(values[2 * small.nMax]!)).toBeLessThan(10 * (r / small.sigma) ** 2 * peaks[2 * small.nMax]!);
  });

  it('scales with the unit of length, which rMin carries', () => {
    const unit = 1 / 64;
    const table = radialTable(small, 'float64');
    const scaled = radialTable({ ...small, rCut: 6 * unit, sigma: 0.7 * unit, rMin: unit }, 'float64');
    expect(scaled.nIntervals).toBe(table.nIntervals);
    const peaks = peaksOf(table);
    for (const r of [0.3, 2, 5.5, 8]) {
      const values = valuesAt(scaled, r * unit).map((value) => value / unit ** 1.5); // G has the dimension length^(3/2)
      // The same bits but for roundings of constants.
      expect(errorAt(table, peaks, r, values)).toBeLessThan(1e-14);
    }
  });

  describe('against DScribe', () => {
    // Of a row's maximum. DScribe computes β in float64 and its constants have 11 digits; eight polynomials leave it 1e-6.
    const ownErrors: Record<string, number> = {
      'mnist-2601-r25': 3e-9,
      'polynomial-4-4': 1e-9,
      'polynomial-8-6': 3e-6,
    };
    const plain = dscribeCases().filter(({ name, options: { average, nSpecies, weighting } }) => {
      return average === 'off' && nSpecies === 1 && weighting === undefined && name !== 'far-away'; // a row of zeros
    });

    it('is tested on all the cases', () => {
      expect(plain.length).toBe(22);
    });

    it.each(plain)('gives the row of $name', ({ name, options, points, centers, rows }) => {
      const { rCut, nMax, lMax, sigma, radialBasis = 'gto' } = options;
      const full = { rCut, nMax, lMax, sigma, rMin: 1, radialBasis };
      const actual = rowByAdditionTheorem(full, points, centers.subarray(0, 3));
      expect(rowError(actual, rows[0]!)).toBeLessThan(ownErrors[name] ?? 2e-10);
    });
  });

  it('makes a table once for the same options', () => {
    const table = radialTable(small, 'float64');
    expect(radialTable({ ...small }, 'float64')).toBe(table);
    expect(radialTable(small, 'float32')).not.toBe(table);
    expect(radialTable({ ...small, sigma: 0.8 }, 'float64')).not.toBe(table);
    expect(radialTable({ ...small, rMin: 0.9 }, 'float64')).not.toBe(table);
    expect(radialTable(small, 'float64')).toBe(table);
  });

  it('has no use for rMin with the polynomial basis', () => {
    const table = radialTable({ ...small, radialBasis: 'polynomial' }, 'float64');
    expect(radialTable({ ...small, radialBasis: 'polynomial', rMin: 0.5 }, 'float64')).toBe(table);
  });

  it('forgets all but the last few tables', () => {
    const options = { ...small, nMax: 1, lMax: 0 };
    const table = radialTable(options, 'float64');
    for (let i = 1; i <= 4; i++) radialTable({ ...options, sigma: 1 + i }, 'float64');
    const again = radialTable(options, 'float64');
    expect(again).not.toBe(table);
    expect(again).toEqual(table);
  });

  it('refuses what would take too much memory', () => {
    expect(() => radialTable({ ...small, sigma: 1e-6 }, 'float64')).not.toThrow(); // the basis itself is smooth
    expect(() => radialTable({ ...small, radialBasis: 'polynomial', sigma: 1e-6 }, 'float64')).toThrow(
      /^sigma: expected radial functions whose table takes at most 268435456 bytes, got at least \d+ for sigma 0.000001, rCut 6, nMax 3, lMax 5$/u,
    );
  });

  it('refuses functions that float64 cannot hold', () => {
    expect(() => radialTable({ ...small, sigma: 1e60 }, 'float64')).toThrow(
      'sigma: expected radial functions that float64 can hold, got a maximum of',
    );
  });
});

it('has the same bits in every engine, in the Gaussian basis', () => {
  const { coefficients } = radialTable(checkSoapOptions({ rCut: 63, nMax: 7, lMax: 10, sigma: 3 }), 'float64');
  let hash = 0xcbf29ce484222325n;
  for (const word of new BigUint64Array(coefficients.buffer)) hash = BigInt.asUintN(64, (hash ^ word) * 0x100000001b3n);
  expect(hash.toString(16)).toBe('aaaf84b0f511814b'); // as Node 20, Deno 2.9 and Bun 1.4 found it
});

/**
 * The power spectrum without spherical harmonics, by their addition theorem:
 * P_nn'l = π √(8/(2l+1)) (2l+1)/4π Σ_pq G_nl(r_p) G_n'l(r_q) P_l(R̂_p·R̂_q).
 */
function rowByAdditionTheorem(options: Required<RadialFunctionOptions>, points: Float64Array, center: Float64Array) {
  const { nMax, lMax } = options;
  const table = radialTable(options, 'float64');
  const neighbours: { direction: number[]; radial: Float64Array }[] = [];
  for (let i = 0; i < points.length; i += 3) {
    const offset = [0, 1, 2].map((axis) => points[i + axis]! - center[axis]!);
    const r = Math.hypot(...offset);
    if (r > table.rMax) continue;
    neighbours.push({ direction: offset.map((x) => (r === 0 ? 0 : x / r)), radial: valuesAt(table, r) });
  }
  const sums = new Float64Array((lMax + 1) * nMax * nMax);
  for (const p of neighbours) {
    for (const q of neighbours) {
      const cosine = p.direction.reduce((sum, x, axis) => sum + x * q.direction[axis]!, 0);
      let [before, legendre] = [0, 1];
      for (let l = 0; l <= lMax; l++) {
        for (let n = 0; n < nMax; n++) {
          for (let other = n; other < nMax; other++) {
            sums[(l * nMax + n) * nMax + other]! += p.radial[l * nMax + n]! * q.radial[l * nMax + other]! * legendre;
          }
        }
        [before, legendre] = [legendre, ((2 * l + 1) * cosine * legendre - l * before) / (l + 1)];
      }
    }
  }
  const row: number[] = [];
  for (let l = 0; l <= lMax; l++) {
    const factor = (Math.sqrt(8 / (2 * l + 1)) * (2 * l + 1)) / 4;
    for (let n = 0; n < nMax; n++) {
      for (let other = n; other < nMax; other++) row.push(factor * sums[(l * nMax + n) * nMax + other]!);
    }
  }
  return Float64Array.from(row);
}
