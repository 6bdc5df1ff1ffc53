import * as tf from '@tensorflow/tfjs-core';
import { Adam, type AdamState } from './adam.js';
import type { DenseChain } from './denseLayers.js';
import { backThroughHidden, dropUnits } from './hiddenUnits.js';
import type { Loss } from './losses.js';
import { matProduct } from './matProduct.js';
import { epochStream, SequentialRandom } from './random.js';
import { joinValues, splitValues } from './tensorValues.js';
import type { Rows } from './trainingData.js';

interface StepSettings<Batch extends Rows> {
  readonly loss: Loss<Batch>;
  readonly dropout: number; // share of the rectified units that is left out
  readonly seed: number; // of the dropout
}

/** One affine map of the network, and what follows it. */
interface Dense {
  readonly kernel: tf.Variable; // inputs × units
  readonly bias: tf.Variable; // units
  readonly isRectified: boolean;
}

/** What the forward pass leaves for the backward pass. */
interface Activations {
  readonly inputs: readonly tf.Tensor[]; // of each dense layer, rows × inputs; behind ReLU and dropout
  readonly outputs: tf.Tensor; // of the last affine map, rows × units
}

/**
 * Gradient descent on a chain of dense layers. It starts from the weights that it is given, and holds its own in the engine until it is
 * disposed of. Its gradients are three lines a layer, so they are written out here: no tape, and dropout is drawn from the project's seed.
 * Hidden layers are linear or rectified; what the last layer does behind its affine map belongs to the loss.
 */
export class TrainingStep<Batch extends Rows> {
  readonly #layers: readonly Dense[];
  readonly #adam: Adam;
  readonly #loss: Loss<Batch>;
  readonly #dropout: number;
  readonly #seed: number;
  #random: SequentialRandom;

  constructor({ layers, weights }: DenseChain, { loss, dropout, seed }: StepSettings<Batch>) {
    this.#layers = tf.tidy(() => {
      const values = splitValues(
        weights,
        layers.flatMap(({ inputs, units }) => [[inputs, units], [units]]),
      );
      return layers.map(({ activation }, i) => ({
        kernel: tf.variable(values[2 * i]!),
        bias: tf.variable(values[2 * i + 1]!),
        isRectified: activation === 'relu',
      }));
    });
    this.#adam = new Adam(this.#weights());
    this.#loss = loss;
    this.#dropout = dropout;
    this.#seed = seed;
    this.#random = new SequentialRandom(seed, epochStream('dropout', 1));
  }

  /** Draws the dropout of this epoch (from 1) from here on. */
  startEpoch(epoch: number): void {
    this.#random = new SequentialRandom(this.#seed, epochStream('dropout', epoch));
  }

  /** Takes one Adam step down the mean loss of the batch, and gives what that was before the step. */
  run(batch: Batch, learningRate: number): number {
    const { features, featureCount } = batch;
    return tf.tidy(() => {
      const inputs = tf.tensor2d(features, [features.length / featureCount, featureCount]);
      const activations = this.#forward(inputs);
      const { loss, gradient } = this.#loss(activations.outputs, inputs, batch);
      this.#adam.apply(this.#gradients(activations, gradient), learningRate);
      return loss;
    });
  }

  /** The weights of all layers, one after the other, in an array of its own. */
  weights(): Float32Array<ArrayBuffer> {
    return joinValues(this.#weights());
  }

  /** @throws RangeError if they are not as many */
  setWeights(values: Float32Array): void {
    tf.tidy(() => {
      const weights = this.#weights();
      const shapes = weights.map(({ shape }) => shape);
      for (const [i, value] of splitValues(values, shapes).entries()) weights[i]!.assign(value);
    });
  }

  optimizerState(): AdamState {
    return this.#adam.state();
  }

  /** @throws RangeError if it is of another network */
  restoreOptimizer(state: AdamState): void {
    this.#adam.restore(state);
  }

  dispose(): void {
    this.#adam.dispose();
    tf.dispose(this.#weights());
  }

  #weights(): tf.Variable[] {
    return this.#layers.flatMap(({ kernel, bias }) => [kernel, bias]);
  }

  #forward(features: tf.Tensor): Activations {
    const inputs = [features];
    for (const { kernel, bias, isRectified } of this.#layers.slice(0, -1)) {
      const hidden = matProduct(inputs.at(-1)!, kernel, { bias, isRectified });
      inputs.push(isRectified ? dropUnits(hidden, this.#dropout, this.#random) : hidden);
    }
    const { kernel, bias } = this.#layers.at(-1)!;
    return { inputs, outputs: matProduct(inputs.at(-1)!, kernel, { bias }) };
  }

  /** The derivatives with respect to each kernel and bias, in the order of the layers. */
  #gradients({ inputs }: Activations, atOutputs: tf.Tensor): tf.Tensor[] {
    const ones = tf.ones([1, inputs[0]!.shape[0]]);
    const gradients: tf.Tensor[] = [];
    let delta = atOutputs; // with respect to the layer's affine map, rows × units
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const bias = tf.reshape(matProduct(ones, delta), [-1]);
      gradients.unshift(matProduct(inputs[i]!, delta, { transposeA: true }), bias);
      if (i === 0) break;
      delta = matProduct(delta, this.#layers[i]!.kernel, { transposeB: true });
      if (this.#layers[i - 1]!.isRectified) delta = backThroughHidden(delta, inputs[i]!, this.#dropout);
    }
    return gradients;
  }
}
