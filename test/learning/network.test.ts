import { describe, expect, it } from 'vitest';
import type { DenseChain, DenseLayer } from '#dist/learning/denseLayers.js';
import { buildAutoencoder, buildClassifier } from '#dist/learning/network.js';
import { plainLayers } from './plainNetwork.js';

const shape = { featureCount: 30, layers: [20, 20], classCount: 5, seed: 1 };

const told = (layers: readonly DenseLayer[]): string[] =>
  layers.map(({ name, inputs, units, activation }) => `${name} ${inputs}×${units} ${activation}`);

describe('buildClassifier', () => {
  it('is dense layers with ReLU, then a softmax', () => {
    expect(told(buildClassifier(shape).layers)).toEqual([
      'hidden1 30×20 relu',
      'hidden2 20×20 relu',
      'output 20×5 softmax',
    ]);
  });

  it('draws Glorot uniform weights and zero biases, from the seed', () => {
    const [first, same, other] = [1, 1, 2].map((seed) => plainLayers(buildClassifier({ ...shape, seed })));
    expect(first).toEqual(same);
    const { kernel, bias } = first![0]!;
    expect(kernel).not.toEqual(other![0]!.kernel);
    expect(bias).toEqual(Array(20).fill(0));
    const limit = Math.sqrt(6 / 50);
    const spread = Math.sqrt(kernel.reduce((sum, w) => sum + w * w, 0) / 600);
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThan(limit);
    // Standard deviation limit/√3; that of 600 draws strays by 2 %, so five times that.
    expect(spread / (limit / Math.sqrt(3))).toBeGreaterThan(0.9);
    expect(spread / (limit / Math.sqrt(3))).toBeLessThan(1.1);
  });
});

describe('buildAutoencoder', () => {
  const build = (hiddenMultiplier?: number, seed = 1): DenseChain & ReturnType<typeof buildAutoencoder> => {
    const halves = buildAutoencoder({ featureCount: 6, components: 2, hiddenMultiplier, seed });
    return { layers: [...halves.encoder, ...halves.decoder], ...halves };
  };

  it('is d → h_e → d, linear', () => {
    const { encoder, decoder } = build();
    expect([encoder, decoder].map(told)).toEqual([['code 6×2 linear'], ['output 2×6 linear']]);
  });

  it('is d → d·h_m → h_e → d·h_m → d with ReLU on the wide layers', () => {
    const { encoder, decoder } = build(4);
    expect([encoder, decoder].map(told)).toEqual([
      ['encoderHidden 6×24 relu', 'code 24×2 linear'],
      ['decoderHidden 2×24 relu', 'output 24×6 linear'],
    ]);
  });

  it('draws Glorot uniform weights from the seed, another for each layer', () => {
    const kernels = [1, 1, 2].map((seed) => plainLayers(build(4, seed)).map(({ kernel }) => kernel));
    expect(kernels[0]).toEqual(kernels[1]);
    expect(kernels[0]).not.toEqual(kernels[2]);
    expect(kernels[0]![0]!.slice(0, 10)).not.toEqual(kernels[0]![3]!.slice(0, 10));
    const limit = Math.sqrt(6 / 30);
    const sizes = kernels[0]![0]!.map(Math.abs);
    // The largest of 144 uniform draws is below 0.9 of the limit once in 4e6 seeds.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
    expect(Math.max(...sizes)).toBeGreaterThan(0.9 * limit);
  });
});
