import * as tf from '@tensorflow/tfjs-core';
import { isWasmBackend } from './wasmBackend.js';

type KernelCall = Parameters<tf.KernelFunc>[0];

const kernelNames = ['BatchMatMul', '_FusedMatMul'];
const replacements = new WeakSet<tf.KernelFunc>();

/**
 * Replaces the two matrix-product kernels of the `wasm` backend by ones that transpose operands first. Calling it again
 * changes nothing.
 *
 * As shipped (tfjs 4.22), a product goes to XNNPACK only if it is of two single matrices and neither is transposed; all
 * others go through scalar loops, some ten times slower. Back-propagation is two transposed products a layer. The scalar
 * loops of `_FusedMatMul` also add the bias once for every 48 terms of the inner sum, which makes longer fused products
 * of transposed operands wrong; transposing first avoids that too.
 *
 * Products of stacks of matrices are left to the shipped kernels.
 */
export function replaceMatMulKernels(): void {
  for (const kernelName of kernelNames) {
    const shipped = tf.getKernel(kernelName, 'wasm');
    if (replacements.has(shipped.kernelFunc)) continue;
    const kernelFunc: tf.KernelFunc = (call) => transposeFirst(shipped.kernelFunc, call);
    replacements.add(kernelFunc);
    tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({ ...shipped, kernelFunc });
  }
}

function transposeFirst(product: tf.KernelFunc, call: KernelCall): ReturnType<tf.KernelFunc> {
  const { inputs, backend, attrs } = call;
  const { a, b } = inputs;
  if (a === undefined || b === undefined || isStack(a) || isStack(b) || !isWasmBackend(backend)) return product(call);
  const left = attrs?.transposeA === true ? transpose(a, backend) : a;
  const right = attrs?.transposeB === true ? transpose(b, backend) : b;
  const plain = { ...attrs, transposeA: false, transposeB: false };
  const out = product({ inputs: { ...inputs, a: left, b: right }, backend, attrs: plain });
  if (left !== a) backend.disposeData(left.dataId);
  if (right !== b) backend.disposeData(right.dataId);
  return out;
}

function isStack({ shape }: tf.TensorInfo): boolean {
  return tf.util.sizeFromShape(shape.slice(0, -2)) !== 1;
}

/** A copy with the last two axes exchanged. */
function transpose(x: tf.TensorInfo, backend: object): tf.TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).toReversed());
  const [out] = [tf.getKernel('Transpose', 'wasm').kernelFunc({ inputs: { x }, backend, attrs: { perm } })].flat();
  return out!;
}
