/** Which draws a generator is for: each purpose has its own stream, so that one never shifts another. */
export const randomStreams = { split: 1, weights: 2, shuffle: 3, dropout: 4 } as const;

/**
 * The stream of a purpose in one epoch (from 1). Each epoch draws anew, so that its numbers do not depend on how the epochs
 * before were run: a training that goes on where another stopped needs no state of a generator.
 */
export function epochStream(purpose: keyof typeof randomStreams, epoch: number): number {
  return randomStreams[purpose] + 8 * epoch;
}

/**
 * A small fast seeded generator for work that is sequential anyway: weights, shuffles, dropout. Same seed and stream,
 * same numbers.
 *
 * @see Chris Doty-Humphrey, sfc32 of PractRand 0.95
 */
export class SequentialRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed an integer from 0 to 2^53 - 1 */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = (seed / 2 ** 32) | 0;
    this.#c = stream | 0;
    for (let round = 0; round < 15; round++) this.uint32();
  }

  /** An integer from 0 to 2^32 - 1. */
  uint32(): number {
    const value = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + value) | 0;
    return value >>> 0;
  }

  /** A number strictly between 0 and 1, in steps of 2^-32. */
  uniform(): number {
    return (this.uint32() + 0.5) * 2 ** -32;
  }

  /** Puts the values in random order, in place (Fisher and Yates; the bias of one exchange is below length / 2^32). */
  shuffle(values: Uint32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = Math.floor(this.uniform() * (i + 1));
      const value = values[i]!;
      values[i] = values[j]!;
      values[j] = value;
    }
  }
}
