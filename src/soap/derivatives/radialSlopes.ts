import type { RadialTable } from '../radial/tabulate.js';

/** The radial functions at one distance, nFunctions values each; function l·nMax + n. */
export interface RadialSlopes {
  /** G_nl(r), in length^(3/2). */
  readonly values: Float64Array;
  /** dG_nl/dr, in length^(1/2). */
  readonly slopes: Float64Array;
  /** G_nl(r)/r, in length^(1/2), and its limit at r = 0; of no meaning for l = 0 near there. */
  readonly quotients: Float64Array;
}

/**
 * Writes the radial functions at r and their slopes, which are the derivatives of the polynomials of the table.
 *
 * In the first interval G_nl/r, l > 0, is a polynomial too: that of G_nl without its constant, for G_nl(0) = 0, and over t. So
 * nothing that the table is off by gets divided by a small r, and there is no exception at r = 0.
 *
 * Slopes and quotients are right to 1e-10 of the steepest slope of their function.
 *
 * @param r in [0, rMax], input units
 */
export function evaluateSlopes(table: RadialTable, r: number, { values, slopes, quotients }: RadialSlopes): void {
  const { nFunctions, step, nIntervals, degree, coefficients } = table;
  const position = r / step;
  const interval = Math.min(Math.floor(position), nIntervals - 1);
  const t = position - interval;
  const first = interval * (degree + 1) * nFunctions;
  const highest = first + degree * nFunctions;
  for (let f = 0; f < nFunctions; f++) {
    let value = coefficients[highest + f]!;
    let slope = 0;
    for (let at = highest - nFunctions + f; at > first + f; at -= nFunctions) {
      slope = slope * t + value;
      value = value * t + coefficients[at]!;
    }
    const withoutConstant = value; // over t
    slope = slope * t + value;
    value = value * t + coefficients[first + f]!;
    values[f] = value;
    slopes[f] = slope / step;
    quotients[f] = interval === 0 ? withoutConstant / step : value / r;
  }
}
