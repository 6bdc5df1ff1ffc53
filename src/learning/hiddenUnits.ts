import * as tf from '@tensorflow/tfjs-core';
import { fillDropoutMask, forEachDropped } from './dropoutMask.js';
import type { SequentialRandom } from './random.js';
import { addressOf, wasmEngine } from './wasmKernels.js';

/**
 * Inverted dropout: 0 with probability `rate`, else the unit times 1 / (1 - rate). On WebAssembly `units` itself is
 * changed, so that it must be a tensor that nobody else holds; the numbers are the same on every engine.
 *
 * @param units rows × units, behind ReLU
 */
export function dropUnits(units: tf.Tensor, rate: number, random: SequentialRandom): tf.Tensor {
  if (rate === 0) return units;
  const engine = wasmEngine(tf.backend());
  if (engine === undefined) {
    const mask = new Float32Array(units.size);
    fillDropoutMask(mask, rate, random);
    return tf.mul(units, tf.tensor(mask, units.shape));
  }
  engine.kernels.scale(addressOf(engine, units), units.size, 1 / (1 - rate));
  const values = engine.backend.typedArrayFromHeap(units);
  forEachDropped(units.size, rate, random, (unit) => {
    values[unit] = 0;
  });
  return units;
}

/**
 * The derivatives in front of ReLU and `dropUnits`, given those behind both, which on WebAssembly are changed in place.
 * A unit that was dropped or below 0 is 0 behind them, and has none.
 *
 * @param derivatives rows × units
 * @param units what `dropUnits` gave
 */
export function backThroughHidden(derivatives: tf.Tensor, units: tf.Tensor, rate: number): tf.Tensor {
  const factor = 1 / (1 - rate);
  const engine = wasmEngine(tf.backend());
  if (engine === undefined) return tf.mul(derivatives, tf.mul(tf.step(units), factor));
  engine.kernels.reluSlope(addressOf(engine, derivatives), addressOf(engine, units), units.size, factor);
  return derivatives;
}
