import { afterAll, describe, expect, it } from 'vitest';
import { useEngine } from './engine.js';
import type { DenseChain } from '#dist/learning/denseLayers.js';
import { crossEntropyLoss, reconstructionLoss } from '#dist/learning/losses.js';
import { buildAutoencoder, buildClassifier } from '#dist/learning/network.js';
import type { TrainingData } from '#dist/learning/trainingData.js';
import { TrainingStep } from '#dist/learning/trainingStep.js';
import { blobs } from './blobs.js';
import {
  plainCrossEntropy,
  plainGradients,
  plainLayers,
  plainOutputs,
  plainSquaredError,
  rowsOf,
} from './plainNetwork.js';

const batch: TrainingData = { ...blobs(9, 3), featureCount: 4 };
const rows = rowsOf(batch.features, 4);

afterAll(() => useEngine('wasm'));

const classifier = (): DenseChain => buildClassifier({ featureCount: 4, layers: [7, 5], classCount: 3, seed: 2 });
const autoencoder = (hiddenMultiplier?: number): DenseChain => {
  const shape = { featureCount: 4, components: 2, hiddenMultiplier, seed: 2 };
  const { encoder, decoder, weights } = buildAutoencoder(shape);
  return { layers: [...encoder, ...decoder], weights };
};
const crossEntropy = (outputs: number[][]): number => plainCrossEntropy(outputs, batch.labels);
const squaredError = (outputs: number[][]): number => plainSquaredError(outputs, rows);

describe.each(['wasm', 'cpu'] as const)('the gradients on %s', (backend) => {
  it.each([
    ['a classifier', classifier, crossEntropyLoss, crossEntropy],
    ['a linear autoencoder', () => autoencoder(), reconstructionLoss, squaredError],
    ['a deep autoencoder', () => autoencoder(3), reconstructionLoss, squaredError],
  ] as const)('of %s are those of a plain float64 network by finite differences', async (_, build, loss, plainLoss) => {
    await useEngine(backend);
    const network = build();
    const plain = plainLayers(network);
    const lossOf = (): number => plainLoss(rows.map((row) => plainOutputs(plain, row)));
    const expected = plainGradients(plain, lossOf);
    const expectedLoss = lossOf();
    const step = new TrainingStep(network, { loss, dropout: 0, seed: 0 });
    // float32 sums of a few terms of size 1.
    expect(step.run(batch, 0.001)).toBeCloseTo(expectedLoss, 6);
    const gradients = gradientsOf(step.optimizerState().moments, plain);
    const largest = Math.max(...expected.map(Math.abs));
    expect(largest).toBeGreaterThan(0.01);
    expect(gradients.length).toBe(expected.length);
    // float32, some thirty roundings of 6e-8 deep, against differences that are good to 1e-9.
    for (const [i, gradient] of gradients.entries()) {
      expect(Math.abs(gradient - expected[i]!)).toBeLessThan(2e-6 * Math.max(1, largest));
    }
    step.dispose();
  });
});

/** After its first step Adam's m is a tenth of the gradient; m and v of each weight follow each other. */
function gradientsOf(moments: Float32Array, layers: ReturnType<typeof plainLayers>): number[] {
  let at = 0;
  return layers.flatMap(({ kernel, bias }) =>
    [kernel, bias].flatMap(({ length }) => {
      const means = moments.subarray(at, at + length);
      at += 2 * length;
      return Array.from(means, (m) => 10 * m);
    }),
  );
}
