import { describe, expect, it } from 'vitest';
import { evaluateSlopes, type RadialSlopes } from '#dist/soap/derivatives/radialSlopes.js';
import { gtoFunctions } from '#dist/soap/radial/gtoFunctions.js';
import { polynomialFunctions } from '#dist/soap/radial/polynomialFunctions.js';
import { radialTable } from '#dist/soap/radial/radialTable.js';
import type { RadialTable } from '#dist/soap/radial/tabulate.js';
import { radialCases, valuesAt } from '../radial/reference.js';

function slopesAt(table: RadialTable, r: number): RadialSlopes {
  const [values, slopes, quotients] = [0, 1, 2].map(() => new Float64Array(table.nFunctions)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  evaluateSlopes(table, r, { values, slopes, quotients });
  return { values, slopes, quotients };
}

/** Nodes on either side in the differences, of order 20. */
const REACH = 10;

/** The weights of f(k) - f(-k), k = 1 to REACH, in f'(0): (-1)^(k+1) (p!)²/(k (p-k)! (p+k)!). */
const WEIGHTS = Array.from({ length: REACH }, (_, i) => {
  const k = i + 1;
  return ((-1) ** i * factorial(REACH) ** 2) / (k * factorial(REACH - k) * factorial(REACH + k));
});

describe('evaluateSlopes', () => {
  // Of the steepest slope of each function. Polynomials of degree 6 that are right to 1e-13 have slopes that are right to
  // 6² · 2/step times that at the ends of their intervals; functions are a few times as high as their slopes times a step.
  const TOLERANCE = 2e-10;

  it.each(radialCases().filter(({ options }) => options.nMax < 20))('gives G′ and G/r of $name', ({ options }) => {
    const { nMax, radialBasis } = options;
    const table = radialTable(options, 'float64');
    const { nFunctions, rMax } = table;
    // Exact functions on nodes so dense that their differences are exact for all purposes.
    const spacing = table.step / 4;
    const functions = radialBasis === 'gto' ? gtoFunctions(options) : polynomialFunctions(options);
    const samples = functions.sample(spacing, Math.floor(rMax / spacing) + 1 + REACH);
    const sample = (k: number, f: number): number =>
      (k < 0 && Math.floor(f / nMax) % 2 === 1 ? -1 : 1) * samples[Math.abs(k) * nFunctions + f]!;
    const [steepest, ofSlopes, ofQuotients] = [0, 1, 2].map(() => new Float64Array(nFunctions)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let k = 0; k * spacing <= rMax; k++) {
      const { slopes, quotients } = slopesAt(table, k * spacing);
      for (let f = 0; f < nFunctions; f++) {
        const slope =
          WEIGHTS.reduce((sum, w, i) => sum + w * (sample(k + i + 1, f) - sample(k - i - 1, f)), 0) / spacing;
        steepest[f] = Math.max(steepest[f]!, Math.abs(slope));
        ofSlopes[f] = Math.max(ofSlopes[f]!, Math.abs(slopes[f]! - slope));
        if (f < nMax) continue; // l = 0: there is no limit at the centre
        const quotient = k === 0 ? slope : sample(k, f) / (k * spacing);
        ofQuotients[f] = Math.max(ofQuotients[f]!, Math.abs(quotients[f]! - quotient));
      }
    }
    expect(Math.max(...ofSlopes.map((error, f) => error / steepest[f]!))).toBeLessThan(TOLERANCE);
    expect(Math.max(...ofQuotients.map((error, f) => error / steepest[f]!))).toBeLessThan(TOLERANCE);
  });

  it('gives the values of the table too, up to rMax', () => {
    const table = radialTable({ rCut: 5, nMax: 3, lMax: 4, sigma: 0.7, rMin: 1, radialBasis: 'gto' }, 'float64');
    for (const r of [0, 1e-200, 0.1, 3.3, table.rMax]) {
      expect(slopesAt(table, r).values).toEqual(valuesAt(table, r));
    }
  });

  it('gives G/r its limit near the centre: G′ for l = 1', () => {
    const table = radialTable({ rCut: 5, nMax: 3, lMax: 2, sigma: 0.7, rMin: 1, radialBasis: 'gto' }, 'float64');
    const atCenter = slopesAt(table, 0);
    for (const r of [0, 1e-300, 1e-12, 1e-7]) {
      const { slopes, quotients } = slopesAt(table, r);
      for (let f = 3; f < 6; f++) {
        // G_n1 is odd, so that both differ from the limit by (r/σ)²; the table is even less than that from odd.
        expect(Math.abs(quotients[f]! / slopes[f]! - 1)).toBeLessThan(1e-12 + 10 * r);
        expect(Math.abs(quotients[f]! / atCenter.slopes[f]! - 1)).toBeLessThan(1e-12 + 10 * r);
      }
    }
  });
});

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
