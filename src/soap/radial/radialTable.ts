import { cutoffRadius, type Arithmetic } from '../options.js';
import { gtoFunctions } from './gtoFunctions.js';
import { polynomialFunctions } from './polynomialFunctions.js';
import type { RadialFunctionOptions } from './radialFunctions.js';
import { type RadialTable, tabulate } from './tabulate.js';

/** What a table is good for: degree 6 and 1e-13 for float64 arithmetic, degree 3 and 1e-7 for float32. */
const ACCURACIES = {
  float64: { degree: 6, tolerance: 1e-13 },
  float32: { degree: 3, tolerance: 1e-7 },
};

/** Tables that are kept for the next call, and the bytes that they may take together; the last one is kept in any case. */
const KEPT_TABLES = 4;
const KEPT_BYTES = 2 ** 26;

const kept = new Map<string, RadialTable>();

/**
 * The table for the given options. It is off by at most 1e-13 (float64) or 1e-7 (float32) of each function's maximum.
 *
 * Making it takes some tens of milliseconds, so the last few are remembered.
 *
 * @throws RangeError where float64 cannot hold the functions, or 2^28 bytes not the table
 */
export function radialTable(options: Required<RadialFunctionOptions>, arithmetic: Arithmetic): RadialTable {
  const key = keyOf(options, arithmetic);
  const table = kept.get(key) ?? makeTable(options, arithmetic);
  kept.delete(key);
  kept.set(key, table); // as the youngest
  forgetOldest();
  return table;
}

function makeTable(options: Required<RadialFunctionOptions>, arithmetic: Arithmetic): RadialTable {
  const functions = options.radialBasis === 'gto' ? gtoFunctions(options) : polynomialFunctions(options);
  return tabulate(functions, options, cutoffRadius(options), ACCURACIES[arithmetic]);
}

/** All that a table depends on. */
function keyOf(options: Required<RadialFunctionOptions>, arithmetic: Arithmetic): string {
  const { rCut, nMax, lMax, sigma, rMin, radialBasis } = options;
  return [rCut, nMax, lMax, sigma, radialBasis === 'gto' ? rMin : '', radialBasis, arithmetic].join(' ');
}

function forgetOldest(): void {
  for (const key of kept.keys()) {
    const bytes = [...kept.values()].reduce((sum, { coefficients }) => sum + coefficients.byteLength, 0);
    if (kept.size === 1 || (kept.size <= KEPT_TABLES && bytes <= KEPT_BYTES)) return;
    kept.delete(key);
  }
}
