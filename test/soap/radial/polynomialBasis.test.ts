import { describe, expect, it } from 'vitest';
import { rangeError } from '../../support/rangeError.js';
import { gaussLegendre } from '#dist/soap/radial/gaussLegendre.js';
import { polynomialBasis } from '#dist/soap/radial/polynomialBasis.js';

describe('polynomialBasis', () => {
  it.each([
    { rCut: 5, nMax: 8 },
    { rCut: 0.5, nMax: 6 },
    { rCut: 1, nMax: 20 },
    { rCut: 100, nMax: 20 },
    { rCut: 0.01, nMax: 20 },
    { rCut: 7, nMax: 1 },
  ])('is orthonormal for rCut $rCut, nMax $nMax', ({ rCut, nMax }) => {
    const { nodes, weights } = gaussLegendre(nMax + 4, 1, rCut); // exact for r² g_n g_n', of degree 2 nMax + 6
    const values = polynomialBasis(rCut, nMax, nodes);
    for (let n = 0; n < nMax; n++) {
      for (let other = 0; other < nMax; other++) {
        let overlap = 0;
        for (const [i, r] of nodes.entries()) {
          overlap += weights[i]! * r * r * values[i * nMax + n]! * values[i * nMax + other]!;
        }
        // Roundings of some 24 terms and of the nodes, which count up to nMax² times where a polynomial is steep.
        expect(Math.abs(overlap - (n === other ? 1 : 0))).toBeLessThan(1e-13);
      }
    }
  });

  it('is Löwdin’s: the overlaps of g_n with φ_n’ are symmetric', () => {
    // S^(1/2) = ∫ g_n φ_n' r² dr. Any other orthonormal basis of the same space has a factor that is not symmetric.
    const [rCut, nMax] = [3, 5];
    const { nodes, weights } = gaussLegendre(nMax + 4, 1, rCut);
    const values = polynomialBasis(rCut, nMax, nodes);
    const overlap = (n: number, other: number) =>
      nodes.reduce((sum, r, i) => sum + weights[i]! * r * r * values[i * nMax + n]! * (rCut - r) ** (other + 3), 0);
    for (let n = 0; n < nMax; n++) {
      for (let other = 0; other < n; other++) {
        // Some roundings of integrals whose integrand reaches 3^7.
        expect(Math.abs(overlap(n, other) - overlap(other, n))).toBeLessThan(1e-11);
      }
    }
  });

  it('is (rCut - r)³ over its norm for nMax = 1, and vanishes at rCut', () => {
    const rCut = 4;
    const norm = Math.sqrt((2 * rCut ** 9) / (7 * 8 * 9));
    const radii = Float64Array.of(0, 1, 2.5, 4);
    const values = polynomialBasis(rCut, 1, radii);
    for (const [i, r] of radii.entries()) expect(values[i]).toBeCloseTo((rCut - r) ** 3 / norm, 14);
    expect(polynomialBasis(rCut, 5, Float64Array.of(rCut))).toEqual(new Float64Array(5));
  });

  it('refuses a basis that is singular for all practical purposes', () => {
    expect(() => polynomialBasis(1e300, 11, Float64Array.of(1))).toThrow(
      rangeError('rCut: expected radial functions that float64 can hold, got rCut 1e+300, nMax 11'),
    );
  });
});
