import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { randomStreams, SequentialRandom } from './random.js';

/** What fixes a network before it is trained. */
export interface NetworkShape {
  readonly featureCount: number;
  readonly layers: readonly number[]; // units of each hidden layer
  readonly classCount: number;
  readonly dropout: number;
  readonly seed: number;
}

/**
 * The untrained classifier: hidden layers with ReLU and dropout, then a softmax over the classes. Weights are Glorot
 * uniform, drawn from the seed; biases are 0.
 *
 * @see Glorot and Bengio 2010, eq. 16
 */
export function buildNetwork({ featureCount, layers, classCount, dropout, seed }: NetworkShape): tfl.Sequential {
  const model = tfl.sequential({ name: 'classifier' });
  const random = new SequentialRandom(seed, randomStreams.weights);
  let inputs = featureCount;
  const addDense = (name: string, units: number, activation: 'relu' | 'softmax'): void => {
    const layer = tfl.layers.dense({
      name,
      units,
      activation,
      inputShape: [inputs],
      kernelInitializer: 'glorotUniform',
    });
    model.add(layer);
    // The layer's own initializer cannot be seeded so that all layers draw from one sequence.
    const limit = Math.sqrt(6 / (inputs + units));
    const kernel = Float32Array.from({ length: inputs * units }, () => limit * (2 * random.uniform() - 1));
    tf.tidy(() => layer.setWeights([tf.tensor2d(kernel, [inputs, units]), tf.zeros([units])]));
    inputs = units;
  };
  for (const [i, units] of layers.entries()) {
    addDense(`hidden${i + 1}`, units, 'relu');
    model.add(tfl.layers.dropout({ name: `dropout${i + 1}`, rate: dropout }));
  }
  addDense('output', classCount, 'softmax');
  return model;
}
