/**
 * The time of one epoch of the paper's classifier, 308-256-256-256-10, batch 128, on synthetic data: TensorFlow.js on
 * WebAssembly as shipped, and the training step of this library. Both start from the same weights and see the same batches, so
 * that their losses must agree.
 *
 *     npm run build && node bench/learning.mjs [rows] [--rounds 3] [--compare [--python interpreter]]
 *
 * Without a number of rows 6,400, of which times are scaled to the 96,000 of the paper; with 96000 some two minutes.
 *
 * --compare  runs PyTorch on one thread beside this library, taking turns, on an epoch of the classifier, without dropout and
 *            with, and of the deep autoencoder: same data, same first weights, losses compared where there is no chance in
 *            them. Without --python it is installed from the Python Package Index into an environment that is thrown away.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { classifierFiles } from '#dist/learning/modelFiles.js';
import { buildClassifier } from '#dist/learning/network.js';
import { countArgument, median } from './support/numbers.mjs';
import { printTable } from './support/table.mjs';
import { loadByTensorFlow } from './support/tensorFlow.mjs';
import { Torch } from './support/torch.mjs';
import { autoencoderTraining, batches, classifier, classifierTraining, labelledRows } from './support/trainings.mjs';

const paperRows = 96_000;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, compare: { type: 'boolean', default: false }, python: { type: 'string' } },
});
const nRows = countArgument('rows', positionals[0], 6400);
const rounds = countArgument('rounds', values.rounds, 3);
const batchSize = 128;
const learningRate = 1e-3;
// No dropout: TensorFlow.js cannot be given the masks.
const files = classifierFiles(buildClassifier(classifier), 0);
// Before rounding has grown, since Adam's first steps are of one size however small the gradient, the losses of the steps
// have to agree to ten units of float32 at their size of 2.3; the mean over the epoch, to a two-hundredth.
const firstSteps = 8;
const firstTolerance = 3e-6;
const meanTolerance = 5e-3;

tf.enableProdMode();
await import('@tensorflow/tfjs-backend-wasm');
await tf.setBackend('wasm');
const data = labelledRows(nRows);
const shipped = await timed(epochOfTensorFlow);
const ours = await timed(classifierTraining(nRows, 0).run);

console.log(`${nRows} rows; an epoch of ${paperRows} rows would take`);
report('TensorFlow.js as shipped', shipped);
report('this library', ours);
expectSame(ours.losses, shipped.losses);
if (values.compare) await compare();

async function compare() {
  const trainings = [classifierTraining(nRows, 0), classifierTraining(nRows, 0.1), autoencoderTraining(nRows)];
  const torch = await Torch.start(trainings, values.python);
  try {
    console.log(`\none thread each, seconds for ${paperRows} rows, medians of ${rounds} rounds`);
    const rows = [];
    for (const [i, training] of trainings.entries()) {
      const [theirs, own] = [[], []];
      for (let round = 0; round <= rounds; round++) {
        theirs.push(await torch.epoch(i));
        own.push(await timed(training.run));
      }
      if (training.dropout === 0) expectSame(own[0].losses, theirs[0].losses);
      rows.push([training.name, ...comparison(theirs.slice(1), own.slice(1))]); // the first round warms up
    }
    printTable(['', 'this library', `PyTorch ${torch.version}`, '× the time of PyTorch'], rows);
  } finally {
    await torch.close();
  }
}

/** @param {{ seconds: number }[]} theirs @param {{ seconds: number }[]} own @returns {string[]} */
function comparison(theirs, own) {
  const perEpoch = (results) => ((median(results.map(({ seconds }) => seconds)) * paperRows) / nRows).toFixed(2);
  const ratio = median(own.map(({ seconds }, round) => seconds / theirs[round].seconds));
  return [perEpoch(own), perEpoch(theirs), ratio.toFixed(2)];
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

/** @param {readonly number[]} actual losses of each step @param {readonly number[]} expected */
function expectSame(actual, expected) {
  for (let i = 0; i < firstSteps; i++) expectNear(`loss of step ${i}`, actual[i], expected[i], firstTolerance);
  expectNear('mean loss', mean(actual), mean(expected), meanTolerance);
}

/** @param {string} what @param {number} actual @param {number} expected @param {number} tolerance */
function expectNear(what, actual, expected, tolerance) {
  if (Math.abs(actual - expected) <= tolerance) return;
  throw new Error(`${what}: expected ${expected} within ${tolerance}, got ${actual}`);
}

/** @param {readonly number[]} numbers */
function mean(numbers) {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

/** @param {string} name @param {{ seconds: number, losses: number[] }} result */
function report(name, { seconds, losses }) {
  const perEpoch = ((seconds * paperRows) / nRows).toFixed(1).padStart(6);
  const ratio = (shipped.seconds / seconds).toFixed(1).padStart(5);
  console.log(`${name.padEnd(28)}${perEpoch} s   ${ratio} times as fast   mean loss ${mean(losses).toFixed(6)}`);
}

async function epochOfTensorFlow() {
  const model = await loadByTensorFlow(files);
  model.compile({ optimizer: tf.train.adam(learningRate), loss: 'categoricalCrossentropy' });
  const losses = [];
  for (const { features, labels } of batches(data, batchSize)) {
    const x = tf.tensor2d(features, [labels.length, classifier.featureCount]);
    const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), classifier.classCount));
    losses.push(await model.trainOnBatch(x, y));
    tf.dispose([x, y]);
  }
  model.dispose();
  return losses;
}
