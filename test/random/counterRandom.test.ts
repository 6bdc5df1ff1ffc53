import { describe, expect, it } from 'vitest';
import { counterRandom, openUniform } from '#dist/random/counterRandom.js';
import { normalQuantile } from '#dist/random/normalQuantile.js';
import { type RandomDomain, randomDomains } from '#dist/random/randomDomain.js';
import { uniformReference } from './reference.js';

const SAFE = Number.MAX_SAFE_INTEGER;
const WORD = 2 ** 32 - 1;

describe('counterRandom', () => {
  it('draws from Philox in the documented layout, at the ends of every range too', () => {
    for (const seed of [0, 1, 42, 2 ** 32, SAFE]) {
      for (const domain of ['noise', 'sampling'] as const) {
        const random = counterRandom(seed, domain);
        for (const i of [0, 5, 2 ** 31, 2 ** 32, SAFE]) {
          for (const j of [0, 7, WORD]) {
            for (const k of [0, 1, 2, WORD]) {
              expect(random.uniform(i, j, k)).toBe(uniformReference(seed, randomDomains[domain], i, j, k));
            }
          }
        }
      }
    }
  });

  it('keeps its numbers from version to version', () => {
    const random = counterRandom(2024, 'noise');
    expect([random.uniform(3, 1), random.uniform(3, 1, 1), random.normal(3, 1, 2)]).toEqual([
      0.9730697085089784, 0.7510197671478437, 0.29540436532250947,
    ]);
  });

  it('gives the same numbers in any order', () => {
    const indices = Array.from({ length: 300 }, (_, n) => [n % 5, n % 7, n % 11] as const);
    const forwards = counterRandom(1, 'noise');
    const values = indices.map(([i, j, k]) => forwards.normal(i, j, k));
    const backwards = counterRandom(1, 'noise');
    backwards.uniform(9, 9, 9);
    expect(
      indices
        .toReversed()
        .map(([i, j, k]) => backwards.normal(i, j, k))
        .toReversed(),
    ).toEqual(values);
  });

  it('takes k as 0 where it is left out', () => {
    const random = counterRandom(3, 'sampling');
    expect(random.uniform(4, 5)).toBe(random.uniform(4, 5, 0));
    expect(random.normal(4, 5)).toBe(random.normal(4, 5, 0));
  });

  it('makes a normal of the uniform at the same indices', () => {
    const random = counterRandom(3, 'noise');
    for (let k = 0; k < 100; k++) expect(random.normal(4, 5, k)).toBe(normalQuantile(random.uniform(4, 5, k)));
  });

  it('writes the normals of three axes where it is told to, and nowhere else', () => {
    const random = counterRandom(3, 'noise');
    const out = new Float64Array(5).fill(9);
    random.normal3(6, 7, out, 1);
    expect([...out]).toEqual([9, random.normal(6, 7, 0), random.normal(6, 7, 1), random.normal(6, 7, 2), 9]);
  });

  it('reaches neither end of (0, 1)', () => {
    expect(openUniform(0, 0)).toBe(2 ** -53);
    expect(openUniform(WORD, WORD)).toBe(1 - 2 ** -53);
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, Infinity])('rejects the seed %d', (seed) => {
    expect(() => counterRandom(seed, 'noise')).toThrow(
      new RangeError(`seed: expected a non-negative safe integer, got ${seed}`),
    );
  });

  it('rejects indices out of range rather than wrapping them', () => {
    const random = counterRandom(1, 'noise');
    expect(() => random.uniform(-1, 0)).toThrow(new RangeError('i: expected a non-negative safe integer, got -1'));
    expect(() => random.uniform(0, 2 ** 32)).toThrow(
      new RangeError('j: expected an integer from 0 to 2^32 - 1, got 4294967296'),
    );
    expect(() => random.normal(0, 0, 0.5)).toThrow(
      new RangeError('k: expected an integer from 0 to 2^32 - 1, got 0.5'),
    );
  });
});

/**
 * Seeds are fixed, so these tests either always pass or always fail. Bounds are 5 standard errors: a generator that is truly
 * random would miss one with a chance of 6e-7.
 */
describe('the numbers of counterRandom', () => {
  const n = 400_000;

  function sample(
    kind: 'uniform' | 'normal',
    seed: number,
    domain: RandomDomain,
    shift: readonly [number, number, number] = [0, 0, 0],
  ): Float64Array {
    const random = counterRandom(seed, domain);
    const [i, j, k] = shift;
    return Float64Array.from({ length: n }, (_, m) => random[kind](Math.floor(m / 256) + i, (m % 256) + j, k));
  }

  it('are uniform', () => {
    const bins = new Float64Array(100);
    for (const u of sample('uniform', 1, 'sampling')) bins[Math.floor(100 * u)]! += 1;
    const expected = n / 100;
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 99 degrees of freedom: mean 99, variance 198.
    expect(Math.abs(chiSquare - 99)).toBeLessThan(5 * Math.sqrt(198));
  });

  it('have the moments of the normal distribution', () => {
    const values = sample('normal', 2, 'noise');
    const moment = (order: number): number => values.reduce((sum, x) => sum + x ** order, 0) / n;
    // The variance of x^p is E x^2p − (E x^p)²: 1, 3 − 1, 15, 105 − 9.
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
  });

  it('reach into the tails as often as they should', () => {
    const beyond3 = sample('normal', 3, 'noise').filter((x) => Math.abs(x) > 3).length;
    const expected = 0.0026997960632601866 * n; // P(|x| > 3)
    expect(Math.abs(beyond3 - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  it.each([
    ['the next image', 4, 'noise', [1, 0, 0]],
    ['the next point', 4, 'noise', [0, 1, 0]],
    ['the next axis, of the same block', 4, 'noise', [0, 0, 1]],
    ['the axis after that', 4, 'noise', [0, 0, 2]],
    ['the next seed', 5, 'noise', [0, 0, 0]],
    ['another domain', 4, 'sampling', [0, 0, 0]],
  ] as const)('are uncorrelated with those of %s', (_, seed, domain, shift) => {
    const a = sample('normal', 4, 'noise');
    const b = sample('normal', seed, domain, shift);
    const correlation = a.reduce((sum, x, m) => sum + x * b[m]!, 0) / n;
    expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(n));
  });
});
