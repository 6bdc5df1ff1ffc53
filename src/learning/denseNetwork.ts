import { ValueError } from '../errors.js';
import { checkFinite, checkLength, rowCountOf } from '../stats/rows.js';
import { type AffineChain, affineChain } from './affineChain.js';
import { type DenseChain, type DenseLayer, weightCountOf } from './denseLayers.js';
import { softmaxRows } from './softmax.js';

/** A chain of dense layers that is applied to rows. Needs no engine and no thread of its own; its memory goes with it. */
export class DenseNetwork {
  readonly inputs: number;
  readonly outputs: number;
  readonly #layers: readonly DenseLayer[];
  readonly #chain: AffineChain;

  /** @param chain what does the products; by default the fastest that the engine can run */
  constructor({ layers, weights }: DenseChain, chain: AffineChain = affineChain(layers)) {
    this.inputs = layers[0]!.inputs;
    this.outputs = layers.at(-1)!.units;
    this.#layers = layers;
    this.#chain = chain;
    this.setWeights(weights);
  }

  /** @throws RangeError if they are not as many */
  setWeights(weights: Float32Array): void {
    checkLength('weights', weights, weightCountOf(this.#layers));
    this.#chain.setWeights(weights);
  }

  /**
   * Applies the layers to rows, some at a time.
   *
   * @param values rows × inputs, finite
   * @returns rows × outputs, in an array of its own; a row gives the same bytes whatever rows are beside it
   * @throws RangeError for partial rows or a value that is not finite
   */
  apply(values: Float32Array): Float32Array {
    const { inputs, outputs } = this;
    const rows = rowCountOf(values, inputs);
    checkFinite(values, inputs);
    const result = new Float32Array(rows * outputs);
    for (let begin = 0; begin < rows; begin += this.#chain.mostRows) {
      const end = Math.min(rows, begin + this.#chain.mostRows);
      result.set(this.#chain.apply(values.subarray(begin * inputs, end * inputs)), begin * outputs);
    }
    if (this.#layers.at(-1)!.activation === 'softmax') softmaxRows(result, outputs, result);
    return result;
  }
}

/**
 * @param outputs rows × columns of a network
 * @throws RangeError naming the row whose features are so large that float32 cannot hold what the network makes of them
 */
export function checkOutputs(outputs: Float32Array, columns: number): void {
  const at = outputs.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return;
  const row = Math.floor(at / columns);
  throw new ValueError({ row }, `expected features whose outputs float32 can hold, got ${outputs[at]}`);
}
