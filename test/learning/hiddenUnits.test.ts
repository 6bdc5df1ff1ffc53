import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { useEngine } from './engine.js';
import { fillDropoutMask } from '#dist/learning/dropoutMask.js';
import { backThroughHidden, dropUnits } from '#dist/learning/hiddenUnits.js';
import { SequentialRandom } from '#dist/learning/random.js';

const size = 7 * 13; // no whole number of vectors

afterAll(() => useEngine('wasm'));

describe.each(['wasm', 'cpu'] as const)('hidden units on %s', (backend) => {
  it('are multiplied by the mask of inverted dropout', async () => {
    await useEngine(backend);
    const mask = new Float32Array(size);
    fillDropoutMask(mask, 0.3, new SequentialRandom(1, 0));
    const units = someNumbers(1).map((x) => Math.max(0, x));
    const dropped = tf.tidy(() =>
      dropUnits(tf.tensor2d(units, [7, 13]), 0.3, new SequentialRandom(1, 0)).dataSync<'float32'>(),
    );
    expect(dropped).toEqual(units.map((unit, i) => Math.fround(unit * mask[i]!)));
  });

  it('are left alone at rate 0', async () => {
    await useEngine(backend);
    const units = tf.tensor2d(someNumbers(2), [7, 13]);
    expect(dropUnits(units, 0, new SequentialRandom(1, 0))).toBe(units);
    units.dispose();
  });

  it.each([0, 0.3])('have derivatives where they are above 0, scaled like them (rate %d)', async (rate) => {
    await useEngine(backend);
    const units = someNumbers(3).map((x) => Math.max(0, x));
    const derivatives = someNumbers(4);
    const factor = Math.fround(1 / (1 - rate));
    const before = tf.tidy(() =>
      backThroughHidden(tf.tensor2d(derivatives, [7, 13]), tf.tensor2d(units, [7, 13]), rate).dataSync<'float32'>(),
    );
    for (const [i, unit] of units.entries()) expect(before[i]).toBeCloseTo(unit > 0 ? derivatives[i]! * factor : 0, 6); // a unit of float32
  });
});

/** From -1 to 1. */
function someNumbers(stream: number): Float32Array {
  const random = new SequentialRandom(0, stream);
  return Float32Array.from({ length: size }, () => 2 * random.uniform() - 1);
}
