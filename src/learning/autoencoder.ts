import { checkLength, type FloatArray, rowCountOf } from '../stats/rows.js';
import { checkOutputs, type DenseNetwork } from './denseNetwork.js';
import type { ModelFiles } from './modelJson.js';

/** A code and its inverse by two networks. */
export class Autoencoder {
  /** What it was loaded from. */
  readonly files: ModelFiles;
  readonly #encoder: DenseNetwork;
  readonly #decoder: DenseNetwork;

  /**
   * @param encoder takes rows × features and gives rows × components
   * @param decoder takes rows × components and gives rows × features
   * @throws RangeError if they do not fit each other
   */
  constructor(encoder: DenseNetwork, decoder: DenseNetwork, files: ModelFiles) {
    if (encoder.inputs !== decoder.outputs || encoder.outputs !== decoder.inputs) {
      const shapes = [encoder, decoder].map(({ inputs, outputs }) => `${inputs} → ${outputs}`).join(' and ');
      throw new RangeError(`decoder: expected the inverse shape of the encoder, got ${shapes}`);
    }
    this.files = files;
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  get featureCount(): number {
    return this.#encoder.inputs;
  }

  get components(): number {
    return this.#encoder.outputs;
  }

  /**
   * The codes of rows, in float32.
   *
   * @param rows rows × featureCount, finite
   * @param codes receives rows × components
   * @throws RangeError for partial rows, values that are not finite or too large, or if `codes` has another length
   */
  transform(rows: FloatArray, codes: FloatArray): void {
    applyTo(this.#encoder, rows, codes);
  }

  /**
   * The rows that codes stand for, in float32.
   *
   * @param codes rows × components, finite
   * @param rows receives rows × featureCount
   * @throws RangeError for partial codes, values that are not finite or too large, or if `rows` has another length
   */
  inverse(codes: FloatArray, rows: FloatArray): void {
    applyTo(this.#decoder, codes, rows);
  }
}

function applyTo(network: DenseNetwork, values: FloatArray, result: FloatArray): void {
  checkLength('result', result, rowCountOf(values, network.inputs) * network.outputs);
  const outputs = network.apply(values instanceof Float32Array ? values : Float32Array.from(values));
  checkOutputs(outputs, network.outputs);
  result.set(outputs);
}
