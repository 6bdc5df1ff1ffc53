import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, Sequential } from '@tensorflow/tfjs-layers';
import { checkLength, type FloatArray, rowCountOf } from '../stats/rows.js';
import { applyModel, type ModelWidths, widthsOf } from './applyModel.js';
import { sumOfSquares } from './losses.js';
import { buildChain, type DenseShape } from './network.js';
import { randomStreams, SequentialRandom } from './random.js';

/** What fixes an autoencoder before it is trained. */
export interface AutoencoderShape {
  readonly featureCount: number; // d
  readonly components: number; // h_e
  readonly hiddenMultiplier?: number | undefined; // h_m; without one there are no wide layers
  readonly seed: number;
}

/** The two halves of an untrained autoencoder. */
export interface Halves {
  readonly encoder: Sequential;
  readonly decoder: Sequential;
}

/**
 * The untrained autoencoder of the paper: linear d → h_e → d, or deep d → d·h_m → h_e → d·h_m → d with ReLU on the wide
 * layers; code and output are linear.
 */
export function buildAutoencoder({ featureCount, components, hiddenMultiplier, seed }: AutoencoderShape): Halves {
  const random = new SequentialRandom(seed, randomStreams.weights);
  const wide = (name: string): DenseShape[] =>
    hiddenMultiplier === undefined ? [] : [{ name, units: featureCount * hiddenMultiplier, activation: 'relu' }];
  const linear = (name: string, units: number): DenseShape => ({ name, units, activation: 'linear' });
  return {
    encoder: buildChain('encoder', featureCount, [...wide('encoderHidden'), linear('code', components)], random),
    decoder: buildChain('decoder', components, [...wide('decoderHidden'), linear('output', featureCount)], random),
  };
}

/** A code and its inverse by two networks. Holds memory of the engine until it is disposed of. */
export class Autoencoder {
  readonly encoder: LayersModel;
  readonly decoder: LayersModel;
  readonly #encoding: ModelWidths;
  readonly #decoding: ModelWidths;

  /**
   * @param encoder takes rows × features and gives rows × components
   * @param decoder takes rows × components and gives rows × features
   * @throws RangeError if they do not fit each other
   */
  constructor(encoder: LayersModel, decoder: LayersModel) {
    this.encoder = encoder;
    this.decoder = decoder;
    this.#encoding = widthsOf(encoder);
    this.#decoding = widthsOf(decoder);
    const [there, back] = [this.#encoding, this.#decoding];
    if (there.inputs !== back.outputs || there.outputs !== back.inputs) {
      const shapes = `${there.inputs} → ${there.outputs} and ${back.inputs} → ${back.outputs}`;
      throw new RangeError(`decoder: expected the inverse shape of the encoder, got ${shapes}`);
    }
  }

  get featureCount(): number {
    return this.#encoding.inputs;
  }

  get components(): number {
    return this.#encoding.outputs;
  }

  /**
   * The codes of rows, in float32.
   *
   * @param rows rows × featureCount, finite
   * @param codes receives rows × components
   * @throws RangeError for partial rows, values that are not finite, or if `codes` has another length
   */
  transform(rows: FloatArray, codes: FloatArray): void {
    applyTo(this.encoder, rows, codes, this.#encoding);
  }

  /**
   * The rows that codes stand for, in float32.
   *
   * @param codes rows × components, finite
   * @param rows receives rows × featureCount
   * @throws RangeError for partial codes, values that are not finite, or if `rows` has another length
   */
  inverse(codes: FloatArray, rows: FloatArray): void {
    applyTo(this.decoder, codes, rows, this.#decoding);
  }

  /** Σ (x̂ - x)² over rows and features. @param rows rows × featureCount, some hundred at most: all at once */
  squaredError(rows: Float32Array): number {
    return tf.tidy(() => {
      const inputs = tf.tensor2d(rows, [rowCountOf(rows, this.featureCount), this.featureCount]);
      const [codes] = [this.encoder.predictOnBatch(inputs)].flat();
      const [outputs] = [this.decoder.predictOnBatch(codes!)].flat();
      return sumOfSquares(tf.sub(outputs!, inputs));
    });
  }

  dispose(): void {
    this.encoder.dispose();
    this.decoder.dispose();
  }
}

function applyTo(model: LayersModel, values: FloatArray, result: FloatArray, widths: ModelWidths): void {
  checkLength('result', result, rowCountOf(values, widths.inputs) * widths.outputs);
  result.set(applyModel(model, values instanceof Float32Array ? values : Float32Array.from(values), widths));
}
