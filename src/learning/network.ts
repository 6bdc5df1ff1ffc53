import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { randomStreams, SequentialRandom } from './random.js';

/** One dense layer. */
export interface DenseShape {
  readonly name: string;
  readonly units: number;
  readonly activation: 'relu' | 'linear' | 'softmax';
}

/** What fixes a classifier before it is trained. */
export interface NetworkShape {
  readonly featureCount: number;
  readonly layers: readonly number[]; // units of each hidden layer
  readonly classCount: number;
  readonly dropout: number;
  readonly seed: number;
}

/** The untrained classifier: hidden layers with ReLU and dropout, then a softmax over the classes. */
export function buildNetwork({ featureCount, layers, classCount, dropout, seed }: NetworkShape): tfl.Sequential {
  const model = tfl.sequential({ name: 'classifier' });
  const random = new SequentialRandom(seed, randomStreams.weights);
  let inputs = featureCount;
  for (const [i, units] of layers.entries()) {
    model.add(denseLayer(inputs, { name: `hidden${i + 1}`, units, activation: 'relu' }));
    model.add(tfl.layers.dropout({ name: `dropout${i + 1}`, rate: dropout }));
    inputs = units;
  }
  model.add(denseLayer(inputs, { name: 'output', units: classCount, activation: 'softmax' }));
  drawWeights(model, random);
  return model;
}

/** Dense layers in a row, with weights drawn from `random`. */
export function buildChain(
  name: string,
  featureCount: number,
  layers: readonly DenseShape[],
  random: SequentialRandom,
): tfl.Sequential {
  const model = tfl.sequential({ name });
  let inputs = featureCount;
  for (const layer of layers) {
    model.add(denseLayer(inputs, layer));
    inputs = layer.units;
  }
  drawWeights(model, random);
  return model;
}

function denseLayer(inputs: number, shape: DenseShape): tfl.layers.Layer {
  return tfl.layers.dense({ ...shape, inputShape: [inputs], kernelInitializer: 'zeros' });
}

/**
 * Glorot uniform weights, biases 0. The layers' own initializer cannot be seeded so that all draw from one sequence.
 *
 * @see Glorot and Bengio 2010, eq. 16
 */
function drawWeights(model: tfl.Sequential, random: SequentialRandom): void {
  for (const layer of model.layers) {
    const [kernelShape, biasShape] = layer.getWeights().map(({ shape }) => shape);
    if (!kernelShape || !biasShape) continue;
    const [inputs, units] = kernelShape as [number, number];
    const limit = Math.sqrt(6 / (inputs + units));
    const kernel = Float32Array.from({ length: inputs * units }, () => limit * (2 * random.uniform() - 1));
    tf.tidy(() => layer.setWeights([tf.tensor(kernel, kernelShape), tf.zeros(biasShape)]));
  }
}
