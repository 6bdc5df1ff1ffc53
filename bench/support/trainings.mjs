import { crossEntropyLoss, reconstructionLoss } from '#dist/learning/losses.js';
import { buildAutoencoder, buildClassifier } from '#dist/learning/network.js';
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

/** The paper's. */
export const classifier = { featureCount: 308, layers: [256, 256, 256], classCount: 10, seed: 1 };

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
  const network = buildClassifier(classifier);
  const { weights } = network;
  const run = () => {
    const step = new TrainingStep(network, { loss: crossEntropyLoss, dropout, seed });
    const losses = Array.from(batches(data, batchSize), (batch) => step.run(batch, learningRate));
    step.dispose();
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
  const shape = { featureCount: 308, components: 50, hiddenMultiplier: 2, seed: 2 };
  const widths = [308, 616, 50, 616, 308];
  const rectified = [true, false, true, false];
  const [batchSize, learningRate] = [512, 1e-4];
  const data = labelledRows(nRows);
  const { encoder, decoder, weights } = buildAutoencoder(shape);
  const network = { layers: [...encoder, ...decoder], weights };
  const run = () => {
    const step = new TrainingStep(network, { loss: reconstructionLoss, dropout: 0, seed: shape.seed });
    const losses = Array.from(batches(data, batchSize), (batch) => step.run(batch, learningRate));
    step.dispose();
    return losses;
  };
  const { features } = data;
  const training = {
    widths,
    rectified,
    dropout: 0,
    batchSize,
    learningRate,
    features,
    labels: undefined,
    weights,
    run,
  };
  return { name: `deep autoencoder ${widths.join('-')}`, ...training };
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
