/**
 * The time of one epoch of the paper's classifier, 308-256-256-256-10, batch 128, on synthetic data: TensorFlow.js on
 * WebAssembly as shipped, the same with the matrix-product kernels replaced, and the training step of this library.
 * All three start from the same weights and see the same batches, so that their losses must agree.
 *
 *     node bench/learning.mjs            6,400 rows, times scaled to the 96,000 of the paper
 *     node bench/learning.mjs 96000      all rows; some two minutes
 */
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '#dist/learning/backend.js';
import { crossEntropyLoss } from '#dist/learning/losses.js';
import { buildNetwork } from '#dist/learning/network.js';
import { SequentialRandom } from '#dist/learning/random.js';
import { takeRows } from '#dist/learning/trainingData.js';
import { TrainingStep } from '#dist/learning/trainingStep.js';

const paperRows = 96_000;
const nRows = Number(process.argv[2] ?? 6400);
const batchSize = 128;
const learningRate = 1e-3;
// No dropout: TensorFlow.js cannot be given the masks. They cost half a millisecond of a step.
const shape = { featureCount: 308, layers: [256, 256, 256], classCount: 10, dropout: 0, seed: 1 };
// Before rounding has grown, since Adam's first steps are of one size however small the gradient, the losses of the steps
// have to agree to ten units of float32 at their size of 2.3; the mean over the epoch, to a two-hundredth.
const firstSteps = 8;
const firstTolerance = 3e-6;
const meanTolerance = 5e-3;

tf.enableProdMode();
await import('@tensorflow/tfjs-backend-wasm');
await tf.setBackend('wasm'); // not by loadBackend, which replaces the kernels
const data = syntheticData();
const shipped = await timed(epochOfTensorFlow);
await loadBackend('wasm');
const replaced = await timed(epochOfTensorFlow);
const ours = await timed(epochOfOurs);

console.log(`${nRows} rows; an epoch of ${paperRows} rows would take`);
report('TensorFlow.js as shipped', shipped);
report('  with transposing kernels', replaced);
report('this library', ours);
for (const { losses } of [replaced, ours]) {
  for (let i = 0; i < firstSteps; i++) expectNear(`loss of step ${i}`, losses[i], shipped.losses[i], firstTolerance);
  expectNear('mean loss', mean(losses), mean(shipped.losses), meanTolerance);
}

/**
 * @param {() => number[] | Promise<number[]>} epoch gives the loss of each step
 * @returns {Promise<{ seconds: number, losses: number[] }>}
 */
async function timed(epoch) {
  const begin = performance.now();
  const losses = await epoch();
  return { seconds: (performance.now() - begin) / 1000, losses };
}

/** @param {string} what @param {number} actual @param {number} expected @param {number} tolerance */
function expectNear(what, actual, expected, tolerance) {
  if (Math.abs(actual - expected) <= tolerance) return;
  throw new Error(`${what}: expected ${expected} within ${tolerance}, got ${actual}`);
}

/** @param {number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {string} name @param {{ seconds: number, losses: number[] }} result */
function report(name, { seconds, losses }) {
  const perEpoch = ((seconds * paperRows) / nRows).toFixed(1).padStart(6);
  const ratio = (shipped.seconds / seconds).toFixed(1).padStart(5);
  console.log(`${name.padEnd(28)}${perEpoch} s   ${ratio} times as fast   mean loss ${mean(losses).toFixed(6)}`);
}

async function epochOfTensorFlow() {
  const model = buildNetwork(shape);
  model.compile({ optimizer: tf.train.adam(learningRate), loss: 'categoricalCrossentropy' });
  const losses = [];
  for (const { features, labels } of batches()) {
    const x = tf.tensor2d(features, [labels.length, shape.featureCount]);
    const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), shape.classCount));
    losses.push(await model.trainOnBatch(x, y));
    tf.dispose([x, y]);
  }
  model.dispose();
  return losses;
}

function epochOfOurs() {
  const model = buildNetwork(shape);
  const step = new TrainingStep(model, { loss: crossEntropyLoss, dropout: shape.dropout, seed: shape.seed });
  const losses = Array.from(batches(), (batch) => step.run(batch, learningRate));
  step.dispose();
  model.dispose();
  return losses;
}

/** The rows in order, a batch at a time. */
function* batches() {
  for (let begin = 0; begin < nRows; begin += batchSize) {
    const length = Math.min(batchSize, nRows - begin);
    yield takeRows(
      data,
      Uint32Array.from({ length }, (_, i) => begin + i),
    );
  }
}

/** Uniform features; the label is that of the largest of the first ten. */
function syntheticData() {
  const { featureCount, classCount } = shape;
  const random = new SequentialRandom(1, 0);
  const features = Float32Array.from({ length: nRows * featureCount }, () => 2 * random.uniform() - 1);
  const labels = Uint8Array.from({ length: nRows }, (_, row) => {
    const scores = features.subarray(row * featureCount, row * featureCount + classCount);
    return scores.indexOf(Math.max(...scores));
  });
  return { features, labels, featureCount };
}
