import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { Adam } from '#dist/learning/adam.js';
import { useEngine } from './engine.js';

const initial = [1, -2, 0.5, 0];
const gradients = [
  [0.1, -3, 1e-5, 0],
  [0.2, 1, -1e-5, 0],
  [-0.3, 2, 1e-4, 1],
];

afterAll(() => useEngine('wasm'));

describe.each(['wasm', 'cpu'] as const)('Adam on %s', (backend) => {
  it('follows the published recurrence, the rate changing from step to step', async () => {
    await useEngine(backend);
    const weight = weightOf(initial);
    const adam = new Adam([weight]);
    for (const [step, gradient] of gradients.entries()) {
      tf.tidy(() => adam.apply([tf.tensor1d(gradient)], 0.1 / (step + 1)));
    }
    // float32 moments and weights of size 1: a few units of 2^-24.
    const expected = recurrence();
    for (const [i, value] of weight.dataSync().entries()) expect(value).toBeCloseTo(expected[i]!, 6);
    adam.dispose();
    weight.dispose();
  });

  it('moves a weight alike wherever it is among others', async () => {
    await useEngine(backend);
    const many = weightOf(Array.from({ length: 11 }, () => 0.3)); // two vectors of 4 and three numbers
    const adam = new Adam([many]);
    for (const gradient of [0.1, -0.3, 0.7]) tf.tidy(() => adam.apply([tf.mul(tf.ones([11]), gradient)], 0.01));
    expect(new Set(many.dataSync()).size).toBe(1);
    adam.dispose();
    many.dispose();
  });

  it('hands on a gradient that is not a number', async () => {
    await useEngine(backend);
    const weight = weightOf([1, 2, 3, 4, 5]);
    const adam = new Adam([weight]);
    tf.tidy(() => adam.apply([tf.tensor1d([0, NaN, 0, 0, NaN])], 0.1));
    expect([...weight.dataSync()]).toEqual([1, NaN, 3, 4, NaN]);
    adam.dispose();
    weight.dispose();
  });

  it('leaves a weight in peace whose gradient has long been 0', async () => {
    await useEngine(backend);
    const weight = weightOf([1]);
    const adam = new Adam([weight]);
    for (let step = 0; step < 1200; step++) tf.tidy(() => adam.apply([tf.tensor1d([step === 0 ? 1 : 0])], 1e-3));
    const rested = [...weight.dataSync()];
    // The mean is 0.1 · 0.9^1199 = 1e-56 and the root of the square 0.02: a step of 1e-57.
    tf.tidy(() => adam.apply([tf.tensor1d([0])], 1));
    expect([...weight.dataSync()]).toEqual(rested);
    adam.dispose();
    weight.dispose();
  });

  it('keeps as many tensors after a step as before, and none after dispose', async () => {
    await useEngine(backend);
    const before = tf.memory().numTensors;
    const weight = weightOf(initial);
    const adam = new Adam([weight]);
    const between = tf.memory().numTensors;
    for (const gradient of gradients) tf.tidy(() => adam.apply([tf.tensor1d(gradient)], 0.1));
    expect(tf.memory().numTensors).toBe(between);
    adam.dispose();
    weight.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

function weightOf(values: number[]): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor1d(values)));
}

/** Algorithm 1 of Kingma and Ba in float64. */
function recurrence(): number[] {
  return initial.map((start, i) => {
    let [w, m, v] = [start, 0, 0];
    for (const [step, gradient] of gradients.entries()) {
      const t = step + 1;
      m = 0.9 * m + 0.1 * gradient[i]!;
      v = 0.999 * v + 0.001 * gradient[i]! ** 2;
      w -= ((0.1 / t) * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-7);
    }
    return w;
  });
}
