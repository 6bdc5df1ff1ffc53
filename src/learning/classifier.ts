import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkFinite } from '../stats/rows.js';

/** Rows of one call of the engine: 4 ms of work for 3 × 256 units, and memory for this many rows of each layer. */
export const rowsAtATime = 256;

/** A trained network, ready to be applied. Holds memory of the engine until it is disposed of. */
export class Classifier {
  readonly model: LayersModel;
  readonly featureCount: number;
  readonly classCount: number;

  /** @param model takes rows × featureCount and gives rows × classCount probabilities */
  constructor(model: LayersModel) {
    this.model = model;
    this.featureCount = columns(model.inputs[0]?.shape, 'input');
    this.classCount = columns(model.outputs[0]?.shape, 'output');
  }

  /**
   * The probability of each class for each row.
   *
   * @param features rows × featureCount, finite
   * @returns rows × classCount
   */
  predict(features: Float32Array): Float32Array {
    const { featureCount, classCount } = this;
    const rows = features.length / featureCount;
    if (!Number.isInteger(rows)) {
      throw new RangeError(`features: expected a multiple of ${featureCount} values, got ${features.length}`);
    }
    checkFinite(features, featureCount);
    const probabilities = new Float32Array(rows * classCount);
    for (let begin = 0; begin < rows; begin += rowsAtATime) {
      const end = Math.min(rows, begin + rowsAtATime);
      const chunk = features.subarray(begin * featureCount, end * featureCount);
      probabilities.set(this.#predictChunk(chunk, end - begin), begin * classCount);
    }
    return probabilities;
  }

  dispose(): void {
    this.model.dispose();
  }

  #predictChunk(features: Float32Array, rows: number): Float32Array {
    return tf.tidy(() => {
      const [output] = [this.model.predictOnBatch(tf.tensor2d(features, [rows, this.featureCount]))].flat();
      return output!.dataSync<'float32'>();
    });
  }
}

function columns(shape: readonly (number | null)[] | undefined, side: string): number {
  const width = shape?.[1];
  if (shape?.length === 2 && typeof width === 'number') return width;
  throw new RangeError(`model: expected ${side} of shape rows × columns, got [${String(shape)}]`);
}
