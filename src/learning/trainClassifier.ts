import { loadBackend } from './backend.js';
import { checkClassifierOptions, type ClassifierOptions } from './classifierOptions.js';
import { DenseNetwork } from './denseNetwork.js';
import { evaluate } from './evaluate.js';
import { fingerprintOf } from './fingerprint.js';
import { crossEntropyLoss } from './losses.js';
import { classifierFiles } from './modelFiles.js';
import type { ModelFiles } from './modelJson.js';
import { buildClassifier } from './network.js';
import { checkTrainingData, takeRows } from './trainingData.js';
import { type TrainingHooks, trainNetwork, type TrainingOutcome } from './trainNetwork.js';

/** A trained network as its files, and how it came to be. */
export interface Trained extends Omit<TrainingOutcome, 'weights'> {
  readonly files: ModelFiles;
}

/**
 * Trains the classifier of the paper: dense hidden layers with ReLU and dropout, softmax, categorical cross-entropy. The
 * best epoch is that of the highest validationAccuracy; the rest is as `trainNetwork` says.
 *
 * @param features rows × featureCount, finite; scaled by the caller
 * @param labels the class of each row, below `classCount`
 * @throws RangeError for a bad option or bad data, PipelineError `diverged` if a loss is not finite, `signal.reason`
 */
export async function trainClassifier(
  features: Float32Array,
  labels: Uint8Array,
  options: ClassifierOptions = {},
  hooks: TrainingHooks = {},
): Promise<Trained> {
  const settings = checkClassifierOptions(options);
  const data = checkTrainingData(features, labels, settings.classCount);
  await loadBackend();
  const { featureCount } = data;
  const { dropout } = settings;
  const network = buildClassifier({ ...settings, featureCount });
  const evaluated = new DenseNetwork(network);
  const task = {
    network,
    dropout,
    loss: crossEntropyLoss,
    rowCount: labels.length,
    take: (rows: Uint32Array) => takeRows(data, rows),
    evaluate(weights: Float32Array, rows: Uint32Array, signal?: AbortSignal) {
      evaluated.setWeights(weights);
      return evaluate(evaluated, data, rows, signal);
    },
    bestBy: 'validationAccuracy' as const,
    fingerprint: () => fingerprintOf({ model: 'classifier', featureCount, ...settings }, [features, labels]),
  };
  const { weights, ...outcome } = await trainNetwork(task, settings, hooks);
  return { files: classifierFiles({ layers: network.layers, weights }, dropout), ...outcome };
}
