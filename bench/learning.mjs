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
import { buildNetwork } from '#dist/learning/network.js';
import { SequentialRandom } from '#dist/learning/random.js';
import { takeRows } from '#dist/learning/trainingData.js';
import { TrainingStep } from '#dist/learning/trainingStep.js';

const paperRows = 96_000;
const nRows = Number(process.argv[2] ?? 6400);
const batchSize = 128;
const learningRate = 1e-3;
// No dropout: TensorFlow.js cannot be given the masks. They cost 0.2 ms of a step.
const shape = { featureCount: 308, layers: [256, 256, 256], classCount: 10, dropout: 0, seed: 1 };
// The first losses agree to 5e-7; from there rounding grows, since Adam's first steps are of one size however small the
// gradient. The mean over an epoch has to agree to a thousandth.
const tolerance = 1e-3;

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
for (const { loss } of [replaced, ours]) {
  if (!(Math.abs(loss - shipped.loss) < tolerance)) throw new Error(`losses differ: ${shipped.loss} and ${loss}`);
}

/**
 * @param {() => number | Promise<number>} epoch gives the mean loss
 * @returns {Promise<{ seconds: number, loss: number }>}
 */
async function timed(epoch) {
  const begin = performance.now();
  const loss = await epoch();
  return { seconds: (performance.now() - begin) / 1000, loss };
}

/** @param {string} name @param {{ seconds: number, loss: number }} result */
function report(name, { seconds, loss }) {
  const perEpoch = ((seconds * paperRows) / nRows).toFixed(1).padStart(6);
  const ratio = (shipped.seconds / seconds).toFixed(1).padStart(5);
  console.log(`${name.padEnd(28)}${perEpoch} s   ${ratio} times as fast   mean loss ${loss.toFixed(6)}`);
}

async function epochOfTensorFlow() {
  const model = buildNetwork(shape);
  model.compile({ optimizer: tf.train.adam(learningRate), loss: 'categoricalCrossentropy' });
  let sum = 0;
  for (const { features, labels } of batches()) {
    const x = tf.tensor2d(features, [labels.length, shape.featureCount]);
    const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), shape.classCount));
    sum += (await model.trainOnBatch(x, y)) * labels.length;
    tf.dispose([x, y]);
  }
  model.dispose();
  return sum / nRows;
}

function epochOfOurs() {
  const model = buildNetwork(shape);
  const step = new TrainingStep(model, shape.dropout, shape.seed);
  let sum = 0;
  for (const batch of batches()) sum += step.run(batch, learningRate) * batch.labels.length;
  step.dispose();
  model.dispose();
  return sum / nRows;
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
