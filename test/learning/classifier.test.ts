import { describe, expect, it } from 'vitest';
import type { Classifier } from '#dist/learning/classifier.js';
import { classifierFiles, loadClassifier } from '#dist/learning/modelFiles.js';
import { buildClassifier } from '#dist/learning/network.js';
import { blobs } from './blobs.js';
import { rangeError } from '../support/rangeError.js';

const build = (): Classifier =>
  loadClassifier(classifierFiles(buildClassifier({ featureCount: 4, layers: [16, 16], classCount: 3, seed: 1 }), 0.5));

describe('Classifier', () => {
  it('gives probabilities, which sum to 1, and nothing for no rows', () => {
    const classifier = build();
    const { features } = blobs(600, 3);
    const probabilities = classifier.predict(features);
    expect(probabilities.length).toBe(1800);
    for (let row = 0; row < 1800; row += 3) {
      // Three float32 roundings.
      const sum = probabilities.subarray(row, row + 3).reduce((total, p) => total + p, 0);
      expect(Math.abs(sum - 1)).toBeLessThan(3 * 2 ** -24);
    }
    expect(classifier.predict(new Float32Array(0))).toEqual(new Float32Array(0));
  });

  it('rejects features of another width or without a value, naming the place', () => {
    const classifier = build();
    expect(() => classifier.predict(new Float32Array(7))).toThrow(
      rangeError('values: expected whole rows of 4 columns, got 7 values'),
    );
    const message = 'row 1: column 3: expected a finite number, got NaN';
    expect(() => classifier.predict(new Float32Array(8).with(7, NaN))).toThrow(rangeError(message));
  });

  it('rejects features that are too large for float32 rather than to predict anything', () => {
    const features = new Float32Array(12).fill(1).fill(3e38, 4, 8);
    const chain = buildClassifier({ featureCount: 4, layers: [], classCount: 3, seed: 1 });
    const classifier = loadClassifier(classifierFiles({ ...chain, weights: chain.weights.fill(1) }, 0.5));
    expect(() => classifier.predict(features)).toThrow(
      rangeError('row 1: expected features whose outputs float32 can hold, got NaN'),
    );
  });
});
