import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '#dist/learning/backend.js';
import { Classifier } from '#dist/learning/classifier.js';
import { buildNetwork } from '#dist/learning/network.js';
import { blobs } from './blobs.js';

const shape = { featureCount: 4, layers: [16, 16], classCount: 3, dropout: 0.5, seed: 1 };

beforeAll(() => loadBackend('wasm'));

describe('Classifier', () => {
  it('gives the probabilities that the weights give, dropout being off', () => {
    const classifier = new Classifier(buildNetwork(shape));
    const { features } = blobs(10, 3);
    const expected = softmaxNetwork(classifier.model, features);
    // float32 sums of 16 terms of size 1.
    for (const [i, p] of classifier.predict(features).entries()) expect(p).toBeCloseTo(expected[i]!, 6);
    classifier.dispose();
  });

  it('gives the same probabilities however rows are batched', () => {
    const classifier = new Classifier(buildNetwork(shape));
    const { features } = blobs(600, 3);
    const all = classifier.predict(features);
    expect(all.length).toBe(1800);
    for (const row of [0, 255, 256, 599]) {
      const alone = classifier.predict(features.subarray(4 * row, 4 * row + 4));
      // XNNPACK may sum one row in another order than four together.
      for (const [c, p] of alone.entries()) expect(p).toBeCloseTo(all[3 * row + c]!, 6);
    }
    classifier.dispose();
  });

  it('gives nothing for no rows', () => {
    const classifier = new Classifier(buildNetwork(shape));
    expect(classifier.predict(new Float32Array(0))).toEqual(new Float32Array(0));
    classifier.dispose();
  });

  it('keeps no memory', () => {
    const before = tf.memory();
    const classifier = new Classifier(buildNetwork(shape));
    const loaded = tf.memory();
    classifier.predict(blobs(300, 3).features);
    expect(tf.memory()).toEqual(loaded);
    classifier.dispose();
    expect(tf.memory()).toEqual(before);
  });

  it('rejects features of another width or without a value, naming the place', () => {
    const classifier = new Classifier(buildNetwork(shape));
    expect(() => classifier.predict(new Float32Array(7))).toThrow(
      new RangeError('features: expected a multiple of 4 values, got 7'),
    );
    const message = 'row 1, column 3: expected a finite number, got NaN';
    expect(() => classifier.predict(new Float32Array(8).with(7, NaN))).toThrow(new RangeError(message));
    classifier.dispose();
  });

  it('rejects networks that do not map rows to rows', () => {
    const model = tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [2, 3] })] });
    const message = 'model: expected input of shape rows × columns, got [,2,3]';
    expect(() => new Classifier(model)).toThrow(new RangeError(message));
    model.dispose();
  });
});

/** The network in float64 loops. */
function softmaxNetwork(model: tfl.LayersModel, features: Float32Array): number[] {
  const weights = model.getWeights().map((weight) => ({ shape: weight.shape, values: weight.dataSync() }));
  const result: number[] = [];
  for (let begin = 0; begin < features.length; begin += shape.featureCount) {
    let row = [...features.subarray(begin, begin + shape.featureCount)];
    for (let layer = 0; layer < weights.length; layer += 2) {
      const [kernel, bias] = [weights[layer]!.values, weights[layer + 1]!.values];
      row = Array.from(bias, (b, j) => row.reduce((sum, x, i) => sum + x * kernel[i * bias.length + j]!, b));
      if (layer < weights.length - 2) row = row.map((x) => Math.max(0, x));
    }
    const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
    result.push(...row.map((x) => Math.exp(x) / total));
  }
  return result;
}
