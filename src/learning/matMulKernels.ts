import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { isWasmBackend } from './wasmBackend.js';
import { addressOf, wasmEngine } from './wasmKernels.js';

type KernelCall = Parameters<tf.KernelFunc>[0];

const kernelNames = ['BatchMatMul', '_FusedMatMul'];
const replacements = new WeakSet<tf.KernelFunc>();

/**
 * Replaces the two matrix-product kernels of the `wasm` backend by ours, `assembly/product.ts`, which reads operands as
 * they are stored, transposed or not. Calling it again changes nothing.
 *
 * As shipped (tfjs 4.22), a product goes to XNNPACK only if it is of two single matrices and neither is transposed; all
 * others go through scalar loops, some ten times slower. Back-propagation is two transposed products a layer. The scalar
 * loops of `_FusedMatMul` also add the bias once for every 48 terms of the inner sum, which makes longer fused products of
 * transposed operands wrong.
 *
 * Ours take single matrices and stacks of equal height, a bias for every column, and ReLU. The rest is left to the shipped
 * kernels, with single matrices transposed beforehand so that the loops are not used.
 */
export function replaceMatMulKernels(): void {
  for (const kernelName of kernelNames) {
    const shipped = tf.getKernel(kernelName, 'wasm');
    if (replacements.has(shipped.kernelFunc)) continue;
    const kernelFunc: tf.KernelFunc = (call) => multiply(call) ?? transposeFirst(shipped.kernelFunc, call);
    replacements.add(kernelFunc);
    tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({ ...shipped, kernelFunc });
  }
}

/** The product by our kernel, or nothing if it is not for that. */
function multiply({ inputs, backend, attrs }: KernelCall): tf.TensorInfo | undefined {
  const { a, b, bias, preluActivationWeights } = inputs;
  const engine = wasmEngine(backend);
  if (a?.dtype !== 'float32' || b?.dtype !== 'float32' || engine === undefined) return undefined;
  const activation = attrs?.activation ?? 'linear';
  if ((activation !== 'linear' && activation !== 'relu') || preluActivationWeights) return undefined;
  const [transposeA, transposeB] = [attrs?.transposeA === true, attrs?.transposeB === true];
  const stack = a.shape.slice(0, -2);
  const [rows, terms] = sides(a, transposeA);
  const [termsOfB, columns] = sides(b, transposeB);
  if (terms !== termsOfB || !tf.util.arraysEqual(stack, b.shape.slice(0, -2))) return undefined;
  if (bias && !tf.util.arraysEqual(bias.shape, [columns])) return undefined;

  const out = engine.backend.makeOutput([...stack, rows, columns], 'float32');
  const [left, right, to] = [a, b, out].map((x) => addressOf(engine, x)) as [number, number, number];
  const added = bias ? addressOf(engine, bias) : 0;
  const isRectified = activation === 'relu';
  for (let i = 0; i < tf.util.sizeFromShape(stack); i++) {
    engine.kernels.multiply(
      left + 4 * i * rows * terms,
      right + 4 * i * terms * columns,
      added,
      to + 4 * i * rows * columns,
      rows,
      columns,
      terms,
      transposeA,
      transposeB,
      isRectified,
    );
  }
  return out;
}

/** The last two axes, in the order in which the product takes them. */
function sides({ shape }: tf.TensorInfo, isTransposed: boolean): readonly [number, number] {
  const [first, second] = [shape.at(-2)!, shape.at(-1)!];
  return isTransposed ? [second, first] : [first, second];
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
function transpose(x: tf.TensorInfo, backend: BackendWasm): tf.TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).toReversed());
  const [out] = [tf.getKernel('Transpose', 'wasm').kernelFunc({ inputs: { x }, backend, attrs: { perm } })].flat();
  return out!;
}
