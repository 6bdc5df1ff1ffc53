import { describe, expect, it } from 'vitest';
import { counterRandom } from '#dist/random/counterRandom.js';
import { WeightedReservoir } from '#dist/stats/reservoir.js';

interface Row {
  readonly image: number;
  readonly center: number;
  readonly weight: number;
}

/** Images of 1 to 20 descriptors with weight 1/N_k each. */
const population: Row[] = Array.from({ length: 200 }, (_, image) => image).flatMap((image) => {
  const centers = 1 + ((image * 7) % 20);
  return Array.from({ length: centers }, (_, center) => ({ image, center, weight: 1 / centers }));
});

const byId = (a: Pick<Row, 'image' | 'center'>, b: Pick<Row, 'image' | 'center'>): number =>
  a.image - b.image || a.center - b.center;
const name = ({ image, center }: Pick<Row, 'image' | 'center'>): string => `${image}/${center}`;

const weighted = (rows: readonly Row[], weight: (row: Row) => number): Row[] =>
  rows.map((row) => ({ image: row.image, center: row.center, weight: weight(row) }));

/** Sorts all keys. */
function sampleReference(rows: readonly Row[], size: number, seed: number): string[] {
  const random = counterRandom(seed, 'sampling');
  return rows
    .map((row) => ({ row, key: Math.log(random.uniform(row.image, row.center)) / row.weight }))
    .toSorted((a, b) => b.key - a.key)
    .map(({ row }) => row)
    .slice(0, size)
    .toSorted(byId)
    .map(name);
}

/** A reservoir and the rows that its slots stand for, as an operator would keep them. */
class Kept {
  readonly reservoir: WeightedReservoir;
  readonly slots: string[] = [];

  constructor(size: number, seed: number, rows: readonly Row[] = []) {
    this.reservoir = new WeightedReservoir(size, seed);
    for (const row of rows) this.offer(row);
  }

  offer(row: Row): void {
    const slot = this.reservoir.offer(row.image, row.center, row.weight);
    if (slot >= 0) this.slots[slot] = name(row);
  }

  merge(other: Kept): void {
    this.reservoir.merge(other.reservoir, (from, to) => {
      this.slots[to] = other.slots[from]!;
    });
  }

  /** The stored rows in the order of the ids, which must be theirs. */
  rows(): string[] {
    return [...this.reservoir].map((entry) => {
      expect(this.slots[entry.slot]).toBe(name(entry));
      return name(entry);
    });
  }
}

function shuffled(rows: readonly Row[], seed: number): Row[] {
  const random = counterRandom(seed, 'noise');
  return rows
    .map((row) => ({ row, key: random.uniform(row.image, row.center) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ row }) => row);
}

describe('WeightedReservoir', () => {
  it.each([1, 2, 16, 17, 300, population.length - 1])('keeps the %i rows with the largest keys', (size) => {
    expect(new Kept(size, 5, population).rows()).toEqual(sampleReference(population, size, 5));
  });

  it('keeps the same rows in whatever order they are offered', () => {
    const expected = new Kept(150, 9, population).rows();
    expect(new Kept(150, 9, population.toReversed()).rows()).toEqual(expected);
    for (let seed = 0; seed < 20; seed++) expect(new Kept(150, 9, shuffled(population, seed)).rows()).toEqual(expected);
  });

  it('merges the samples of any parts into that of the whole', () => {
    const expected = new Kept(150, 9, population).rows();
    for (const parts of [2, 3, 10]) {
      const samples = Array.from({ length: parts }, () => new Kept(150, 9));
      for (const [at, row] of shuffled(population, parts).entries()) samples[(at * at) % parts]!.offer(row);
      const [merged, ...others] = samples.toReversed();
      for (const other of others) merged!.merge(other);
      expect(merged!.rows()).toEqual(expected);
    }
  });

  it('goes on after a merge', () => {
    const [early, middle, late] = [population.slice(0, 500), population.slice(500, 900), population.slice(900)];
    const kept = new Kept(150, 9, early);
    kept.merge(new Kept(150, 9, middle));
    for (const row of late) kept.offer(row);
    expect(kept.rows()).toEqual(new Kept(150, 9, population).rows());
  });

  it('keeps everything if there is no more than its size', () => {
    const everything = population.map(name);
    expect(new Kept(population.length, 1, shuffled(population, 1)).rows()).toEqual(everything);
    const roomy = new Kept(2 ** 32 - 1, 1, population);
    expect(roomy.rows()).toEqual(everything);
    expect(roomy.reservoir.count).toBe(population.length);
  });

  it('hands out slots 0 … size − 1, and −1 for what it does not keep', () => {
    const reservoir = new WeightedReservoir(10, 3);
    const slots = population.map(({ image, center, weight }) => reservoir.offer(image, center, weight));
    expect(slots.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(slots)).toEqual(new Set([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect([...reservoir].map(({ slot }) => slot).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('draws other samples for other seeds, and nested samples for growing sizes', () => {
    const small = new Kept(50, 1, population).rows();
    const large = new Set(new Kept(100, 1, population).rows());
    expect(small.every((row) => large.has(row))).toBe(true);
    expect(new Kept(50, 2, population).rows()).not.toEqual(small);
  });

  it('depends on the ratios of weights alone', () => {
    // A power of two changes no digit of a key.
    const scaled = weighted(population, ({ weight }) => 1024 * weight);
    expect(new Kept(50, 1, scaled).rows()).toEqual(new Kept(50, 1, population).rows());
  });

  it('decides ties by the smaller image, then the smaller center', () => {
    // Weights so small that every key is −Infinity.
    const tied = weighted(population, () => 5e-324);
    const expected = population.slice(0, 30).map(name);
    for (let seed = 0; seed < 5; seed++) expect(new Kept(30, 1, shuffled(tied, seed)).rows()).toEqual(expected);
  });

  it('tells images apart beyond 32 bits', () => {
    const far = population.map(({ image, center, weight }) => ({ image: image + 2 ** 52, center, weight }));
    expect(new Kept(50, 1, far).rows()).toEqual(sampleReference(far, 50, 1));
  });

  it.each([1e-300, 1e300])('decides rightly where weights are of order %d', (factor) => {
    const rows = weighted(population, ({ weight }) => factor * weight);
    expect(new Kept(99, 4, rows).rows()).toEqual(sampleReference(rows, 99, 4));
  });

  it.each([0, -1, Infinity, Number.NaN])('rejects the weight %d', (weight) => {
    expect(() => new WeightedReservoir(1, 1).offer(0, 0, weight)).toThrow(
      new RangeError(`weight: expected a finite number > 0, got ${weight}`),
    );
  });

  it('rejects sizes and seeds that are none, and merges of unlike reservoirs', () => {
    for (const size of [0, 1.5, 2 ** 32, Number.NaN]) {
      expect(() => new WeightedReservoir(size, 1)).toThrow(
        new RangeError(`size: expected an integer from 1 to 2^32 - 1 (rows), got ${size}`),
      );
    }
    expect(() => new WeightedReservoir(1, -1)).toThrow(
      new RangeError('seed: expected a non-negative safe integer, got -1'),
    );
    expect(() => new Kept(1, 1).merge(new Kept(2, 3))).toThrow(
      new RangeError('merge: expected a reservoir of size 1 and seed 1, got size 2 and seed 3'),
    );
  });
});

/** P(kept) by drawing one after the other, each with a chance in proportion to its weight among those that are left. */
function inclusionReference(weights: readonly number[], size: number): number[] {
  const inclusion = weights.map(() => 0);
  const draw = (left: ReadonlySet<number>, chance: number, drawn: number): void => {
    if (drawn === size) return;
    const total = [...left].reduce((sum, at) => sum + weights[at]!, 0);
    for (const at of left) {
      const next = (chance * weights[at]!) / total;
      inclusion[at]! += next;
      draw(new Set([...left].filter((other) => other !== at)), next, drawn + 1);
    }
  };
  draw(new Set(weights.keys()), 1, 0);
  return inclusion;
}

/** Seeds are fixed: these tests always pass or always fail. Bounds are such that true randomness misses them once in 10⁶. */
describe('the sample of a WeightedReservoir', () => {
  /** Images of 1, 2 and 3 descriptors. */
  const small = [1, 2, 3].flatMap((centers, image) =>
    Array.from({ length: centers }, (_, center) => ({ image, center, weight: 1 / centers })),
  );
  const trials = 20_000;

  function countKept(rows: readonly Row[], size: number): number[] {
    const counts = new Map(rows.map((row) => [name(row), 0]));
    for (let seed = 0; seed < trials; seed++) {
      const reservoir = new WeightedReservoir(size, seed);
      for (const { image, center, weight } of rows) reservoir.offer(image, center, weight);
      for (const entry of reservoir) counts.set(name(entry), counts.get(name(entry))! + 1);
    }
    return [...counts.values()];
  }

  it('of size 1 is a draw of algorithm 3: an image uniformly, then one of its descriptors uniformly', () => {
    const expected = [1, 2, 3].flatMap((centers) => Array.from({ length: centers }, () => trials / 3 / centers));
    const chiSquare = countKept(small, 1).reduce(
      (sum, count, at) => sum + (count - expected[at]!) ** 2 / expected[at]!,
      0,
    );
    // 5 degrees of freedom: P(χ² > 35.9) = 1e-6.
    expect(chiSquare).toBeLessThan(35.9);
  });

  it.each([2, 3, 5])('of size %i is that of successive draws without replacement', (size) => {
    const expected = inclusionReference(
      small.map(({ weight }) => weight),
      size,
    );
    for (const [at, count] of countKept(small, size).entries()) {
      const p = expected[at]!;
      // Binomial: 5 standard deviations are 6e-7.
      expect(Math.abs(count - trials * p)).toBeLessThan(5 * Math.sqrt(trials * p * (1 - p)));
    }
  });

  it('takes each descriptor alike where weights are equal', () => {
    const equal = weighted(small, () => 1);
    for (const count of countKept(equal, 2)) {
      expect(Math.abs(count - trials / 3)).toBeLessThan(5 * Math.sqrt((trials * 2) / 9));
    }
  });
});
