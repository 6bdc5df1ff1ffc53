import { checkOutputs, type DenseNetwork } from './denseNetwork.js';
import type { ModelFiles } from './modelJson.js';

/** A trained network, ready to be applied. */
export class Classifier {
  /** What it was loaded from. */
  readonly files: ModelFiles;
  readonly #network: DenseNetwork;

  /** @param network takes rows × featureCount and gives rows × classCount probabilities */
  constructor(network: DenseNetwork, files: ModelFiles) {
    this.files = files;
    this.#network = network;
  }

  get featureCount(): number {
    return this.#network.inputs;
  }

  get classCount(): number {
    return this.#network.outputs;
  }

  /**
   * The probability of each class for each row.
   *
   * @param features rows × featureCount, finite
   * @returns rows × classCount
   * @throws RangeError for partial rows, values that are not finite, or so large that probabilities are not
   */
  predict(features: Float32Array): Float32Array {
    const probabilities = this.#network.apply(features);
    checkOutputs(probabilities, this.classCount);
    return probabilities;
  }
}
