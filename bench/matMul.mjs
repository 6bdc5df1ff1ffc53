/**
 * The matrix products of learning on one thread, beside those that TensorFlow.js ships with (XNNPACK) and the peak of
 * WebAssembly SIMD, in GFlop/s.
 *
 *     npm run build && node bench/matMul.mjs [rounds]
 *
 * A·B, Aᵀ·B and A·Bᵀ are named after what is stored transposed. The shipped kernels are given plain products only, in which they
 * are at their best. Before timing, each product is compared with the shipped one; the exit code is 1 if they disagree. In each
 * round all take their turn; figures are of the fastest round.
 */
import * as tf from '@tensorflow/tfjs-core';
import { matProduct } from '#dist/learning/matProduct.js';
import { SequentialRandom } from '#dist/learning/random.js';
import { measurePeaks } from './roofline/peaks.mjs';
import { countArgument } from './support/numbers.mjs';
import { printTable } from './support/table.mjs';

/** Rows, columns and terms of the classifier's products, batch 128, of the deep autoencoder's, batch 512, and others. */
const SHAPES = [
  [128, 256, 308],
  [128, 256, 256],
  [128, 10, 256],
  [256, 256, 128],
  [308, 256, 128],
  [512, 616, 308],
  [512, 50, 616],
  [512, 308, 616],
  [512, 3080, 308],
  [512, 308, 3080],
  [1, 256, 308],
  [8, 256, 308],
  [1000, 1000, 1000],
];
const FLOPS_A_ROUND = 1e8;
const transpositions = [
  [false, false],
  [true, false],
  [false, true],
];
const rounds = countArgument('rounds', process.argv[2], 7);

tf.enableProdMode();
await import('@tensorflow/tfjs-backend-wasm');
await tf.setBackend('wasm');
const shippedKernel = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
const shipped = (a, b) => shippedKernel({ inputs: { a, b }, backend: tf.backend(), attrs: {} });
const peaks = (await measurePeaks()).filter(({ arithmetic }) => arithmetic === 'float32');
for (const { isFused, best } of peaks) {
  console.log(`peak, ${isFused ? 'fused multiply-add' : 'multiply and add'}: ${best.toFixed(1)} GFlop/s`);
}
const peak = Math.max(...peaks.map(({ best }) => best));
printTable(['rows × columns, terms', 'shipped', 'A·B', 'Aᵀ·B', 'A·Bᵀ', 'of the peak'], SHAPES.map(measure));

/** @param {[number, number, number]} shape @returns {string[]} */
function measure([rows, columns, terms]) {
  const contestants = [
    [shipped, false, false],
    ...transpositions.map(([transposeA, transposeB]) => [matProduct, transposeA, transposeB]),
  ].map(([multiply, transposeA, transposeB]) => {
    const a = uniform(transposeA ? [terms, rows] : [rows, terms], 1);
    const b = uniform(transposeB ? [columns, terms] : [terms, columns], 2);
    return { product: () => multiply(a, b, { transposeA, transposeB }), operands: [a, b], best: Infinity };
  });
  verify(contestants, terms);
  const repeats = Math.ceil(FLOPS_A_ROUND / (2 * rows * columns * terms));
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of contestants) {
      const seconds = secondsFor(contestant.product, repeats);
      if (round > 0) contestant.best = Math.min(contestant.best, seconds / repeats); // the first round warms up
    }
  }
  const rates = contestants.map(({ best }) => (2 * rows * columns * terms) / best / 1e9);
  tf.dispose(contestants.flatMap(({ operands }) => operands));
  const share = (100 * Math.max(...rates.slice(1))) / peak;
  return [`${rows} × ${columns}, ${terms}`, ...rates.map((rate) => rate.toFixed(1)), `${share.toFixed(0)} %`];
}

/** The operands are of the same numbers, stored this way or that only where there are no transpositions. */
function verify([first, second], terms) {
  const [expected, actual] = [first, second].map(({ product }) => {
    const out = product();
    const values = tf.backend().readSync(out.dataId);
    release(out);
    return values;
  });
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
  const tolerance = terms * 2 ** -22; // four units of float32 for each term, which is below 1
  if (worst <= tolerance) return;
  console.log(`${terms} terms: expected the shipped product within ${tolerance}, off by ${worst}`);
  process.exitCode = 1;
}

/** @param {() => tf.TensorInfo} product @param {number} repeats */
function secondsFor(product, repeats) {
  const begin = performance.now();
  for (let i = 0; i < repeats; i++) release(product());
  return (performance.now() - begin) / 1000;
}

/** @param {tf.Tensor | tf.TensorInfo} out */
function release(out) {
  if (out instanceof tf.Tensor) out.dispose();
  else tf.backend().disposeData(out.dataId);
}

/** @param {[number, number]} shape @param {number} stream */
function uniform(shape, stream) {
  const random = new SequentialRandom(1, stream);
  return tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, () => 2 * random.uniform() - 1),
    shape,
  );
}
