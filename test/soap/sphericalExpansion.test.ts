import { describe, expect, it } from 'vitest';
import { gtoBasis } from '#dist/soap/index.js';
import { SphericalExpansion } from '#dist/soap/sphericalExpansion.js';
import { gaussLegendre, sphericalHarmonic } from './reference.js';

describe('SphericalExpansion', () => {
  it('is the integral of the density with the basis functions', () => {
    const options = { rCut: 4, nMax: 3, lMax: 3, sigma: 1.2 };
    const { nMax, lMax, sigma } = options;
    const points = [
      [0.4, -0.7, 1.1],
      [-1.5, 0.2, 0.3],
      [0, 0, 0],
    ];
    const density = (x: number, y: number, z: number) =>
      points.reduce(
        (sum, [px, py, pz]) =>
          sum + Math.exp(-((x - px!) ** 2 + (y - py!) ** 2 + (z - pz!) ** 2) / (2 * sigma * sigma)),
        0,
      );
    const { alpha, beta } = gtoBasis(options);
    const expected = new Float64Array(nMax * (lMax + 1) ** 2);
    // Smooth integrands: 80 nodes in r and 24 in cos θ and φ leave less than rounding; beyond r = 12 all is below 1e-12.
    for (const { node: r, weight: radialWeight } of gaussLegendre(80, 0, 12)) {
      for (const { node: cos, weight: polarWeight } of gaussLegendre(24, -1, 1)) {
        for (let k = 0; k < 24; k++) {
          const phi = (2 * Math.PI * k) / 24;
          const rho = r * Math.sqrt(1 - cos * cos);
          const weight = ((radialWeight * polarWeight * 2 * Math.PI) / 24) * r * r;
          const mass = weight * density(rho * Math.cos(phi), rho * Math.sin(phi), r * cos);
          for (let l = 0; l <= lMax; l++) {
            for (let m = -l; m <= l; m++) {
              const complex = sphericalHarmonic(l, Math.abs(m), Math.acos(cos), phi);
              const sign = m === 0 ? 1 : Math.SQRT2 * (-1) ** m;
              const harmonic = sign * (m < 0 ? complex.im : complex.re);
              for (let n = 0; n < nMax; n++) {
                for (let b = 0; b < nMax; b++) {
                  expected[nMax * l * l + n * (2 * l + 1) + l + m]! +=
                    mass *
                    harmonic *
                    beta[(l * nMax + n) * nMax + b]! *
                    r ** l *
                    Math.exp(-alpha[l * nMax + b]! * r * r);
                }
              }
            }
          }
        }
      }
    }
    const expansion = new SphericalExpansion(options);
    expansion.expand(Float64Array.from(points.flat()), 0, 0, 0);
    for (const [i, value] of expected.entries()) {
      // The quadrature's rounding, on coefficients of order 1.
      expect(Math.abs(expansion.coefficients[i]! - value)).toBeLessThan(1e-11);
    }
  });

  it('sums more points than fit one block', () => {
    const expansion = new SphericalExpansion({ rCut: 5, nMax: 3, lMax: 2, sigma: 1 });
    const point = [1, 2, -1];
    expansion.expand(Float64Array.from(point), 0, 0, 0);
    const once = expansion.coefficients.slice();
    for (const copies of [127, 128, 129, 300]) {
      expansion.expand(
        Float64Array.from({ length: 3 * copies }, (_, i) => point[i % 3]!),
        0,
        0,
        0,
      );
      for (const [i, value] of once.entries()) {
        // Some hundred additions.
        expect(Math.abs(expansion.coefficients[i]! - copies * value)).toBeLessThan(1e-12 * copies);
      }
    }
  });
});
