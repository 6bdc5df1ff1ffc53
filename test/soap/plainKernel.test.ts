import { describe, expect, it } from 'vitest';
import { gtoBasis, type SoapOptions } from '#dist/soap/index.js';
import { checkSoapOptions } from '#dist/soap/options.js';
import { PlainKernel } from '#dist/soap/plainKernel.js';
import { splitAxes } from '#dist/soap/points/pointIndex.js';
import { randomCloud, randomNumbers, rowError } from './clouds.js';
import { gaussLegendre, sphericalHarmonic } from './reference.js';

describe('PlainKernel', () => {
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
    const kernel = kernelOf(options, Float64Array.from(points.flat()));
    expand(kernel, 0, 3);
    for (let lm = 0; lm < (lMax + 1) ** 2; lm++) {
      const l = Math.floor(Math.sqrt(lm));
      for (let n = 0; n < nMax; n++) {
        const value = expected[nMax * l * l + n * (2 * l + 1) + (lm - l * l)]!;
        // The quadrature's rounding, on coefficients of order 1.
        expect(Math.abs(kernel.coefficients[lm * nMax + n]! - value)).toBeLessThan(1e-11);
      }
    }
  });

  const options = { rCut: 5, nMax: 5, lMax: 4, sigma: 1 };

  it('sums more points than fit one block', () => {
    const point = [1, 2, -1];
    const once = coefficientsOf(Float64Array.from(point));
    for (const copies of [63, 64, 65, 128, 300]) {
      const all = coefficientsOf(Float64Array.from({ length: 3 * copies }, (_, i) => point[i % 3]!));
      // Some hundred additions.
      expect(
        rowError(
          all,
          once.map((value) => copies * value),
        ),
      ).toBeLessThan(1e-13);
    }
  });

  it('adds: the coefficients of two clouds are the sum of theirs', () => {
    const random = randomNumbers(41);
    const points = randomCloud(random, 150, 5);
    const kernel = kernelOf(options, points);
    expand(kernel, 0, 60);
    const first = kernel.coefficients.slice();
    kernel.clear();
    expand(kernel, 60, 150);
    const second = kernel.coefficients.slice();
    kernel.clear();
    expand(kernel, 0, 150);
    const sum = first.map((value, i) => value + second[i]!);
    expect(rowError(kernel.coefficients, sum)).toBeLessThan(1e-14); // a rounding or two
    kernel.clear();
    expand(kernel, 60, 150);
    expand(kernel, 0, 60);
    expect(rowError(kernel.coefficients, sum)).toBeLessThan(1e-14);
  });

  it('goes through the ranges it is given and no others', () => {
    const points = randomCloud(randomNumbers(42), 100, 4);
    const kernel = kernelOf(options, points);
    kernel.expand(0, Uint32Array.of(10, 20, 50, 90, 0, 5), 2, 0, 0, 0);
    const expected = coefficientsOf(Float64Array.of(...points.subarray(30, 60), ...points.subarray(150, 270)));
    expect(kernel.coefficients).toEqual(expected);
  });

  it('keeps channels apart', () => {
    const points = randomCloud(randomNumbers(43), 40, 4);
    const kernel = kernelOf({ ...options, nSpecies: 3 }, points);
    kernel.expand(2, Uint32Array.of(0, 10), 1, 0, 0, 0);
    kernel.expand(0, Uint32Array.of(10, 40), 1, 0, 0, 0);
    const size = kernel.coefficients.length / 3;
    expect(kernel.coefficients.subarray(0, size)).toEqual(coefficientsOf(points.slice(30)));
    expect(kernel.coefficients.subarray(size, 2 * size)).toEqual(new Float64Array(size));
    expect(kernel.coefficients.subarray(2 * size)).toEqual(coefficientsOf(points.slice(0, 30)));
  });

  it('contracts to the place it is told, scaled, and leaves the rest', () => {
    const kernel = kernelOf({ ...options, nSpecies: 2, compression: 'mu1nu1' }, randomCloud(randomNumbers(44), 30, 4));
    kernel.expand(0, Uint32Array.of(0, 15), 1, 0, 0, 0);
    kernel.expand(1, Uint32Array.of(15, 30), 1, 0, 0, 0);
    const width = 2 * 25 * 5;
    const row = new Float64Array(width);
    kernel.contract(row, 0, 1);
    const out = new Float64Array(width + 7).fill(9);
    kernel.contract(out, 4, 0.25);
    expect(out.subarray(4, 4 + width)).toEqual(row.map((value) => value / 4));
    expect([...out.subarray(0, 4), ...out.subarray(4 + width)]).toEqual(Array(7).fill(9));
  });

  function coefficientsOf(points: Float64Array): Float64Array {
    const kernel = kernelOf(options, points);
    expand(kernel, 0, points.length / 3);
    return kernel.coefficients;
  }
});

function kernelOf(options: SoapOptions, points: Float64Array): PlainKernel {
  const kernel = new PlainKernel(checkSoapOptions(options));
  const { x, y, z } = splitAxes(points);
  kernel.setPoints(x, y, z);
  return kernel;
}

/** Adds the points start … end - 1, seen from the origin. */
function expand(kernel: PlainKernel, start: number, end: number): void {
  kernel.expand(0, Uint32Array.of(start, end), 1, 0, 0, 0);
}
