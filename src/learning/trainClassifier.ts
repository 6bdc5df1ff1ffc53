import { loadBackend } from './backend.js';
import { Classifier } from './classifier.js';
import { checkClassifierOptions, type ClassifierOptions } from './classifierOptions.js';
import { evaluate } from './evaluate.js';
import { fingerprintOf } from './fingerprint.js';
import { crossEntropyLoss } from './losses.js';
import { buildNetwork } from './network.js';
import { checkTrainingData, takeRows } from './trainingData.js';
import { type TrainingHooks, trainNetwork, type TrainingOutcome } from './trainNetwork.js';

export interface TrainedClassifier extends TrainingOutcome {
  readonly classifier: Classifier;
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
): Promise<TrainedClassifier> {
  const settings = checkClassifierOptions(options);
  const data = checkTrainingData(features, labels, settings.classCount);
  await loadBackend();
  const { featureCount } = data;
  const model = buildNetwork({ ...settings, featureCount });
  const classifier = new Classifier(model);
  const task = {
    network: model,
    dropout: settings.dropout,
    loss: crossEntropyLoss,
    rowCount: labels.length,
    take: (rows: Uint32Array) => takeRows(data, rows),
    evaluate: (rows: Uint32Array, signal?: AbortSignal) => evaluate(classifier, data, rows, signal),
    bestBy: 'validationAccuracy' as const,
    fingerprint: () => fingerprintOf({ model: 'classifier', featureCount, ...settings }, [features, labels]),
  };
  try {
    return { classifier, ...(await trainNetwork(task, settings, hooks)) };
  } catch (error) {
    classifier.dispose();
    throw error;
  }
}
