import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from './engine.js';
import { fillDropoutMask } from '#dist/learning/dropoutMask.js';
import { type DenseChain } from '#dist/learning/denseLayers.js';
import { crossEntropyLoss } from '#dist/learning/losses.js';
import { buildClassifier } from '#dist/learning/network.js';
import { epochStream, SequentialRandom } from '#dist/learning/random.js';
import { TrainingStep } from '#dist/learning/trainingStep.js';
import { blobs } from './blobs.js';

const shape = { featureCount: 4, layers: [60, 50], classCount: 5, seed: 3 };
const rates = [0.01, 0.02, 0.005];
const batch = { ...blobs(37, 5), featureCount: 4 };

// Registers gradients, of which the reference is made.
beforeAll(() => import('@tensorflow/tfjs-layers'));

describe('TrainingStep', () => {
  it.each([
    ['wasm', 0],
    ['wasm', 0.3],
    ['cpu', 0.3],
  ] as const)(
    'does what automatic differentiation and the Adam of TensorFlow.js do (%s, dropout %d)',
    async (backend, dropout) => {
      await useEngine(backend);
      const network = buildClassifier(shape);
      const expected = reference(network, dropout);
      const step = new TrainingStep(network, { loss: crossEntropyLoss, dropout, seed: shape.seed });
      const losses = rates.map((rate) => step.run(batch, rate));
      // Losses near 1.6 in float32, summed in another order: some units of 2^-24.
      for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(expected.losses[i]!, 5);
      // Adam divides by the gradient's size, so a weight whose gradient is rounding noise may differ by a share of the rate.
      for (const [i, weight] of step.weights().entries()) {
        if (!(Math.abs(weight - expected.weights[i]!) < 1e-4))
          expect({ i, weight }).toEqual({ i, weight: expected.weights[i] });
      }
      step.dispose();
    },
  );

  it('keeps the number of tensors and the size of the heap from step to step', async () => {
    await useEngine('wasm');
    const network = buildClassifier({ ...shape, layers: [256, 256] });
    const step = new TrainingStep(network, { loss: crossEntropyLoss, dropout: 0.1, seed: 0 });
    for (let i = 0; i < 5; i++) step.run(batch, 0.001);
    const early = memoryInUse();
    for (let i = 0; i < 300; i++) step.run(batch, 0.001);
    expect(memoryInUse()).toEqual(early);
    step.dispose();
  });

  it('leaves nothing behind when it is disposed of', async () => {
    await useEngine('wasm');
    const before = tf.memory();
    const network = buildClassifier(shape);
    const step = new TrainingStep(network, { loss: crossEntropyLoss, dropout: 0.1, seed: 0 });
    step.run(batch, 0.001);
    step.dispose();
    expect(tf.memory()).toEqual(before);
  });
});

function memoryInUse(): object {
  return { ...tf.memory(), buffers: tf.backend().numDataIds(), heap: heapBytes() };
}

function heapBytes(): number {
  const backend: object = tf.backend();
  const wasm: unknown = 'wasm' in backend ? backend.wasm : undefined;
  if (typeof wasm === 'object' && wasm !== null && 'HEAPU8' in wasm && wasm.HEAPU8 instanceof Uint8Array)
    return wasm.HEAPU8.length;
  throw new TypeError('expected the wasm backend');
}

/** The same steps by the tape and the optimizer of TensorFlow.js, on copies of the weights. */
function reference({ layers, weights: first }: DenseChain, dropout: number): { losses: number[]; weights: number[] } {
  let at = 0;
  const variables = layers
    .flatMap(({ inputs, units }) => [[inputs, units], [units]])
    .map((dimensions) => {
      const values = first.subarray(at, (at += tf.util.sizeFromShape(dimensions)));
      return tf.tidy(() => tf.variable(tf.tensor(values, dimensions)));
    });
  const random = new SequentialRandom(shape.seed, epochStream('dropout', 1));
  const optimizer = new ScheduledAdam(rates[0]!, 0.9, 0.999, 1e-7);
  const losses = rates.map((rate) =>
    tf.tidy(() => {
      const masks = shape.layers.map((units) => {
        const mask = new Float32Array(batch.labels.length * units);
        fillDropoutMask(mask, dropout, random);
        return tf.tensor2d(mask, [batch.labels.length, units]);
      });
      const { value, grads } = tf.variableGrads(() => meanCrossEntropy(variables, masks), variables);
      optimizer.setRate(rate);
      optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
      return value.dataSync()[0]!;
    }),
  );
  const weights = variables.flatMap((variable) => [...variable.dataSync<'float32'>()]);
  optimizer.dispose();
  tf.dispose(variables);
  return { losses, weights };
}

class ScheduledAdam extends tf.AdamOptimizer {
  setRate(rate: number): void {
    this.learningRate = rate;
  }
}

function meanCrossEntropy(variables: tf.Variable[], masks: tf.Tensor[]): tf.Scalar {
  let output: tf.Tensor = tf.tensor2d(batch.features, [batch.labels.length, batch.featureCount]);
  for (let layer = 0; layer <= masks.length; layer++) {
    output = tf.add(tf.matMul(output, variables[2 * layer]!), variables[2 * layer + 1]!);
    if (layer < masks.length) output = tf.mul(tf.relu(output), masks[layer]!);
  }
  return tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d(batch.labels, 'int32'), 5), output);
}
