import { setImmediate } from 'node:timers/promises';
import { PipelineError } from '../errors.js';
import { loadBackend } from './backend.js';
import { Classifier } from './classifier.js';
import { checkClassifierOptions, type ClassifierOptions } from './classifierOptions.js';
import { evaluate } from './evaluate.js';
import { learningRateAt } from './learningRate.js';
import { buildNetwork } from './network.js';
import { randomStreams, SequentialRandom } from './random.js';
import { splitRows, type RowSplit } from './splitRows.js';
import { checkTrainingData, takeRows, type TrainingData } from './trainingData.js';
import { TrainingStep } from './trainingStep.js';

/** One pass through the training rows. */
export interface EpochReport {
  readonly epoch: number; // from 1
  readonly loss: number; // mean cross-entropy of the training rows under dropout, each before its step
  readonly validationLoss: number | undefined; // mean cross-entropy after the epoch; undefined without validation rows
  readonly validationAccuracy: number | undefined; // share of rows whose likeliest class is right
  readonly learningRate: number; // of the epoch's last step
}

/** What a training tells while it runs, and how it is stopped. */
export interface TrainingHooks {
  readonly onEpoch?: (report: EpochReport) => void;
  readonly onProgress?: (steps: number, totalSteps: number) => void; // after every step
  readonly signal?: AbortSignal; // looked at between steps
}

export interface TrainedClassifier {
  readonly classifier: Classifier;
  readonly history: readonly EpochReport[];
}

/**
 * Trains the classifier of the paper: dense hidden layers with ReLU and dropout, softmax, categorical cross-entropy,
 * Adam. The same data, options and engine give the same weights, byte for byte. Lets the event loop turn after every
 * step. The network is that of the last epoch.
 *
 * Memory: the rows stay where they are; beside them three copies of the weights and one batch of every layer.
 *
 * @param features rows × featureCount, finite; scaled by the caller
 * @param labels the class of each row, below `classCount`
 * @throws RangeError for a bad option or bad data, PipelineError `badOption` if the loss diverges, `signal.reason`
 */
export async function trainClassifier(
  features: Float32Array,
  labels: Uint8Array,
  options: ClassifierOptions = {},
  hooks: TrainingHooks = {},
): Promise<TrainedClassifier> {
  const settings = checkClassifierOptions(options);
  const data = checkTrainingData(features, labels, settings.classCount);
  const split = splitRows(labels.length, settings.validationSplit, settings.seed);
  await loadBackend();
  hooks.signal?.throwIfAborted();
  const model = buildNetwork({ ...settings, featureCount: data.featureCount });
  const classifier = new Classifier(model);
  const step = new TrainingStep(model, settings.dropout, settings.seed);
  try {
    const history = await runEpochs(data, split, classifier, step, settings, hooks);
    return { classifier, history };
  } catch (error) {
    classifier.dispose();
    throw error;
  } finally {
    step.dispose();
  }
}

async function runEpochs(
  data: TrainingData,
  { training, validation }: RowSplit,
  classifier: Classifier,
  step: TrainingStep,
  { batchSize, epochs, learningRate: peak, schedule, seed }: Required<ClassifierOptions>,
  { onEpoch, onProgress, signal }: TrainingHooks,
): Promise<EpochReport[]> {
  const random = new SequentialRandom(seed, randomStreams.shuffle);
  const totalSteps = epochs * Math.ceil(training.length / batchSize);
  const history: EpochReport[] = [];
  let steps = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    random.shuffle(training);
    let loss = 0;
    let learningRate = peak;
    for (let begin = 0; begin < training.length; begin += batchSize) {
      signal?.throwIfAborted();
      const batch = takeRows(data, training.subarray(begin, begin + batchSize));
      learningRate = learningRateAt(schedule, peak, steps / totalSteps);
      const batchLoss = step.run(batch, learningRate);
      if (!Number.isFinite(batchLoss)) throw diverged(batchLoss, epoch, peak);
      loss += (batchLoss * batch.labels.length) / training.length;
      steps++;
      onProgress?.(steps, totalSteps);
      await setImmediate();
    }
    const evaluation = validation.length > 0 ? await evaluate(classifier, data, validation, signal) : undefined;
    const report = {
      epoch,
      loss,
      validationLoss: evaluation?.loss,
      validationAccuracy: evaluation?.accuracy,
      learningRate,
    };
    history.push(report);
    onEpoch?.(report);
  }
  return history;
}

function diverged(loss: number, epoch: number, learningRate: number): PipelineError {
  const found = `the loss became ${loss} in epoch ${epoch}`;
  return new PipelineError(
    'badOption',
    `learningRate: expected one at which training converges, ${found} at ${learningRate}`,
  );
}
