import { type Trained, trainModel } from '#dist/learning/trainModel.js';
import type { TrainingData, Rows } from '#dist/learning/trainingData.js';
import type { TrainingHooks } from '#dist/learning/trainNetwork.js';
import type { AutoencoderOptions, ClassifierOptions } from '#dist/learning/trainingOptions.js';

const common = { learningRate: 0.001, schedule: 'constant', validationSplit: 0.2, restoreBest: true, seed: 0 } as const;
export const ofClassifiers = {
  ...common,
  layers: [256, 256, 256],
  dropout: 0.1,
  classCount: 10,
  batchSize: 128,
  epochs: 20,
};
/** What the operators train with unless told otherwise. */
export const ofAutoencoders = { ...common, components: 2, batchSize: 512, epochs: 100 };

/** Trains a classifier with these options, the others being those of the operator. */
export function trainClassifier(
  features: Float32Array,
  labels: Uint8Array,
  options: Partial<ClassifierOptions> = {},
  hooks?: TrainingHooks,
): Promise<Trained> {
  const data: TrainingData = { features, labels, featureCount: features.length / labels.length };
  return trainModel({ model: 'classifier', data, options: { ...ofClassifiers, ...options } }, hooks);
}

/** The same of an autoencoder. */
export function trainAutoencoder(
  data: Rows,
  options: Partial<AutoencoderOptions>,
  hooks?: TrainingHooks,
): Promise<Trained> {
  return trainModel({ model: 'autoencoder', data, options: { ...ofAutoencoders, ...options } }, hooks);
}
