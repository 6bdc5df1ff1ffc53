import * as tf from '@tensorflow/tfjs-core';
import { Adam } from '#dist/learning/adam.js';
import { backThroughHidden } from '#dist/learning/hiddenUnits.js';
import { buildNetwork } from '#dist/learning/network.js';
import { SequentialRandom } from '#dist/learning/random.js';
import { takeRows } from '#dist/learning/trainingData.js';
import { TrainingStep } from '#dist/learning/trainingStep.js';

/**
 * @typedef {object} Training one epoch of a chain of dense layers, from given weights on given rows in their order
 * @property {string} name
 * @property {readonly number[]} widths features, then the units of each layer
 * @property {readonly boolean[]} rectified whether ReLU, and dropout, follow each layer
 * @property {number} dropout
 * @property {number} batchSize
 * @property {number} learningRate of Adam
 * @property {Float32Array} features rows × widths[0]
 * @property {Uint8Array | undefined} labels of a classifier; an autoencoder has none
 * @property {Float32Array} weights kernel, inputs × units, and bias of each layer, one after the other
 * @property {() => number[]} run on this library; gives the loss of each step
 */

const classifier = { featureCount: 308, layers: [256, 256, 256], classCount: 10, seed: 1 };

/**
 * The paper's classifier on synthetic data.
 *
 * @param {number} nRows
 * @param {number} dropout
 * @returns {Training}
 */
export function classifierTraining(nRows, dropout) {
  const { featureCount, layers, classCount, seed } = classifier;
  const widths = [featureCount, ...layers, classCount];
  const [batchSize, learningRate] = [128, 1e-3];
  const data = labelledRows(nRows);
  const shape = { ...classifier, dropout };
  const network = buildNetwork(shape);
  const weights = concatenate(network.getWeights().map((weight) => weight.dataSync()));
  network.dispose();
  const run = () => {
    const model = buildNetwork(shape);
    const step = new TrainingStep(model, dropout, seed);
    const losses = Array.from(batches(data, batchSize), (batch) => step.run(batch, learningRate));
    step.dispose();
    model.dispose();
    return losses;
  };
  const rectified = widths.slice(1).map((_, i) => i < layers.length);
  const name = dropout === 0 ? 'classifier' : `classifier, dropout ${dropout}`;
  return {
    name: `${name} ${widths.join('-')}`,
    widths,
    rectified,
    dropout,
    batchSize,
    learningRate,
    ...data,
    weights,
    run,
  };
}

/**
 * The paper's deep autoencoder, ReLU on the wide layers, on uniform features.
 *
 * @param {number} nRows
 * @returns {Training}
 */
export function autoencoderTraining(nRows) {
  const widths = [308, 616, 50, 616, 308];
  const rectified = [true, false, true, false];
  const [batchSize, learningRate] = [512, 1e-4];
  const { features } = labelledRows(nRows);
  const random = new SequentialRandom(2, 0);
  const weights = concatenate(
    pairs(widths).map(([inputs, units]) => {
      const limit = Math.sqrt(6 / (inputs + units)); // Glorot uniform; biases 0
      return Float32Array.from({ length: (inputs + 1) * units }, (_, i) =>
        i < inputs * units ? limit * (2 * random.uniform() - 1) : 0,
      );
    }),
  );
  const training = { widths, rectified, dropout: 0, batchSize, learningRate, features, labels: undefined, weights };
  return { name: `deep autoencoder ${widths.join('-')}`, ...training, run: () => autoencoderEpoch(training) };
}

/** @param {Omit<Training, 'name' | 'run'>} training @returns {number[]} */
function autoencoderEpoch({ widths, rectified, batchSize, learningRate, features, weights }) {
  let at = 0;
  const variable = (shape) => {
    const size = tf.util.sizeFromShape(shape);
    at += size;
    return tf.tidy(() => tf.variable(tf.tensor(weights.subarray(at - size, at), shape)));
  };
  const variables = pairs(widths).flatMap(([inputs, units]) => [variable([inputs, units]), variable([units])]);
  const adam = new Adam(variables.map((weight) => ({ read: () => weight, write: (value) => weight.assign(value) })));
  const losses = [];
  for (let begin = 0; begin < features.length; begin += batchSize * widths[0]) {
    const batch = features.subarray(begin, begin + batchSize * widths[0]);
    losses.push(tf.tidy(() => autoencoderStep(tf.tensor2d(batch, [batch.length / widths[0], widths[0]]))));
  }
  adam.dispose();
  tf.dispose(variables);
  return losses;

  /** @param {tf.Tensor2D} rows @returns {number} the mean of (x̂ - x)² before the step */
  function autoencoderStep(rows) {
    const inputs = [rows];
    for (const [i, isRectified] of rectified.entries()) {
      const [b, bias] = variables.slice(2 * i, 2 * i + 2);
      inputs.push(tf.fused.matMul({ a: inputs[i], b, bias, activation: isRectified ? 'relu' : 'linear' }));
    }
    const error = tf.sub(inputs.pop(), rows);
    const loss = tf.mean(tf.mean(tf.square(error), 1)).dataSync()[0]; // a mean of means: one long sum would round too much
    const ones = tf.ones([1, rows.shape[0]]);
    const gradients = [];
    let delta = tf.mul(error, 2 / rows.size);
    for (let i = inputs.length - 1; i >= 0; i--) {
      gradients.unshift(tf.matMul(inputs[i], delta, true), tf.reshape(tf.matMul(ones, delta), [-1]));
      if (i === 0) break;
      delta = tf.matMul(delta, variables[2 * i], false, true);
      if (rectified[i - 1]) delta = backThroughHidden(delta, inputs[i], 0);
    }
    adam.apply(gradients, learningRate);
    return loss;
  }
}

/**
 * Uniform features; the label is that of the largest of the first ten.
 *
 * @param {number} nRows
 */
export function labelledRows(nRows) {
  const { featureCount, classCount } = classifier;
  const random = new SequentialRandom(1, 0);
  const features = Float32Array.from({ length: nRows * featureCount }, () => 2 * random.uniform() - 1);
  const labels = Uint8Array.from({ length: nRows }, (_, row) => {
    const scores = features.subarray(row * featureCount, row * featureCount + classCount);
    return scores.indexOf(Math.max(...scores));
  });
  return { features, labels, featureCount };
}

/**
 * The rows in order, a batch at a time.
 *
 * @param {ReturnType<typeof labelledRows>} data
 * @param {number} batchSize
 */
export function* batches(data, batchSize) {
  const nRows = data.labels.length;
  for (let begin = 0; begin < nRows; begin += batchSize) {
    const length = Math.min(batchSize, nRows - begin);
    yield takeRows(
      data,
      Uint32Array.from({ length }, (_, i) => begin + i),
    );
  }
}

/** @param {readonly number[]} widths @returns {[number, number][]} inputs and units of each layer */
function pairs(widths) {
  return widths.slice(1).map((units, i) => [widths[i], units]);
}

/** @param {readonly Float32Array[]} parts @returns {Float32Array} */
function concatenate(parts) {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
