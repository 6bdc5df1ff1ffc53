import type { SequentialRandom } from './random.js';

/** What follows the affine map of a layer. */
export const activations = ['relu', 'linear', 'softmax'] as const;
export type Activation = (typeof activations)[number];

/** One dense layer. */
export interface DenseLayer {
  readonly name: string;
  readonly inputs: number;
  readonly units: number;
  readonly activation: Activation; // softmax only behind the last layer of a chain
}

/** A chain of dense layers, each fed by the one before. */
export interface DenseChain {
  readonly layers: readonly DenseLayer[];
  readonly weights: Float32Array; // kernel, inputs × units, and bias, units, of each layer, one after the other
}

/** Numbers of kernels and biases together. */
export function weightCountOf(layers: readonly DenseLayer[]): number {
  return layers.reduce((sum, { inputs, units }) => sum + (inputs + 1) * units, 0);
}

/** Layers of these units in a row. */
export function chainOf(inputs: number, shapes: readonly Omit<DenseLayer, 'inputs'>[]): DenseLayer[] {
  return shapes.map((shape, i) => ({ inputs: i === 0 ? inputs : shapes[i - 1]!.units, ...shape }));
}

/**
 * Glorot uniform weights, biases 0.
 *
 * @see Glorot and Bengio 2010, eq. 16
 */
export function drawWeights(layers: readonly DenseLayer[], random: SequentialRandom): Float32Array {
  const weights = new Float32Array(weightCountOf(layers));
  let at = 0;
  for (const { inputs, units } of layers) {
    const limit = Math.sqrt(6 / (inputs + units));
    for (const end = at + inputs * units; at < end; at++) weights[at] = limit * (2 * random.uniform() - 1);
    at += units;
  }
  return weights;
}
