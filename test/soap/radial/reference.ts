import { readFileSync } from 'node:fs';
import { gtoBasis } from '#dist/soap/basis/gtoBasis.js';
import type { RadialTable } from '#dist/soap/radial/tabulate.js';
import type { RadialFunctionOptions } from '#dist/soap/radial/radialFunctions.js';

/** Radial functions in multiple-precision arithmetic: a row of (lMax+1)·nMax values a radius. */
export interface RadialCase {
  readonly name: string;
  readonly options: Required<RadialFunctionOptions>;
  readonly radii: readonly number[];
  readonly values: readonly number[][];
}

export function radialCases(): RadialCase[] {
  const text = readFileSync(new URL('../../data/radial-exact.json', import.meta.url), 'utf8');
  const { cases }: { cases: { options: RadialFunctionOptions; radii: number[]; values: number[][] }[] } =
    JSON.parse(text);
  return cases.map(({ options, radii, values }) => ({
    name: JSON.stringify(options),
    options: { rMin: 1, radialBasis: 'gto', ...options },
    radii,
    values,
  }));
}

/** G_nl(r) of Gaussian-type orbitals in float64, as its formula says: for bases where little cancels. */
export function directRadial(options: Required<RadialFunctionOptions>): (r: number) => Float64Array {
  const { nMax, lMax, sigma } = options;
  const { alpha, beta } = gtoBasis(options);
  return (r) =>
    Float64Array.from({ length: (lMax + 1) * nMax }, (_, f) => {
      const l = Math.floor(f / nMax);
      let sum = 0;
      for (let b = 0; b < nMax; b++) {
        const a = alpha[l * nMax + b]!;
        const spread = 1 + 2 * a * sigma ** 2;
        sum += beta[f * nMax + b]! * spread ** -(l + 1.5) * Math.exp((-a / spread) * r ** 2);
      }
      return (2 * Math.PI * sigma ** 2) ** 1.5 * r ** l * sum;
    });
}

/** The functions of a table at r. */
export function valuesAt(table: RadialTable, r: number): Float64Array {
  const values = new Float64Array(table.nFunctions);
  evaluateRadial(table, r, values);
  return values;
}

/** The largest magnitude of each function of a table, at 2,000 radii up to rMax: close enough to the maximum for a tolerance. */
export function peaksOf(table: RadialTable): Float64Array {
  const peaks = new Float64Array(table.nFunctions);
  for (let i = 0; i <= 2000; i++) {
    for (const [f, value] of valuesAt(table, (table.rMax * i) / 2000).entries()) {
      peaks[f] = Math.max(peaks[f]!, Math.abs(value));
    }
  }
  return peaks;
}

/** The largest difference from the expected values, each relative to the maximum of its function. */
export function errorAt(table: RadialTable, peaks: Float64Array, r: number, expected: ArrayLike<number>): number {
  return Math.max(...valuesAt(table, r).map((value, f) => Math.abs(value - expected[f]!) / peaks[f]!));
}

/** Writes the radial functions at r by Horner's rule. @param r in [0, rMax], input units */
export function evaluateRadial(
  { nFunctions, step, nIntervals, degree, coefficients }: RadialTable,
  r: number,
  out: Float64Array,
): void {
  const interval = Math.min(Math.floor(r / step), nIntervals - 1);
  const t = r / step - interval;
  for (let f = 0; f < nFunctions; f++) {
    let value = 0;
    for (let k = degree; k >= 0; k--) {
      value = value * t + coefficients[(interval * (degree + 1) + k) * nFunctions + f]!;
    }
    out[f] = value;
  }
}
