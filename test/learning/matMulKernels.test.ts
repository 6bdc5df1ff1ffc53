import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '#dist/learning/backend.js';
import { replaceMatMulKernels } from '#dist/learning/matMulKernels.js';
import { SequentialRandom } from '#dist/learning/random.js';

const [rows, inner, columns] = [7, 100, 13]; // inner is beyond the 48 at which the shipped fused kernel goes wrong
const combinations = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

beforeAll(() => loadBackend('wasm'));

describe.each(combinations)('the product with transposeA %s, transposeB %s', (transposeA, transposeB) => {
  // Sums of 100 products below 1 in float32: the rounding is below 100 · 100 · 2^-24 = 6e-4 at worst, 1e-5 in practice.
  const tolerance = 4; // decimals

  it.each([1, 3])('equals a triple loop for a stack of %i', (stack) => {
    const a = randomMatrices(stack, transposeA ? [inner, rows] : [rows, inner], 1);
    const b = randomMatrices(stack, transposeB ? [columns, inner] : [inner, columns], 2);
    const product = tf.tidy(() =>
      tf.matMul(tf.tensor3d(a.values, a.shape), tf.tensor3d(b.values, b.shape), transposeA, transposeB).dataSync(),
    );
    expectClose(product, tripleLoop(stack, a.values, transposeA, b.values, transposeB), tolerance);
  });

  it.each(['linear', 'relu'] as const)('equals a triple loop if fused with a bias and %s', (activation) => {
    const a = randomMatrices(1, transposeA ? [inner, rows] : [rows, inner], 3);
    const b = randomMatrices(1, transposeB ? [columns, inner] : [inner, columns], 4);
    const bias = randomMatrices(1, [1, columns], 5).values;
    const product = tf.tidy(() =>
      tf.fused
        .matMul({
          a: tf.tensor2d(a.values, [a.shape[1], a.shape[2]]),
          b: tf.tensor2d(b.values, [b.shape[1], b.shape[2]]),
          bias: tf.tensor1d(bias),
          transposeA,
          transposeB,
          activation,
        })
        .dataSync(),
    );
    const expected = tripleLoop(1, a.values, transposeA, b.values, transposeB).map((sum, i) => {
      const affine = sum + bias[i % columns]!;
      return activation === 'relu' ? Math.max(0, affine) : affine;
    });
    expectClose(product, expected, tolerance);
  });

  it('keeps no memory', () => {
    const a = tf.zeros(transposeA ? [inner, rows] : [rows, inner]);
    const b = tf.zeros(transposeB ? [columns, inner] : [inner, columns]);
    const before = { ...tf.memory(), buffers: tf.backend().numDataIds() };
    tf.matMul(a, b, transposeA, transposeB).dispose();
    expect({ ...tf.memory(), buffers: tf.backend().numDataIds() }).toEqual(before);
    tf.dispose([a, b]);
  });
});

describe('what is left to the shipped kernels', () => {
  it('includes other activations, of operands that are transposed beforehand', () => {
    const a = randomMatrices(1, [inner, rows], 6);
    const b = randomMatrices(1, [inner, columns], 7);
    const product = tf.tidy(() =>
      tf.fused
        .matMul({
          a: tf.tensor2d(a.values, [inner, rows]),
          b: tf.tensor2d(b.values, [inner, columns]),
          transposeA: true,
          activation: 'elu',
        })
        .dataSync(),
    );
    const expected = tripleLoop(1, a.values, true, b.values, false).map((sum) => (sum > 0 ? sum : Math.expm1(sum)));
    expectClose(product, expected, 4);
  });

  it('includes stacks that broadcast', () => {
    const a = randomMatrices(1, [rows, inner], 8);
    const b = randomMatrices(2, [inner, columns], 9);
    const product = tf.tidy(() => tf.matMul(tf.tensor3d(a.values, a.shape), tf.tensor3d(b.values, b.shape)).dataSync());
    const twice = Float32Array.from([...a.values, ...a.values]);
    expectClose(product, tripleLoop(2, twice, false, b.values, false), 4);
  });
});

describe('a product without terms or elements', () => {
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
    const product = tf.tidy(() => tf.matMul(tf.zeros([...left]), tf.zeros([...right])));
    expect(product.shape).toEqual(shape);
    expect(product.dataSync().every((x) => x === 0)).toBe(true);
    product.dispose();
  });
});

it('goes on when the memory of the engine has grown', () => {
  const a = randomMatrices(1, [rows, inner], 10);
  const b = randomMatrices(1, [inner, columns], 11);
  const multiply = (): ArrayLike<number> =>
    tf.tidy(() => tf.matMul(tf.tensor3d(a.values, a.shape), tf.tensor3d(b.values, b.shape)).dataSync());
  const before = multiply();
  const filler = tf.zeros([16, 1024, 1024]); // 64 MB, four times what the engine starts with
  const after = multiply();
  filler.dispose();
  expect(after).toEqual(before);
});

it('replaces the kernels once', () => {
  const { kernelFunc } = tf.getKernel('BatchMatMul', 'wasm');
  replaceMatMulKernels();
  expect(tf.getKernel('BatchMatMul', 'wasm').kernelFunc).toBe(kernelFunc);
});

function randomMatrices(
  stack: number,
  [m, n]: [number, number],
  stream: number,
): { values: Float32Array; shape: [number, number, number] } {
  const random = new SequentialRandom(0, stream);
  return { values: Float32Array.from({ length: stack * m * n }, () => 2 * random.uniform() - 1), shape: [stack, m, n] };
}

function tripleLoop(
  stack: number,
  a: Float32Array,
  transposeA: boolean,
  b: Float32Array,
  transposeB: boolean,
): number[] {
  const product: number[] = [];
  for (let s = 0; s < stack; s++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          const left = a[s * rows * inner + (transposeA ? k * rows + i : i * inner + k)]!;
          const right = b[s * inner * columns + (transposeB ? j * inner + k : k * columns + j)]!;
          sum += left * right;
        }
        product.push(sum);
      }
    }
  }
  return product;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, decimals: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, decimals);
}
