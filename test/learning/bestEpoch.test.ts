import { describe, expect, it } from 'vitest';
import { bestEpochOf, type EpochReport } from '#dist/learning/bestEpoch.js';

const report = (epoch: number, validationLoss?: number, validationAccuracy?: number): EpochReport => ({
  epoch,
  loss: 1 / epoch,
  validationLoss,
  validationAccuracy,
  learningRate: 0.001,
});

describe('bestEpochOf', () => {
  const history = [report(1, 3, 0.5), report(2, 1, 0.7), report(3, 2, 0.9), report(4, 1, 0.9)];

  it('is the epoch of the highest accuracy or of the lowest loss, the first of equals', () => {
    expect(bestEpochOf(history, 'validationAccuracy')).toBe(3);
    expect(bestEpochOf(history, 'validationLoss')).toBe(2);
  });

  it('is unknown where nothing was validated', () => {
    expect(bestEpochOf([report(1), report(2)], 'validationLoss')).toBeUndefined();
    expect(bestEpochOf([], 'validationLoss')).toBeUndefined();
  });
});
