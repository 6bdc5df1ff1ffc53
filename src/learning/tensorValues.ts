import * as tf from '@tensorflow/tfjs-core';

/** The values of tensors, one after the other, in an array of its own. */
export function joinValues(tensors: readonly tf.Tensor[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(tensors.reduce((sum, { size }) => sum + size, 0));
  let at = 0;
  for (const tensor of tensors) {
    all.set(tensor.dataSync<'float32'>(), at);
    at += tensor.size;
  }
  return all;
}

/**
 * Tensors of these shapes out of what `joinValues` gave. To be called within `tf.tidy`.
 * @throws RangeError if there are more or fewer values
 */
export function splitValues(values: Float32Array, shapes: readonly number[][]): tf.Tensor[] {
  const size = shapes.reduce((sum, shape) => sum + tf.util.sizeFromShape(shape), 0);
  if (size !== values.length) throw new RangeError(`values: expected ${size}, got ${values.length}`);
  let at = 0;
  return shapes.map((shape) => {
    const begin = at;
    at += tf.util.sizeFromShape(shape);
    return tf.tensor(values.slice(begin, at), shape);
  });
}
