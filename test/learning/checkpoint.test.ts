import { describe, expect, it } from 'vitest';
import { checkpointFiles, readCheckpoint, type TrainingState } from '#dist/learning/checkpoint.js';

const state: TrainingState = {
  history: [
    { epoch: 1, loss: 0.1 + 0.2, validationLoss: 1e-320, validationAccuracy: 1 / 3, learningRate: 1e-3 },
    { epoch: 2, loss: 5e300, validationLoss: 2, validationAccuracy: 0, learningRate: 4e-9 },
  ],
  weights: Float32Array.of(1, -0, 1e-40),
  best: Float32Array.of(4, 5, 6),
  optimizer: { steps: 12, moments: Float32Array.of(1, 2, 3, 4, 5, 6) },
};
const files = checkpointFiles('mine', state);

describe('a checkpoint', () => {
  it('gives back the state to the last bit', () => {
    expect(readCheckpoint(files, 'mine')).toStrictEqual(state);
  });

  it('may lack the weights of a best epoch', () => {
    const without = { ...state, best: undefined };
    expect(readCheckpoint(checkpointFiles('mine', without), 'mine')).toStrictEqual(without);
  });

  it('reads bytes wherever they begin', () => {
    const shifted = [...files].map(([name, bytes]) => {
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes, 1);
      return [name, longer.subarray(1)] as const;
    });
    expect(readCheckpoint(new Map(shifted), 'mine')).toStrictEqual(state);
  });

  it('is none for another training', () => {
    expect(readCheckpoint(files, 'another')).toBeUndefined();
  });

  it.each([
    ['state.json', undefined],
    ['state.json', new TextEncoder().encode('{')],
    ['weights.bin', undefined],
    ['weights.bin', new Uint8Array(11)],
    ['moments.bin', undefined],
    ['moments.bin', new Uint8Array(20)],
  ])('is none without a whole %s', (name, bytes) => {
    const broken = new Map(files);
    if (bytes) broken.set(name, bytes);
    else broken.delete(name);
    expect(readCheckpoint(broken, 'mine')).toBeUndefined();
  });
});
