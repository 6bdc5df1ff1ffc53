import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from './engine.js';
import { type AffineChain, affineChain, plainChain, wasmChain } from '#dist/learning/affineChain.js';
import { chainOf, type DenseChain, type DenseLayer, drawWeights, weightCountOf } from '#dist/learning/denseLayers.js';
import { DenseNetwork } from '#dist/learning/denseNetwork.js';
import { classifierFiles } from '#dist/learning/modelFiles.js';
import { buildClassifier } from '#dist/learning/network.js';
import { SequentialRandom } from '#dist/learning/random.js';
import { blobs } from './blobs.js';
import { plainLayers, plainOutputs, rowsOf } from './plainNetwork.js';
import { loadByTensorFlow, predictByTensorFlow } from './tensorFlow.js';

const kinds: [string, (layers: readonly DenseLayer[]) => AffineChain][] = [
  ['fused WebAssembly', (layers) => wasmChain(layers, 'wasmRelaxed')!],
  ['WebAssembly', (layers) => wasmChain(layers, 'wasm')!],
  ['plain loops', plainChain],
];

/** Layers of several kinds whose biases are not 0, and numbers from -1 to 1. */
function network(inputs: number, ...units: number[]): DenseChain {
  const activations = ['relu', 'linear'] as const;
  const layers = chainOf(
    inputs,
    units.map((count, i) => ({ name: `layer${i}`, units: count, activation: activations[i % 2]! })),
  );
  const weights = drawWeights(layers, new SequentialRandom(1, 0));
  return { layers, weights: weights.map((weight) => (weight === 0 ? 0.5 : weight)) };
}

function numbers(count: number): Float32Array {
  const random = new SequentialRandom(2, 0);
  return Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
}

describe.each(kinds)('a network by %s', (_, create) => {
  it.each([
    [5, [1]],
    [7, [9, 3, 13]],
    [308, [256, 40, 10]],
    [1, [600, 2]],
  ])('gives what float64 loops give (%d → %j)', (inputs, units) => {
    const chain = network(inputs, ...units);
    const rows = numbers(9 * inputs);
    const plain = plainLayers(chain);
    const expected = rowsOf(rows, inputs).flatMap((row) => plainOutputs(plain, row));
    const outputs = new DenseNetwork(chain, create(chain.layers)).apply(rows);
    expect(outputs.length).toBe(expected.length);
    // float32 sums of up to 600 terms of size 1/10.
    for (const [i, value] of outputs.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5);
  });

  it('gives a row the same bytes whatever rows are beside it', () => {
    const chain = network(6, 24, 5);
    const dense = new DenseNetwork(chain, create(chain.layers));
    const rows = numbers(6 * 600);
    const all = dense.apply(rows);
    for (const count of [1, 2, 3, 7, 100, 265]) {
      for (let row = 0; row < 600; row += count) {
        const end = Math.min(600, row + count);
        expect(dense.apply(rows.subarray(6 * row, 6 * end))).toEqual(all.subarray(5 * row, 5 * end));
      }
    }
  });

  it('takes other weights, of which it keeps no view', () => {
    const chain = network(6, 24, 5);
    const dense = new DenseNetwork(chain, create(chain.layers));
    const rows = numbers(60);
    const before = dense.apply(rows);
    const weights = chain.weights.map((weight) => -weight);
    dense.setWeights(weights);
    weights.fill(0);
    expect(dense.apply(rows)).not.toEqual(before);
    expect(dense.apply(rows)).not.toEqual(new Float32Array(50));
    dense.setWeights(chain.weights);
    expect(dense.apply(rows)).toEqual(before);
    expect(() => dense.setWeights(weights.subarray(1))).toThrow(
      new RangeError(`weights: expected ${weightCountOf(chain.layers)} values, got ${weightCountOf(chain.layers) - 1}`),
    );
  });

  it('takes few rows at a time where a layer is wide, so that its memory is bounded', () => {
    const { layers } = network(2, 300_000, 1);
    expect(create(layers).mostRows).toBe(3);
    expect(create(network(2, 2_000_000, 1).layers).mostRows).toBe(1);
  });
});

describe('DenseNetwork', () => {
  it('computes by fused WebAssembly where that can be had', () => {
    const chain = network(50, 24, 5);
    const [own, fused, plain] = [affineChain(chain.layers), ...kinds.map(([, create]) => create(chain.layers))].map(
      (products) => new DenseNetwork(chain, products).apply(numbers(5000)),
    );
    expect(own).toEqual(fused);
    expect(own).not.toEqual(plain);
  });

  it('keeps nothing that outlives it', { timeout: 60_000 }, () => {
    const chain = network(6, 24, 5);
    // Each has a memory of its own, and an address space holds some thousands.
    for (let i = 0; i < 3000; i++) new DenseNetwork(chain).apply(numbers(6));
  });

  describe('beside TensorFlow.js', () => {
    beforeAll(() => useEngine('wasm'));

    it('gives the probabilities of a classifier to the float32 rounding of a softmax', async () => {
      const chain = buildClassifier({ featureCount: 4, layers: [60, 50], classCount: 5, seed: 3 });
      const model = await loadByTensorFlow(classifierFiles(chain, 0.5), 'model.json', 'weights.bin');
      const { features } = blobs(700, 5);
      const expected = predictByTensorFlow(model, features);
      for (const [i, p] of new DenseNetwork(chain).apply(features).entries()) {
        expect(Math.abs(p - expected[i]!)).toBeLessThan(2 ** -21);
      }
      model.dispose();
    });
  });
});
