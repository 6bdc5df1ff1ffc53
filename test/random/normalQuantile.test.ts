import { describe, expect, it } from 'vitest';
import { normalQuantile } from '#dist/random/normalQuantile.js';

/** Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/(3·5) + …), for moderate x ≥ 0. */
function normalDistribution(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 3; term > 1e-18 * sum; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}

describe('normalQuantile', () => {
  it.each([
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167814],
    [1e-20, -9.26234008979841],
  ])('gives the published value of AS 241 at %d', (p, expected) => {
    // 10⁻¹⁵ is the accuracy found against SciPy's ndtri over (0, 1); the published digits are rounded to as much.
    expect(Math.abs(normalQuantile(p) / expected - 1)).toBeLessThan(1e-15);
  });

  it('inverts the distribution function', () => {
    for (let n = 1; n < 5000; n++) {
      const p = 0.5 + n / 10_001;
      // Rounding of the series: some hundred terms below 1, 2.2e-16 at most in each of a few sums and products.
      expect(Math.abs(normalDistribution(normalQuantile(p)) - p)).toBeLessThan(2e-15);
    }
  });

  it('is exactly antisymmetric about one half', () => {
    expect(normalQuantile(0.5)).toBe(0);
    for (let n = 1; n < 4096; n++) expect(normalQuantile(1 - n / 8192)).toBe(-normalQuantile(n / 8192));
  });

  it('increases across the borders of its three approximations', () => {
    // √(−ln p) is 5 at e⁻²⁵ = 1.39e-11, and p is 0.075 at |p − ½| = 0.425.
    for (const border of [Math.exp(-25), 0.075]) {
      const around = Array.from({ length: 41 }, (_, n) => normalQuantile(border * (1 + (n - 20) * 1e-6)));
      expect(around).toEqual(around.toSorted((a, b) => a - b));
      expect(new Set(around).size).toBe(around.length);
    }
  });

  it('stays within ±8.21 at the ends of what is drawn', () => {
    expect(normalQuantile(2 ** -53)).toBeGreaterThan(-8.21);
    expect(normalQuantile(1 - 2 ** -53)).toBe(-normalQuantile(2 ** -53));
  });
});
