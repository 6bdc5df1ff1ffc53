import * as tf from '@tensorflow/tfjs-core';
import type { Rows, TrainingData } from './trainingData.js';

/** The loss of a batch and its derivative with respect to the outputs, of their shape. */
export interface LossOfOutputs {
  readonly loss: number;
  readonly gradient: tf.Tensor;
}

/**
 * What training makes small. Called within `tf.tidy`.
 *
 * @param outputs of the last layer's affine map, rows × units
 * @param inputs the batch's features, rows × featureCount
 */
export type Loss<Batch extends Rows> = (outputs: tf.Tensor, inputs: tf.Tensor, batch: Batch) => LossOfOutputs;

/** Of a classifier: `softmaxCrossEntropy` of the logits. They are few, and cheaper outside the engine. */
export const crossEntropyLoss: Loss<TrainingData> = (logits, _inputs, { labels }) => {
  const { loss, gradient } = softmaxCrossEntropy(logits.dataSync<'float32'>(), labels);
  return { loss, gradient: tf.tensor(gradient, logits.shape) };
};

/**
 * Of an autoencoder: the mean over rows and features of (x̂ - x)², and ∂L/∂x̂ = 2 (x̂ - x) / (rows · featureCount). One
 * number a row leaves the engine; the sum over the rows is float64.
 */
export const reconstructionLoss: Loss<Rows> = (outputs, inputs) => {
  const differences = tf.sub(outputs, inputs);
  const ofRows = tf.sum(tf.square(differences), 1).dataSync<'float32'>();
  const squares = ofRows.reduce((sum, value) => sum + value, 0);
  return { loss: squares / differences.size, gradient: tf.mul(differences, 2 / differences.size) };
};

/**
 * Categorical cross-entropy of the softmax of `logits`, averaged over the rows, L = -mean log p[label], and
 * ∂L/∂logit = (p - [class = label]) / rows.
 *
 * @param logits rows × classCount
 * @param labels the class of each row
 */
export function softmaxCrossEntropy(
  logits: Float32Array,
  labels: Uint8Array,
): { loss: number; gradient: Float32Array } {
  const rows = labels.length;
  const classCount = logits.length / rows;
  const gradient = new Float32Array(logits.length);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const begin = row * classCount;
    const end = begin + classCount;
    let largest = -Infinity;
    for (let i = begin; i < end; i++) largest = Math.max(largest, logits[i]!);
    let sum = 0;
    for (let i = begin; i < end; i++) sum += Math.exp(logits[i]! - largest);
    for (let i = begin; i < end; i++) gradient[i] = Math.exp(logits[i]! - largest) / (sum * rows);
    const target = begin + labels[row]!;
    gradient[target]! -= 1 / rows;
    loss += Math.log(sum) + largest - logits[target]!;
  }
  return { loss: loss / rows, gradient };
}
