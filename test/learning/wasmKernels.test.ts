import { describe, expect, it } from 'vitest';
import { SequentialRandom } from '#dist/learning/random.js';
import { instantiate, type WasmKernels, type WasmVariant } from '#dist/learning/wasmKernels.js';

const transpositions = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;
const variants = (['wasm', 'wasmRelaxed'] as const).filter(
  (variant) => instantiate(variant, new WebAssembly.Memory({ initial: 1 })) !== undefined,
);

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly terms: number;
}

it('runs with and without relaxed SIMD', () => {
  expect(variants).toEqual(['wasm', 'wasmRelaxed']);
});

describe.each(variants)('products by %s', (variant) => {
  // Tiles, blocks and terms that are whole, one short, one too many; several blocks of rows, columns and terms.
  const shapes: Shape[] = [
    { rows: 1, columns: 1, terms: 1 },
    { rows: 4, columns: 8, terms: 4 },
    { rows: 5, columns: 9, terms: 5 },
    { rows: 3, columns: 7, terms: 3 },
    { rows: 1, columns: 300, terms: 20 },
    { rows: 300, columns: 1, terms: 20 },
    { rows: 33, columns: 10, terms: 256 },
    { rows: 129, columns: 12, terms: 384 },
    { rows: 127, columns: 513, terms: 12 },
    { rows: 6, columns: 11, terms: 385 },
    { rows: 131, columns: 519, terms: 775 },
    ...randomShapes(40),
  ];

  it.each(transpositions)('equal sums in float64 (transposed %s, %s)', (isTransposedA, isTransposedB) => {
    const operands = new Operands(variant);
    for (const [i, shape] of shapes.entries()) {
      const hasBias = i % 2 === 0;
      const isRectified = i % 3 === 0;
      operands.randomize(shape, i);
      const { sums, magnitudes } = operands.reference(shape, isTransposedA, isTransposedB, hasBias, isRectified);
      const product = operands.product(shape, isTransposedA, isTransposedB, hasBias, isRectified);
      // Each of n additions and multiplications rounds by half a unit of 2^-23 of what there is so far, at most the sum of the
      // magnitudes; sums are taken in blocks of up to 384 terms. Roundings that add up all one way do not occur in practice.
      const unit = 2 ** -24 * (Math.min(shape.terms, 384) + Math.ceil(shape.terms / 384) + 2);
      for (const [j, sum] of sums.entries()) {
        const error = Math.abs(product[j]! - sum);
        if (!(error <= unit * magnitudes[j]!))
          expect({ shape, j, value: product[j] }).toEqual({ shape, j, value: sum });
      }
    }
  });

  it('are the bias, or 0, where there are no terms', () => {
    const operands = new Operands(variant);
    const shape = { rows: 5, columns: 9, terms: 0 };
    operands.randomize(shape, 1);
    expect([...operands.product(shape, false, false, false, false)]).toEqual(Array.from({ length: 45 }, () => 0));
    const expected = operands.reference(shape, false, false, true, true).sums;
    expect([...operands.product(shape, false, false, true, true)]).toEqual(expected);
  });

  it.each([
    { rows: 0, columns: 9, terms: 5 },
    { rows: 9, columns: 0, terms: 5 },
    { rows: 5, columns: 9, terms: 7 },
    { rows: 130, columns: 515, terms: 390 },
  ])('write nothing beyond $rows × $columns', (shape) => {
    const operands = new Operands(variant);
    operands.randomize(shape, 2);
    for (const [isTransposedA, isTransposedB] of transpositions) {
      operands.product(shape, isTransposedA, isTransposedB, true, true);
      expect(operands.beyond(shape).every(Number.isNaN)).toBe(true);
    }
  });

  it('give a row the same bytes whatever other rows there are, and wherever the memory is', () => {
    const shape = { rows: 137, columns: 30, terms: 400 };
    const operands = new Operands(variant);
    operands.randomize(shape, 3);
    const all = operands.product(shape, false, false, true, true).slice();
    for (const rows of [1, 3, 6, 128]) {
      const some = operands.product({ ...shape, rows }, false, false, true, true);
      expect(some).toEqual(all.subarray(0, rows * shape.columns));
    }
    const elsewhere = new Operands(variant, 4);
    elsewhere.randomize(shape, 3);
    expect(elsewhere.product(shape, false, false, true, true)).toEqual(all);
  });

  it('carry NaN and infinity to the rows and columns that they belong to', () => {
    const operands = new Operands(variant);
    const shape = { rows: 6, columns: 10, terms: 3 };
    operands.randomize(shape, 4);
    operands.a[3 * shape.terms + 1] = NaN;
    operands.b[1 * shape.columns + 9] = Infinity;
    const product = operands.product(shape, false, false, true, true);
    for (let row = 0; row < shape.rows; row++) {
      for (let column = 0; column < shape.columns; column++) {
        const value = product[row * shape.columns + column]!;
        if (row === 3) expect(value).toBeNaN();
        else if (column === 9) expect([0, Infinity]).toContain(value);
        else expect(value).toBeLessThan(Infinity);
      }
    }
  });
});

/** A memory with two operands, a bias and a product of up to 131 × 775 and 775 × 519, all of it NaN where nothing else is. */
class Operands {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly bias: Float32Array;
  readonly c: Float32Array;
  readonly #kernels: WasmKernels;

  constructor(variant: WasmVariant, offset = 0) {
    const memory = new WebAssembly.Memory({ initial: 100 });
    this.#kernels = instantiate(variant, memory)!;
    this.#kernels.useScratch(8 + offset);
    const begin = 64 + 4 * Math.ceil((offset + this.#kernels.scratchBytes()) / 4);
    new Float32Array(memory.buffer).fill(NaN);
    this.a = new Float32Array(memory.buffer, begin, 131 * 775);
    this.b = new Float32Array(memory.buffer, begin + this.a.byteLength, 519 * 775);
    this.bias = new Float32Array(memory.buffer, this.b.byteOffset + this.b.byteLength, 519);
    this.c = new Float32Array(memory.buffer, this.bias.byteOffset + this.bias.byteLength);
  }

  /** Numbers from -1 to 1. */
  randomize({ rows, columns, terms }: Shape, seed: number): void {
    const random = new SequentialRandom(seed, 0);
    for (const [values, count] of [
      [this.a, rows * terms],
      [this.b, terms * columns],
      [this.bias, columns],
    ] as const) {
      for (let i = 0; i < count; i++) values[i] = 2 * random.uniform() - 1;
    }
    this.c.fill(NaN);
  }

  product(
    { rows, columns, terms }: Shape,
    isTransposedA: boolean,
    isTransposedB: boolean,
    hasBias: boolean,
    isRectified: boolean,
  ): Float32Array {
    const bias = hasBias ? this.bias.byteOffset : 0;
    const [a, b, c] = [this.a, this.b, this.c].map(({ byteOffset }) => byteOffset) as [number, number, number];
    this.#kernels.multiply(a, b, bias, c, rows, columns, terms, isTransposedA, isTransposedB, isRectified);
    return this.c.subarray(0, rows * columns);
  }

  beyond({ rows, columns }: Shape): Float32Array {
    return this.c.subarray(rows * columns, rows * columns + 4096);
  }

  /** In float64, and the same of the numbers without their signs. */
  reference(
    { rows, columns, terms }: Shape,
    isTransposedA: boolean,
    isTransposedB: boolean,
    hasBias: boolean,
    isRectified: boolean,
  ): { sums: number[]; magnitudes: number[] } {
    const sums: number[] = [];
    const magnitudes: number[] = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = hasBias ? this.bias[column]! : 0;
        let magnitude = Math.abs(sum);
        for (let term = 0; term < terms; term++) {
          const left = this.a[isTransposedA ? term * rows + row : row * terms + term]!;
          const right = this.b[isTransposedB ? column * terms + term : term * columns + column]!;
          sum += left * right;
          magnitude += Math.abs(left * right);
        }
        sums.push(isRectified ? Math.max(0, sum) : sum);
        magnitudes.push(magnitude);
      }
    }
    return { sums, magnitudes };
  }
}

function randomShapes(count: number): Shape[] {
  const random = new SequentialRandom(5, 0);
  const upTo = (most: number): number => 1 + Math.floor(most * random.uniform());
  return Array.from({ length: count }, () => ({ rows: upTo(40), columns: upTo(40), terms: upTo(60) }));
}
