import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matProduct, type ProductOptions } from '#dist/learning/matProduct.js';
import { SequentialRandom } from '#dist/learning/random.js';
import { useEngine } from './engine.js';

const [rows, inner, columns] = [7, 100, 13];
const combinations = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

afterAll(() => useEngine('wasm'));

describe.each(['wasm', 'cpu'] as const)('the product on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  describe.each(combinations)('with transposeA %s, transposeB %s', (transposeA, transposeB) => {
    const a = randomMatrix(transposeA ? [inner, rows] : [rows, inner], 1);
    const b = randomMatrix(transposeB ? [columns, inner] : [inner, columns], 2);
    const sums = tripleLoop(a.values, transposeA, b.values, transposeB);

    it('equals a triple loop', () => {
      expectClose(product(a, b, { transposeA, transposeB }), sums);
    });

    it.each([false, true])('equals a triple loop with a bias, rectified %s', (isRectified) => {
      const bias = randomMatrix([1, columns], 3).values;
      const expected = sums.map((sum, i) => {
        const affine = sum + bias[i % columns]!;
        return isRectified ? Math.max(0, affine) : affine;
      });
      const found = tf.tidy(() =>
        matProduct(tensorOf(a), tensorOf(b), {
          transposeA,
          transposeB,
          bias: tf.tensor1d(bias),
          isRectified,
        }).dataSync(),
      );
      expectClose(found, expected);
    });

    it('keeps no memory', () => {
      const before = { ...tf.memory(), buffers: tf.backend().numDataIds() };
      product(a, b, { transposeA, transposeB });
      expect({ ...tf.memory(), buffers: tf.backend().numDataIds() }).toEqual(before);
    });
  });

  it.each([
    [
      [3, 0],
      [0, 4],
      [3, 4],
    ],
    [
      [0, 3],
      [3, 4],
      [0, 4],
    ],
    [
      [2, 3],
      [3, 0],
      [2, 0],
    ],
  ] as const)('of %j and %j is 0 of %j', (left, right, shape) => {
    tf.tidy(() => {
      const zeros = matProduct(tf.zeros([...left]), tf.zeros([...right]));
      expect(zeros.shape).toEqual(shape);
      expect(zeros.dataSync().every((x) => x === 0)).toBe(true);
    });
  });

  it('goes on when the memory of the engine has grown', () => {
    const [a, b] = [randomMatrix([rows, inner], 10), randomMatrix([inner, columns], 11)];
    const before = product(a, b);
    const filler = tf.zeros([16, 1024, 1024]); // 64 MB, four times what WebAssembly starts with
    const after = product(a, b);
    filler.dispose();
    expect(after).toEqual(before);
  });
});

interface Matrix {
  readonly values: Float32Array;
  readonly shape: [number, number];
}

function tensorOf({ values, shape }: Matrix): tf.Tensor {
  return tf.tensor2d(values, shape);
}

function product(a: Matrix, b: Matrix, options: ProductOptions = {}): ArrayLike<number> {
  return tf.tidy(() => matProduct(tensorOf(a), tensorOf(b), options).dataSync());
}

function randomMatrix(shape: [number, number], stream: number): Matrix {
  const random = new SequentialRandom(0, stream);
  return { values: Float32Array.from({ length: shape[0] * shape[1] }, () => 2 * random.uniform() - 1), shape };
}

function tripleLoop(a: Float32Array, transposeA: boolean, b: Float32Array, transposeB: boolean): number[] {
  const sums: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) {
        sum += a[transposeA ? k * rows + i : i * inner + k]! * b[transposeB ? j * inner + k : k * columns + j]!;
      }
      sums.push(sum);
    }
  }
  return sums;
}

/** Sums of 100 products below 1 in float32: the rounding is below 100 · 100 · 2^-24 = 6e-4 at worst, 1e-5 in practice. */
function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 4);
}
