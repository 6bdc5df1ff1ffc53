import { normalQuantile } from './normalQuantile.js';
import { philox4x32 } from './philox.js';
import { randomDomains, type RandomDomain } from './randomDomain.js';

const TWO_32 = 2 ** 32;
const TWO_MINUS_52 = 2 ** -52;
/** A seed has 53 bits; the remaining 11 of the key hold the domain. */
const DOMAIN_SHIFT = 21;

/**
 * Random numbers as a function of (seed, domain, i, j, k), not of the order in which they are asked for: batch size, number of
 * workers and resumption change nothing, and neither does the machine.
 *
 * i is a non-negative safe integer, j and k are integers from 0 to 2³² − 1; RangeError otherwise. `uniform` and `normal` at the
 * same indices are made of the same bits: a use that needs both takes two domains.
 */
export interface CounterRandom {
  /** Uniform in the open interval (0, 1): 52 random bits, an odd multiple of 2⁻⁵³. */
  uniform(i: number, j: number, k?: number): number;
  /** Standard normal: the distribution's inverse at `uniform(i, j, k)`, hence within ±8.21. */
  normal(i: number, j: number, k?: number): number;
  /** Writes `normal(i, j, 0)`, `normal(i, j, 1)`, `normal(i, j, 2)` to `out` from `offset` on, for the price of two. */
  normal3(i: number, j: number, out: Float32Array | Float64Array, offset?: number): void;
}

/**
 * The numbers of one seed for one use. Philox4x32-10 under the key (seed, domain) turns the counter (j, ⌊k/2⌋, i) into 128 bits,
 * of which even k takes the first half and odd k the second.
 *
 * @param seed a non-negative safe integer
 * @throws RangeError for any other seed
 */
export function counterRandom(seed: number, domain: RandomDomain): CounterRandom {
  if (!isIndex(seed)) throw new RangeError(`seed: expected a non-negative safe integer, got ${seed}`);
  const key0 = seed | 0;
  const key1 = (randomDomains[domain] << DOMAIN_SHIFT) | Math.floor(seed / TWO_32);
  const words = new Uint32Array(4);

  function scramble(i: number, j: number, block: number): void {
    if (!isIndex(i)) throw new RangeError(`i: expected a non-negative safe integer, got ${i}`);
    checkWord('j', j);
    philox4x32(j, block, i | 0, Math.floor(i / TWO_32), key0, key1, words);
  }

  function half(index: number): number {
    return openUniform(words[2 * index]!, words[2 * index + 1]!);
  }

  function uniform(i: number, j: number, k = 0): number {
    checkWord('k', k);
    scramble(i, j, k >>> 1);
    return half(k & 1);
  }

  return {
    uniform,
    normal: (i, j, k) => normalQuantile(uniform(i, j, k)),
    normal3(i, j, out, offset = 0) {
      scramble(i, j, 0);
      out[offset] = normalQuantile(half(0));
      out[offset + 1] = normalQuantile(half(1));
      scramble(i, j, 1);
      out[offset + 2] = normalQuantile(half(0));
    },
  };
}

/** 64 random bits, as two unsigned words, to (0, 1): the upper 52 bits and a half, so that neither end is reached. */
export function openUniform(high: number, low: number): number {
  return (high * 0x100000 + (low >>> 12) + 0.5) * TWO_MINUS_52;
}

function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function checkWord(name: string, value: number): void {
  if (value >>> 0 !== value) throw new RangeError(`${name}: expected an integer from 0 to 2^32 - 1, got ${value}`);
}
