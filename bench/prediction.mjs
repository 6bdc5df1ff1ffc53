/**
 * What a fitted classifier takes to predict, on one thread: the paper's network, 308-256-256-256-10, for 10,000 rows, beside TensorFlow.js on
 * WebAssembly.
 *
 *     npm run build && node bench/prediction.mjs [rounds]
 *
 * Products are those of the layers alone, on operands that lie ready; shares are of the multiply-and-add peak that the same run measures. All
 * contestants take turns. Figures are processor time of the fastest round, so that others on the machine count for less. Probabilities are compared: the exit code is 1 if they disagree by
 * more than four units of float32 at 1.
 */
import * as tf from '@tensorflow/tfjs-core';
import { fixedSizeListColumn, recordBatch } from '#dist/arrow/columns.js';
import { featureField } from '#dist/arrow/schemas.js';
import { through } from '#dist/flow/through.js';
import { affineChain } from '#dist/learning/affineChain.js';
import { classifierFiles, loadClassifier } from '#dist/learning/modelFiles.js';
import { buildClassifier } from '#dist/learning/network.js';
import { classify } from '#dist/operators/classify.js';
import { Schema } from 'apache-arrow';
import { measurePeaks } from './roofline/peaks.mjs';
import { countArgument } from './support/numbers.mjs';
import { printTable } from './support/table.mjs';
import { loadByTensorFlow } from './support/tensorFlow.mjs';
import { classifier as shape, labelledRows } from './support/trainings.mjs';

const nRows = 10_000;
const rowsOfTensorFlow = 256; // at a time, as they were taken before
const tolerance = 2 ** -21;
const rounds = countArgument('rounds', process.argv[2], 15);

const { features } = labelledRows(nRows);
const network = buildClassifier(shape);
const files = classifierFiles(network, 0.1);
const own = loadClassifier(files);
const chain = affineChain(network.layers);
chain.setWeights(network.weights);

const field = featureField('soap', 'float32', shape.featureCount, new Map());
const batch = recordBatch(new Schema([field]), nRows, [fixedSizeListColumn(field.type, features)]);
const artifact = { operator: 'classify', features: 'soap', length: shape.featureCount, metadata: {}, classCount: 10 };
const operator = classify({ artifact, model: own });

tf.enableProdMode();
await import('@tensorflow/tfjs-backend-wasm');
await tf.setBackend('wasm');
const model = await loadByTensorFlow(files);

const contestants = [
  { name: 'the products alone', best: Infinity, run: products },
  { name: 'classifier.predict', best: Infinity, run: () => own.predict(features) },
  { name: 'the operator classify, a batch', best: Infinity, run: predictBatch },
  { name: 'TensorFlow.js', best: Infinity, run: predictByTensorFlow },
];

const peak = Math.max(
  ...(await measurePeaks()).filter(({ arithmetic }) => arithmetic === 'float32').map(({ best }) => best),
);
const probabilities = own.predict(features);
verify(predictByTensorFlow());
for (let round = 0; round <= rounds; round++) {
  for (const contestant of contestants) {
    const begin = cpuSeconds();
    await Promise.resolve(contestant.run());
    const seconds = cpuSeconds() - begin;
    if (round > 0) contestant.best = Math.min(contestant.best, seconds); // the first round warms up
  }
}
const flops = network.layers.reduce((sum, { inputs, units }) => sum + 2 * nRows * inputs * units, 0);
const [alone, { best: ours }] = contestants;
console.log(`${nRows} rows; peak ${peak.toFixed(1)} GFlop/s`);
printTable(
  ['', 'ms', 'GFlop/s', 'of the peak', 'of the products', '× predict'],
  contestants.map(({ name, best }) => [
    name,
    (1000 * best).toFixed(1),
    (flops / best / 1e9).toFixed(1),
    `${((100 * flops) / best / 1e9 / peak).toFixed(0)} %`,
    `${((100 * alone.best) / best).toFixed(0)} %`,
    (best / ours).toFixed(2),
  ]),
);

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Always the same rows, which stay in the cache. */
function products() {
  const rows = features.subarray(0, chain.mostRows * shape.featureCount);
  for (let begin = 0; begin < nRows; begin += chain.mostRows) {
    chain.apply(rows.subarray(0, Math.min(chain.mostRows, nRows - begin) * shape.featureCount));
  }
}

async function predictBatch() {
  let rows = 0;
  for await (const { numRows } of through([batch], operator)) rows += numRows;
  if (rows !== nRows) throw new Error(`expected ${nRows} rows, got ${rows}`);
}

function predictByTensorFlow() {
  const result = new Float32Array(nRows * shape.classCount);
  for (let begin = 0; begin < nRows; begin += rowsOfTensorFlow) {
    const rows = Math.min(rowsOfTensorFlow, nRows - begin);
    const chunk = features.subarray(begin * shape.featureCount, (begin + rows) * shape.featureCount);
    tf.tidy(() => {
      const output = model.predictOnBatch(tf.tensor2d(chunk, [rows, shape.featureCount]));
      result.set(output.dataSync(), begin * shape.classCount);
    });
  }
  return result;
}

/** @param {Float32Array} expected */
function verify(expected) {
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - probabilities[i])), 0);
  if (worst <= tolerance) return;
  console.log(`expected the probabilities of TensorFlow.js within ${tolerance}, off by ${worst}`);
  process.exitCode = 1;
}
