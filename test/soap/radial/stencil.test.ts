import { describe, expect, it } from 'vitest';
import { lagrangeWeights, polynomialWeights, REACH, STENCIL } from '#dist/soap/radial/stencil.js';

/** Σ_i weights_i f(node_i) with the nodes 1 - REACH to REACH. */
function apply(weights: Float64Array, f: (x: number) => number): number {
  return weights.reduce((sum, weight, i) => sum + weight * f(i + 1 - REACH), 0);
}

/** Σ_k coefficients_k t^k. */
function evaluate(coefficients: readonly number[], t: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
}

describe('lagrangeWeights', () => {
  it('picks a node at a node', () => {
    expect(lagrangeWeights(0).every((weight, i) => weight === (i === REACH - 1 ? 1 : 0))).toBe(true);
    expect(lagrangeWeights(1).every((weight, i) => weight === (i === REACH ? 1 : 0))).toBe(true);
  });

  it('is exact for polynomials of degree 23', () => {
    for (const point of [-0.5, 0.25, 0.5, 0.9, 1.4]) {
      for (let power = 0; power < STENCIL; power++) {
        // In units of the outermost node; weights there are below 1e-3, and those in the middle below 1.
        const value = apply(lagrangeWeights(point), (x) => (x / REACH) ** power);
        expect(Math.abs(value - (point / REACH) ** power)).toBeLessThan(3e-15);
      }
    }
  });

  it('interpolates a Gaussian as well as its doc says: 3000 (spacing/s)^24', () => {
    const error = (s: number) => {
      const f = (x: number) => Math.exp(-((x - 0.5) ** 2) / (2 * s * s));
      return Math.abs(apply(lagrangeWeights(0.5), f) - 1);
    };
    for (const s of [3, 3.5, 4]) {
      expect(error(s)).toBeLessThan(3000 * s ** -24);
      expect(error(s)).toBeGreaterThan(300 * s ** -24);
    }
  });
});

describe('polynomialWeights', () => {
  const coefficients = (degree: number, start: number, width: number, f: (x: number) => number) => {
    const weights = polynomialWeights(degree)(start, width);
    return Array.from({ length: degree + 1 }, (_, k) => apply(weights.subarray(k * STENCIL, (k + 1) * STENCIL), f));
  };

  it('gives back a polynomial of its degree', () => {
    for (const degree of [0, 1, 3, 5, 7]) {
      for (let power = 0; power <= degree; power++) {
        const f = (x: number) => (x / REACH) ** power; // at most 1 at the nodes
        const actual = coefficients(degree, 0.25, 0.5, f);
        for (const t of [0, 0.2, 0.7, 1]) {
          // Roundings of values and of weights up to 1, some for each of the Chebyshev coefficients.
          expect(Math.abs(evaluate(actual, t) - f(0.25 + 0.5 * t))).toBeLessThan(1e-14);
        }
      }
    }
  });

  it.each([
    [3, 0, 1],
    [5, 0.25, 0.5],
    [7, -0.4, 1.8],
  ])('of degree %i is off by 2 f^(d+1)/(d+1)! (width/4)^(d+1) at most on [%d, +%d]', (degree, start, width) => {
    const s = 8;
    const f = (x: number) => Math.sin(x / s);
    const actual = coefficients(degree, start, width, f);
    let factorial = 1;
    for (let k = 2; k <= degree + 1; k++) factorial *= k;
    const bound = (2 * (width / 4 / s) ** (degree + 1)) / factorial;
    let worst = 0;
    for (let i = 0; i <= 100; i++) {
      const t = i / 100;
      worst = Math.max(worst, Math.abs(evaluate(actual, t) - f(start + t * width)));
    }
    expect(worst).toBeLessThan(bound + 1e-15); // and some roundings of values below 1
  });

  it('leaves a constant to its roundings', () => {
    // Chebyshev coefficients first: powers fitted one by one would be off by a thousand roundings.
    const actual = coefficients(7, 0, 1, () => 1);
    for (const t of [0, 0.3, 0.99]) {
      expect(Math.abs(evaluate(actual, t) - 1)).toBeLessThan(1e-14);
    }
  });

  it('is exact at the start where asked, at no great cost elsewhere', () => {
    const f = (x: number) => Math.cos(x / 8) + x;
    const worst = (isExactAtStart: boolean) => {
      const weights = polynomialWeights(7, isExactAtStart)(0, 1.5);
      const actual = Array.from({ length: 8 }, (_, k) => apply(weights.subarray(k * STENCIL, (k + 1) * STENCIL), f));
      if (isExactAtStart) expect(actual[0]).toBe(f(0));
      return Math.max(
        ...Array.from({ length: 101 }, (_, i) => Math.abs(evaluate(actual, i / 100) - f((1.5 * i) / 100))),
      );
    };
    // The interval is stretched by 1%, and the error goes as its eighth power: 1.08; and some roundings.
    expect(worst(true)).toBeLessThan(1.1 * worst(false) + 1e-14);
  });
});
