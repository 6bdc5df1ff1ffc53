import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkFinite } from '../stats/rows.js';

/** Rows of one call of the engine: 4 ms of work for 3 × 256 units, and memory for this many rows of each layer. */
export const rowsAtATime = 256;

/** Columns that a network of rows takes and gives. */
export interface ModelWidths {
  readonly inputs: number;
  readonly outputs: number;
}

/** @throws RangeError unless the network takes rows and gives rows */
export function widthsOf(model: LayersModel): ModelWidths {
  return { inputs: columns(model.inputs[0]?.shape, 'input'), outputs: columns(model.outputs[0]?.shape, 'output') };
}

/**
 * Applies a network to rows, some at a time.
 *
 * @param values rows × inputs, finite
 * @returns rows × outputs; a row gives the same bytes whatever rows are beside it
 * @throws RangeError for partial rows or a value that is not finite
 */
export function applyModel(model: LayersModel, values: Float32Array, { inputs, outputs }: ModelWidths): Float32Array {
  const rows = values.length / inputs;
  if (!Number.isInteger(rows)) {
    throw new RangeError(`features: expected a multiple of ${inputs} values, got ${values.length}`);
  }
  checkFinite(values, inputs);
  const result = new Float32Array(rows * outputs);
  for (let begin = 0; begin < rows; begin += rowsAtATime) {
    const end = Math.min(rows, begin + rowsAtATime);
    result.set(applyToChunk(model, values.subarray(begin * inputs, end * inputs), inputs), begin * outputs);
  }
  return result;
}

function applyToChunk(model: LayersModel, chunk: Float32Array, inputs: number): Float32Array {
  const rows = chunk.length / inputs;
  // Engines may sum up a single row in another order than several, so a row is never alone.
  const padded = rows === 1 ? Float32Array.of(...chunk, ...chunk) : chunk;
  return tf.tidy(() => {
    const [output] = [model.predictOnBatch(tf.tensor2d(padded, [padded.length / inputs, inputs]))].flat();
    const values = output!.dataSync<'float32'>();
    return values.subarray(0, (values.length * chunk.length) / padded.length);
  });
}

function columns(shape: readonly (number | null)[] | undefined, side: string): number {
  const width = shape?.[1];
  if (shape?.length === 2 && typeof width === 'number') return width;
  throw new RangeError(`model: expected ${side} of shape rows × columns, got [${String(shape)}]`);
}
