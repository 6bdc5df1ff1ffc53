import { describe, expect, it } from 'vitest';
import { epochStream, randomStreams, SequentialRandom } from '#dist/learning/random.js';

describe('SequentialRandom', () => {
  it('is sfc32, the state being seed, stream and a counter', () => {
    const seed = 2 ** 40 + 12345;
    const random = new SequentialRandom(seed, 7);
    const reference = sfc32(seed, 7);
    for (let i = 0; i < 100; i++) expect(random.uint32()).toBe(reference());
  });

  it('gives other numbers for another seed, low or high bits, and for another stream', () => {
    const first = [
      [0, 0],
      [1, 0],
      [2 ** 32, 0],
      [0, 1],
    ].map(([seed, stream]) => new SequentialRandom(seed!, stream!).uint32());
    expect(new Set(first).size).toBe(4);
  });

  it('gives uniform numbers in the open unit interval', () => {
    const random = new SequentialRandom(3, 0);
    const n = 100_000;
    const bins = new Float64Array(10);
    for (let i = 0; i < n; i++) bins[Math.floor(10 * random.uniform())]!++;
    // Standard deviation of a bin is √(n · 0.1 · 0.9) = 95; five of them.
    for (const count of bins) expect(Math.abs(count - n / 10)).toBeLessThan(475);
  });

  it('shuffles every value to every place alike', () => {
    const random = new SequentialRandom(4, 0);
    const counts = new Float64Array(16);
    for (let trial = 0; trial < 40_000; trial++) {
      const values = Uint32Array.of(0, 1, 2, 3);
      random.shuffle(values);
      for (const [place, value] of values.entries()) counts[4 * place + value]!++;
    }
    // Standard deviation √(40000 · 0.25 · 0.75) = 87; five of them. All 16 cells filled so means permutations too.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(433);
  });
});

describe('epochStream', () => {
  it('gives each purpose and epoch a stream of its own', () => {
    const purposes = Object.keys(randomStreams) as (keyof typeof randomStreams)[];
    const streams = purposes.flatMap((purpose) =>
      [1, 2, 3, 99_999, 100_000].map((epoch) => epochStream(purpose, epoch)),
    );
    const all = new Set([...streams, ...Object.values(randomStreams)]);
    expect(all.size).toBe(6 * purposes.length);
    expect(Math.max(...all)).toBeLessThan(2 ** 31);
  });
});

/** The published algorithm in unbounded integers. */
function sfc32(seed: number, stream: number): () => number {
  let [a, b, c, counter] = [word(BigInt(seed)), BigInt(seed) >> 32n, BigInt(stream), 1n];
  const next = (): number => {
    const value = word(a + b + counter++);
    a = b ^ (b >> 9n);
    b = word(c + (c << 3n));
    c = word(word((c << 21n) | (c >> 11n)) + value);
    return Number(value);
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

function word(x: bigint): bigint {
  return x & 0xffffffffn;
}
