import * as tf from '@tensorflow/tfjs-core';
import { addressOf, wasmEngine } from './wasmKernels.js';

/** How matrices are stored, and what is done to their product. */
export interface ProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly bias?: tf.Tensor; // added to every row
  readonly isRectified?: boolean; // negative numbers become 0; goes with a bias
}

/**
 * The product of two matrices, in float32. On the `wasm` backend by our kernel, `assembly/product.ts`, which reads operands as they are
 * stored, transposed or not. To be called within `tf.tidy`.
 *
 * As shipped (tfjs 4.22), a product goes to XNNPACK only if neither matrix is transposed; all others go through scalar loops, some ten
 * times slower. Back-propagation is two transposed products a layer.
 */
export function matProduct(a: tf.Tensor, b: tf.Tensor, options: ProductOptions = {}): tf.Tensor {
  const { transposeA = false, transposeB = false, bias, isRectified = false } = options;
  const engine = wasmEngine(tf.backend());
  if (!engine) {
    if (!bias) return tf.matMul(a, b, transposeA, transposeB);
    return tf.fused.matMul({ a, b, transposeA, transposeB, bias, activation: isRectified ? 'relu' : 'linear' });
  }
  const [rows, terms] = (transposeA ? [a.shape[1], a.shape[0]] : a.shape) as [number, number];
  const columns = b.shape[transposeB ? 0 : 1]!;
  const out = tf.engine().makeTensorFromTensorInfo(engine.backend.makeOutput([rows, columns], 'float32'));
  const [left, right, to] = [a, b, out].map((matrix) => addressOf(engine, matrix)) as [number, number, number];
  const added = bias ? addressOf(engine, bias) : 0;
  engine.kernels.multiply(left, right, added, to, rows, columns, terms, transposeA, transposeB, isRectified);
  return out;
}
