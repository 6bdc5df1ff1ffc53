import { expect, it } from 'vitest';
import { cosine } from '#dist/soap/radial/cosine.js';

/** cos x to 1e-20 or so, by its series in integers: x is a float64 below 64. */
function slowCosine(x: number): number {
  const bits = 200n;
  const scaled = BigInt(x * 2 ** 46) << (bits - 46n);
  let [sum, term] = [0n, 1n << bits];
  for (let k = 1n; term !== 0n; k += 2n) {
    sum += term;
    term = -((((term * scaled) >> bits) * scaled) >> bits) / (k * (k + 1n));
    if (term === -1n) term = 0n;
  }
  return Number(sum) / 2 ** 200;
}

it('is off by less than a unit in the last place', () => {
  for (let i = 0; i < 2000; i++) {
    const x = Math.round(i * 0.0137 * 2 ** 40) / 2 ** 40;
    const expected = slowCosine(x);
    expect(Math.abs(cosine(x) - expected), `cos ${x}`).toBeLessThanOrEqual(2 ** -52 * Math.abs(expected));
  }
});

it('is exact at 0, and small where a quarter turn is met as nearly as float64 can', () => {
  expect(cosine(0)).toBe(1);
  expect(cosine(Math.PI)).toBe(-1);
  expect(cosine(Math.PI / 2)).toBe(6.123233995736766e-17);
});

it('has the bits of fdlibm, which are those of Math.cos in Node 20 to 24', () => {
  const values = Float64Array.from({ length: 5000 }, (_, i) => cosine(i / 213));
  let hash = 0xcbf29ce484222325n;
  for (const word of new BigUint64Array(values.buffer)) hash = BigInt.asUintN(64, (hash ^ word) * 0x100000001b3n);
  expect(hash.toString(16)).toBe('788ac43565e1f777');
});
