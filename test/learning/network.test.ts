import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '#dist/learning/backend.js';
import { buildNetwork } from '#dist/learning/network.js';

const shape = { featureCount: 30, layers: [20, 20], classCount: 5, dropout: 0.1, seed: 1 };

beforeAll(() => loadBackend('wasm'));

describe('buildNetwork', () => {
  it('is dense and dropout layers in turn, then a softmax', () => {
    const model = buildNetwork(shape);
    expect(model.layers.map((layer) => layer.name)).toEqual(['hidden1', 'dropout1', 'hidden2', 'dropout2', 'output']);
    expect(model.getWeights().map((weight) => weight.shape)).toEqual([[30, 20], [20], [20, 20], [20], [20, 5], [5]]);
    model.dispose();
  });

  it('draws Glorot uniform weights and zero biases, from the seed', () => {
    const [first, same, other] = [1, 1, 2].map((seed) => {
      const model = buildNetwork({ ...shape, seed });
      const values = model.getWeights().map((weight) => weight.dataSync<'float32'>());
      model.dispose();
      return values;
    });
    expect(first).toEqual(same);
    expect(first![0]).not.toEqual(other![0]);
    expect(first![1]).toEqual(new Float32Array(20));
    const limit = Math.sqrt(6 / 50);
    const spread = Math.sqrt(first![0]!.reduce((sum, w) => sum + w * w, 0) / 600);
    expect(Math.max(...first![0]!.map(Math.abs))).toBeLessThan(limit);
    // Standard deviation limit/√3; that of 600 draws strays by 2 %, so five times that.
    expect(spread / (limit / Math.sqrt(3))).toBeGreaterThan(0.9);
    expect(spread / (limit / Math.sqrt(3))).toBeLessThan(1.1);
  });
});
