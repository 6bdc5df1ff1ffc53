import { describe, expect, it } from 'vitest';
import { gtoBasis } from '#dist/soap/basis/gtoBasis.js';
import { gaussLegendre } from '#dist/soap/radial/gaussLegendre.js';
import { gtoFunctions } from '#dist/soap/radial/gtoFunctions.js';
import { polynomialBasis } from '#dist/soap/radial/polynomialBasis.js';
import { polynomialFunctions } from '#dist/soap/radial/polynomialFunctions.js';
import type { RadialFunctionOptions } from '#dist/soap/radial/radialFunctions.js';

const shape = { rCut: 5, nMax: 3, lMax: 4, sigma: 0.9, rMin: 1 };

/** g_nl(r) at the radii: radii×(lMax+1)·nMax. */
function basisFunctions(options: Required<RadialFunctionOptions>, radii: Float64Array): number[][] {
  const { rCut, nMax, lMax, radialBasis } = options;
  const { alpha, beta } = gtoBasis(options);
  const polynomials = polynomialBasis(rCut, nMax, radii);
  return Array.from(radii, (r, i) =>
    Array.from({ length: (lMax + 1) * nMax }, (_, f) => {
      const l = Math.floor(f / nMax);
      if (radialBasis === 'polynomial') return polynomials[i * nMax + (f % nMax)]!;
      let sum = 0;
      for (let b = 0; b < nMax; b++) sum += beta[f * nMax + b]! * r ** l * Math.exp(-alpha[l * nMax + b]! * r * r);
      return sum;
    }),
  );
}

describe.each([
  { radialBasis: 'gto', functions: gtoFunctions, reach: 20 }, // where the widest primitive is 1e-3^16 of itself
  { radialBasis: 'polynomial', functions: polynomialFunctions, reach: shape.rCut },
] as const)('$radialBasis functions', ({ radialBasis, functions, reach }) => {
  const options = { ...shape, radialBasis };
  const { nMax, lMax, sigma } = options;
  const { sample, resolution } = functions(options);
  const nFunctions = (lMax + 1) * nMax;
  const [spacing, count] = [0.35, 24];
  const values = sample(spacing, count);

  it('are the overlap of a Gaussian with a basis function', () => {
    // ∫ g_nl(r) Y_lm exp(-|R'-R|²/2σ²) dR' over angles by quadrature in u = cos θ, with R along z: 2π ∫∫ r² g_nl P_l(u) exp(…).
    const radial = gaussLegendre(80, 1, reach);
    const angular = gaussLegendre(80, 1, 2); // u + 1
    const basis = basisFunctions(options, radial.nodes);
    for (const k of [0, 1, 9, 20]) {
      const distance = k * spacing;
      const expected = new Float64Array(nFunctions);
      for (const [i, r] of radial.nodes.entries()) {
        for (const [j, node] of angular.nodes.entries()) {
          const u = node - 1;
          const squared = r * r + distance ** 2 - 2 * r * distance * u;
          const weight = radial.weights[i]! * angular.weights[j]! * 2 * Math.PI * r * r;
          const gaussian = weight * Math.exp(-squared / (2 * sigma ** 2));
          let [before, legendre] = [0, 1];
          for (let l = 0; l <= lMax; l++) {
            for (let n = 0; n < nMax; n++) expected[l * nMax + n]! += gaussian * legendre * basis[i]![l * nMax + n]!;
            [before, legendre] = [legendre, ((2 * l + 1) * u * legendre - l * before) / (l + 1)];
          }
        }
      }
      for (let f = 0; f < nFunctions; f++) {
        // 6,400 terms with their roundings, the largest about 1; the values are between 1e-3 and 10.
        expect(Math.abs(values[k * nFunctions + f]! - expected[f]!)).toBeLessThan(1e-12);
      }
    }
  });

  it('vanish at the centre for l > 0', () => {
    expect(Array.from(values.subarray(nMax, nFunctions)).every((value) => value === 0)).toBe(true);
    expect(Array.from(values.subarray(0, nMax)).every((value) => value !== 0)).toBe(true);
  });

  it('have the same values on other nodes', () => {
    const finer = sample(spacing / 2, 2 * count);
    for (let k = 0; k < count; k++) {
      for (let f = 0; f < nFunctions; f++) {
        const value = values[k * nFunctions + f]!;
        // Exact but for some roundings; those of the quadrature are of terms up to 10.
        expect(Math.abs(finer[2 * k * nFunctions + f]! - value)).toBeLessThanOrEqual(1e-14);
      }
    }
  });

  it('tell a length that they vary on', () => {
    expect(resolution).toBeGreaterThanOrEqual(sigma);
    expect(resolution).toBeLessThan(Math.hypot(sigma, shape.rMin));
  });
});

describe('gtoFunctions', () => {
  it('keep to relative precision far beyond the cutoff and near the centre', () => {
    // nMax = 1 has no cancellation: G_l = (2πσ²)^(3/2) β (1+2ασ²)^-(l+3/2) r^l exp(-αr²/(1+2ασ²)).
    const [lMax, sigma] = [6, 0.5];
    const { alpha, beta } = gtoBasis({ rCut: 3, nMax: 1, lMax });
    const { sample } = gtoFunctions({ rCut: 3, nMax: 1, lMax, sigma, rMin: 1, radialBasis: 'gto' });
    const [spacing, count] = [2 ** -6, 64 * 5];
    const values = sample(spacing, count);
    for (let k = 1; k < count; k++) {
      const r = k * spacing;
      for (let l = 0; l <= lMax; l++) {
        const spread = 1 + 2 * alpha[l]! * sigma ** 2;
        const constant = (2 * Math.PI * sigma ** 2) ** 1.5 * beta[l]! * spread ** -(l + 1.5);
        const expected = constant * r ** l * Math.exp((-alpha[l]! / spread) * r * r);
        // Roundings of the formula: the exponent reaches 40, so its own counts 40 times.
        expect(Math.abs(values[k * (lMax + 1) + l]! / expected - 1)).toBeLessThan(2e-14);
      }
    }
  });

  it('refuse a basis that is singular for all practical purposes', () => {
    expect(() => gtoFunctions({ rCut: 1e300, nMax: 2, lMax: 4, sigma: 1, rMin: 1, radialBasis: 'gto' })).toThrow(
      new RangeError('rCut: expected radial functions that float64 can hold, got rMin 1, rCut 1e+300, nMax 2 at l = 0'),
    );
  });
});
