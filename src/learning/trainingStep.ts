import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Adam, type Weight } from './adam.js';
import { softmaxCrossEntropy } from './crossEntropy.js';
import { backThroughHidden, dropUnits } from './hiddenUnits.js';
import { randomStreams, SequentialRandom } from './random.js';
import type { TrainingData } from './trainingData.js';

/** One affine map of the network. */
interface Dense {
  readonly kernel: Weight; // inputs × units
  readonly bias: Weight; // units
}

/** What the forward pass leaves for the backward pass. */
interface Activations {
  readonly inputs: readonly tf.Tensor[]; // of each dense layer, rows × inputs; behind ReLU and dropout
  readonly logits: tf.Tensor; // rows × classCount
}

/**
 * Gradient descent on a network of `buildNetwork`, in place. The gradients of a chain of dense layers are three lines a
 * layer, so they are written out here: no tape, and dropout is drawn from the project's seed.
 */
export class TrainingStep {
  readonly #layers: readonly Dense[];
  readonly #adam: Adam;
  readonly #dropout: number;
  readonly #random: SequentialRandom;

  constructor(model: LayersModel, dropout: number, seed: number) {
    const dense = model.layers.filter((layer) => layer.weights.length > 0);
    this.#layers = dense.map(({ weights }) => ({ kernel: weights[0]!, bias: weights[1]! }));
    this.#adam = new Adam(this.#layers.flatMap(({ kernel, bias }) => [kernel, bias]));
    this.#dropout = dropout;
    this.#random = new SequentialRandom(seed, randomStreams.dropout);
  }

  /** Takes one Adam step down the mean cross-entropy of the batch, and gives what that was before the step. */
  run({ features, labels, featureCount }: TrainingData, learningRate: number): number {
    return tf.tidy(() => {
      const activations = this.#forward(tf.tensor2d(features, [labels.length, featureCount]));
      const { logits } = activations;
      const { loss, gradient } = softmaxCrossEntropy(logits.dataSync<'float32'>(), labels);
      this.#adam.apply(this.#gradients(activations, tf.tensor(gradient, logits.shape)), learningRate);
      return loss;
    });
  }

  dispose(): void {
    this.#adam.dispose();
  }

  #forward(features: tf.Tensor): Activations {
    const inputs = [features];
    for (const { kernel, bias } of this.#layers.slice(0, -1)) {
      const hidden = tf.fused.matMul({ a: inputs.at(-1)!, b: kernel.read(), bias: bias.read(), activation: 'relu' });
      inputs.push(dropUnits(hidden, this.#dropout, this.#random));
    }
    const { kernel, bias } = this.#layers.at(-1)!;
    return { inputs, logits: tf.fused.matMul({ a: inputs.at(-1)!, b: kernel.read(), bias: bias.read() }) };
  }

  /** The derivatives with respect to each kernel and bias, in the order of the layers. */
  #gradients({ inputs }: Activations, atLogits: tf.Tensor): tf.Tensor[] {
    const ones = tf.ones([1, inputs[0]!.shape[0]]);
    const gradients: tf.Tensor[] = [];
    let delta = atLogits; // with respect to the layer's affine map, rows × units
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const bias = tf.reshape(tf.matMul(ones, delta), [-1]);
      gradients.unshift(tf.matMul(inputs[i]!, delta, true, false), bias);
      if (i === 0) break;
      const atInputs = tf.matMul(delta, this.#layers[i]!.kernel.read(), false, true);
      delta = backThroughHidden(atInputs, inputs[i]!, this.#dropout);
    }
    return gradients;
  }
}
