import * as tf from '@tensorflow/tfjs-core';
import { joinValues, splitValues } from './tensorValues.js';
import { addressOf, wasmEngine, type WasmEngine } from './wasmKernels.js';

interface Moments {
  readonly mean: tf.Variable;
  readonly square: tf.Variable;
}

/** What Adam remembers: with it, the next step elsewhere is the step that would have been taken here. */
export interface AdamState {
  readonly steps: number;
  readonly moments: Float32Array; // m and v of each weight, in the order of the weights
}

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-7; // as in Keras and TensorFlow.js; Kingma and Ba have 1e-8

/**
 * Adam: m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², w ← w - η m̂ / (√v̂ + ε), m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ).
 *
 * @see Kingma and Ba 2015, arXiv:1412.6980, algorithm 1
 */
export class Adam {
  readonly #weights: readonly tf.Variable[];
  readonly #moments: readonly Moments[];
  #steps = 0;

  constructor(weights: readonly tf.Variable[]) {
    this.#weights = weights;
    this.#moments = weights.map(({ shape }) =>
      tf.tidy(() => ({ mean: tf.variable(tf.zeros(shape)), square: tf.variable(tf.zeros(shape)) })),
    );
  }

  /** One step along the gradients, which come in the order of the weights. To be called within `tf.tidy`. */
  apply(gradients: readonly tf.Tensor[], learningRate: number): void {
    this.#steps++;
    const meanScale = 1 / (1 - beta1 ** this.#steps);
    const squareScale = 1 / (1 - beta2 ** this.#steps);
    const engine = wasmEngine(tf.backend());
    for (const [i, weight] of this.#weights.entries()) {
      const update = { weight, gradient: gradients[i]!, ...this.#moments[i]!, learningRate, meanScale, squareScale };
      if (engine) updateInMemory(engine, update);
      else updateByTensors(update);
    }
  }

  state(): AdamState {
    return { steps: this.#steps, moments: joinValues(this.#variables()) };
  }

  /** @throws RangeError if the moments are of other weights */
  restore({ steps, moments }: AdamState): void {
    tf.tidy(() => {
      const variables = this.#variables();
      const shapes = variables.map(({ shape }) => shape);
      for (const [i, values] of splitValues(moments, shapes).entries()) variables[i]!.assign(values);
    });
    this.#steps = steps;
  }

  #variables(): tf.Variable[] {
    return this.#moments.flatMap(({ mean, square }) => [mean, square]);
  }

  dispose(): void {
    for (const { mean, square } of this.#moments) tf.dispose([mean, square]);
  }
}

interface Update extends Moments {
  readonly weight: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly learningRate: number;
  readonly meanScale: number;
  readonly squareScale: number;
}

function updateByTensors({ weight, gradient, mean, square, learningRate, meanScale, squareScale }: Update): void {
  mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1)));
  square.assign(tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
  const direction = tf.div(tf.mul(mean, meanScale), tf.add(tf.sqrt(tf.mul(square, squareScale)), epsilon));
  weight.assign(tf.sub(weight, tf.mul(direction, learningRate)));
}

/** The same by one kernel on the memory of the `wasm` backend instead of a dozen: weight and moments change in place. */
function updateInMemory(engine: WasmEngine, update: Update): void {
  const { weight, gradient, mean, square, learningRate, meanScale, squareScale } = update;
  engine.kernels.adamStep(
    addressOf(engine, weight),
    addressOf(engine, gradient),
    addressOf(engine, mean),
    addressOf(engine, square),
    weight.size,
    learningRate * meanScale,
    Math.sqrt(squareScale),
  );
}
