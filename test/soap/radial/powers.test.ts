import { describe, expect, it } from 'vitest';
import { power, root, threeHalves } from '#dist/soap/radial/powers.js';

/** The nearest float64 to a natural number times 2^shift. */
const nearest = (value: bigint, shift: number): number => Number(value) * 2 ** shift;

describe('power', () => {
  it('is the nearest float64, whatever the engine makes of **', () => {
    for (let n = 0; n <= 20; n++) {
      for (let k = 0; k <= 1024; k++) {
        expect(power(k / 1024, n), `(${k}/1024)^${n}`).toBe(nearest(BigInt(k) ** BigInt(n), -10 * n));
      }
    }
  });
});

describe('threeHalves', () => {
  it('is the nearest float64', () => {
    for (let k = 1; k <= 2 ** 17; k += 97) expect(threeHalves(k ** 2)).toBe(power(k, 3));
    for (let k = 2; k <= 1000; k++) {
      // Squares of the places half a unit beside it enclose x³, in integers.
      const result = threeHalves(k);
      const unit = 2 ** (Math.floor(Math.log2(result)) - 52);
      const twice = 2n * BigInt(result / unit);
      const cube = 4n * BigInt(k) ** 3n * BigInt(1 / unit) ** 2n;
      expect((twice - 1n) ** 2n <= cube && cube <= (twice + 1n) ** 2n, `${k}^(3/2)`).toBe(true);
    }
  });

  it.each([1e-200, 2.5e-170, 3e130, 1e200])('neither overflows nor loses digits at %d', (x) => {
    expect(Math.abs(threeHalves(x) / (Math.sqrt(x) * x) - 1)).toBeLessThan(2 ** -51);
  });
});

describe('root', () => {
  it('is exact where the power is', () => {
    for (let k = 1; k <= 100; k++) {
      expect(root(k ** 4, 4)).toBe(k);
      expect(root(k ** 7, 7)).toBe(k);
      expect(root(2 ** (k - 50), 1)).toBe(2 ** (k - 50));
      expect(root(2 ** (9 * (k - 50)), 9)).toBe(2 ** (k - 50));
    }
    expect(root(Infinity, 7)).toBe(Infinity);
  });

  it('does not depend on the last bits of the first estimate', () => {
    for (let i = 1; i < 1000; i++) {
      const x = i / 7e9;
      const found = root(x, 24);
      // Between the powers of its neighbours.
      expect(power(found * (1 - 2 ** -52), 24)).toBeLessThan(x);
      expect(power(found * (1 + 2 ** -52), 24)).toBeGreaterThan(x);
    }
  });
});
