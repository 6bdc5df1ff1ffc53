import { describe, expect, it } from 'vitest';
import { type DenseVariant, instantiate } from '#dist/stats/dense/instantiate.js';
import type { DenseKernels } from '#dist/stats/dense/kernels.js';
import { transposed, Workspace } from '#dist/stats/dense/workspace.js';
import { finished } from '#dist/stats/steps.js';
import { largestDifference, randomMatrix } from '../matrices.js';
import { given } from './matrices.js';

const variants: readonly DenseVariant[] = ['plain', 'wasm', 'wasmRelaxed'];
const workspaceOf = (variant: DenseVariant): Workspace => new Workspace(instantiate(variant));

describe.each(variants)('%s', (variant) => {
  it.each([
    [1, 1, 1],
    [5, 7, 3],
    [3, 6, 256],
    [140, 541, 259],
    [13, 6, 513],
  ])('adds and subtracts products of %i × %i with %i terms, whatever is stored transposed', (rows, columns, terms) => {
    const [a, b] = [randomMatrix(rows, terms, 1), randomMatrix(terms, columns, 2)];
    const expected = Float64Array.from({ length: rows * columns }, (_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      let sum = 0;
      for (let t = 0; t < terms; t++) sum += a[i * terms + t]! * b[t * columns + j]!;
      return sum;
    });
    const turned = (values: Float64Array, width: number): Float64Array =>
      values.map((_, at) => {
        const height = values.length / width;
        return values[(at % height) * width + Math.floor(at / height)]!;
      });
    for (const isTurned of [false, true]) {
      for (const sign of [1, -1] as const) {
        const workspace = workspaceOf(variant);
        const left = isTurned ? transposed(given(workspace, terms, turned(a, terms))) : given(workspace, rows, a);
        const right = isTurned ? transposed(given(workspace, columns, turned(b, columns))) : given(workspace, terms, b);
        const product = given(workspace, rows, new Float64Array(rows * columns).fill(0.5));
        finished(workspace.addProduct(left, right, product, { sign }));
        // Sums of up to 513 terms of order 1, each rounded to 1.1e-16.
        const actual = workspace.valuesOf(product).map((x) => sign * (x - 0.5));
        expect(largestDifference(actual, expected)).toBeLessThan(1e-13);

        const upper = given(workspace, rows, new Float64Array(rows * columns).fill(0.5));
        finished(workspace.addProduct(left, right, upper, { sign, isUpper: true }));
        const whole = workspace.valuesOf(product);
        const isSame = workspace
          .valuesOf(upper)
          .every((x, at) => at % columns < Math.floor(at / columns) || x === whole[at]);
        expect(isSame).toBe(true);
      }
    }
  });

  it('gives an element of a product the same bytes whatever else is computed', () => {
    const workspace = workspaceOf(variant);
    const [a, b] = [given(workspace, 40, randomMatrix(40, 300, 3)), given(workspace, 300, randomMatrix(300, 30, 4))];
    const product = given(workspace, 40, new Float64Array(40 * 30));
    finished(workspace.addProduct(a, b, product));
    const one = given(workspace, 1, new Float64Array(1));
    const row = { ...a, at: a.at + 8 * 17 * 300, rows: 1 };
    finished(workspace.addProduct(row, { ...b, at: b.at + 8 * 23, columns: 1 }, one));
    expect(workspace.valuesOf(one)[0]).toBe(workspace.valuesOf(product)[17 * 30 + 23]);
  });

  it.each([1, 2, 9])('centers rows of %i columns, float32 or float64, and sums their distances', (columns) => {
    const rows = 11;
    const { kernels } = workspaceOf(variant);
    const values = randomMatrix(rows, columns, 5).map(Math.fround);
    const shift = randomMatrix(1, columns, 6);
    const expected = values.map((x, at) => x - shift[at % columns]!);
    for (const FloatArray of [Float32Array, Float64Array]) {
      const [from, by, to, sums] = [rows * columns, columns, rows * columns, columns].map((n) => kernels.reserve(n));
      new FloatArray(kernels.memory.buffer, from, values.length).set(values);
      numbers(kernels, by!, columns).set(shift);
      numbers(kernels, sums!, columns).fill(0);
      const is32 = FloatArray === Float32Array;
      kernels[is32 ? 'center32' : 'center64'](from!, by!, to!, rows, columns);
      kernels[is32 ? 'addDistances32' : 'addDistances64'](from!, by!, rows, columns, sums!);
      expect(numbers(kernels, to!, rows * columns)).toEqual(expected);
      const totals = Float64Array.from({ length: columns }, (_, c) =>
        expected.reduce((sum, x, at) => (at % columns === c ? sum + x : sum), 0),
      );
      // Eleven terms of order 1, added in another order.
      expect(largestDifference(numbers(kernels, sums!, columns), totals)).toBeLessThan(1e-14);
      const squares = expected.reduce((sum, x) => sum + x * x, 0);
      expect(kernels.sumSquares(to!, rows * columns) / squares).toBeCloseTo(1, 14);
    }
  });
});

function numbers(kernels: DenseKernels, at: number, count: number): Float64Array {
  return new Float64Array(kernels.memory.buffer, at, count);
}

it('says so when there is no more memory', () => {
  expect(() => new Workspace(instantiate('wasm')).reserve(2 ** 30)).toThrow(
    new RangeError('expected room for 1073741824 numbers more in 4 GiB of memory, found none'),
  );
});
