import { checkFinite, rowCountOf } from '../stats/rows.js';
import { leastProbability } from '../stats/leastProbability.js';
import { loadBackend } from './backend.js';
import { fingerprintOf } from './fingerprint.js';
import { crossEntropyLoss, reconstructionLoss } from './losses.js';
import { mostProbable } from './metrics.js';
import { autoencoderFiles, classifierFiles } from './modelFiles.js';
import type { ModelFiles } from './modelJson.js';
import { buildAutoencoder, buildClassifier } from './network.js';
import { checkTrainingData, type Rows, takeFeatures, takeRows, type TrainingData } from './trainingData.js';
import type { AutoencoderOptions, ClassifierOptions } from './trainingOptions.js';
import { type TrainingHooks, trainNetwork, type TrainingOutcome } from './trainNetwork.js';

/** A training as plain data, which another thread can be asked for. */
export type TrainingRequest =
  | { readonly model: 'classifier'; readonly data: TrainingData; readonly options: ClassifierOptions }
  | { readonly model: 'autoencoder'; readonly data: Rows; readonly options: AutoencoderOptions };

/** A trained network as its files, and how it came to be. */
export interface Trained extends Omit<TrainingOutcome, 'weights'> {
  readonly files: ModelFiles;
}

/**
 * Trains the network that is asked for. For a thread of its own: it loads an engine of TensorFlow.js and sets it.
 *
 * @throws RangeError for bad data, PipelineError `diverged` if a loss is not finite, `signal.reason`
 */
export function trainModel(request: TrainingRequest, hooks: TrainingHooks = {}): Promise<Trained> {
  return request.model === 'classifier'
    ? trainClassifier(request.data, request.options, hooks)
    : trainAutoencoder(request.data, request.options, hooks);
}

/**
 * The classifier of the paper: dense hidden layers with ReLU and dropout, softmax, categorical cross-entropy. The best epoch is that of the
 * highest validationAccuracy; the rest is as `trainNetwork` says.
 */
async function trainClassifier(data: TrainingData, options: ClassifierOptions, hooks: TrainingHooks): Promise<Trained> {
  const { features, featureCount, labels } = data;
  checkTrainingData(data, options.classCount);
  await loadBackend();
  const network = buildClassifier({ ...options, featureCount });
  const task = {
    network,
    dropout: options.dropout,
    loss: crossEntropyLoss,
    rowCount: labels.length,
    take: (rows: Uint32Array) => takeRows(data, rows),
    lossTerms: 1,
    /** -log p[label], and whether the likeliest class is the label. */
    judge(probabilities: Float32Array, batch: TrainingData, sums: { loss: number; correct: number }) {
      for (const [i, predicted] of mostProbable(probabilities, options.classCount).entries()) {
        const label = batch.labels[i]!;
        sums.loss -= Math.log(Math.max(probabilities[i * options.classCount + label]!, leastProbability));
        if (predicted === label) sums.correct++;
      }
    },
    bestBy: 'validationAccuracy' as const,
    fingerprint: () => fingerprintOf({ model: 'classifier', featureCount, ...options }, [features, labels]),
  };
  const { weights, ...outcome } = await trainNetwork(task, options, hooks);
  return { files: classifierFiles({ layers: network.layers, weights }, options.dropout), ...outcome };
}

/**
 * An autoencoder of the paper, linear or deep, trained on the mean squared error of reconstruction. The best epoch is that of the lowest
 * validationLoss; the rest is as `trainNetwork` says. Columns may be of any scale, but those of large variance are learnt first.
 */
async function trainAutoencoder(data: Rows, options: AutoencoderOptions, hooks: TrainingHooks): Promise<Trained> {
  const { features, featureCount } = data;
  const rowCount = rowCountOf(features, featureCount);
  checkFinite(features, featureCount);
  await loadBackend();
  const { encoder, decoder, weights: first } = buildAutoencoder({ ...options, featureCount });
  const task = {
    network: { layers: [...encoder, ...decoder], weights: first },
    dropout: 0,
    loss: reconstructionLoss,
    rowCount,
    take: (rows: Uint32Array) => takeFeatures(data, rows),
    /** (x̂ - x)² of each feature. */
    judge(outputs: Float32Array, batch: Rows, sums: { loss: number }) {
      for (let i = 0; i < outputs.length; i++) sums.loss += (outputs[i]! - batch.features[i]!) ** 2;
    },
    lossTerms: featureCount,
    bestBy: 'validationLoss' as const,
    fingerprint: () => fingerprintOf({ model: 'autoencoder', featureCount, ...options }, [features]),
  };
  const { weights, ...outcome } = await trainNetwork(task, options, hooks);
  return { files: autoencoderFiles({ encoder, decoder, weights }), ...outcome };
}
