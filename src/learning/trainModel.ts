import { type AutoencoderOptions } from './autoencoderOptions.js';
import { type ClassifierOptions } from './classifierOptions.js';
import { autoencoderFiles, modelFiles, type ModelFiles } from './modelFiles.js';
import { trainAutoencoder } from './trainAutoencoder.js';
import { trainClassifier } from './trainClassifier.js';
import type { Rows, TrainingData } from './trainingData.js';
import type { TrainingHooks } from './trainNetwork.js';

/** A training as plain data, which another thread can be asked for. */
export type TrainingRequest =
  | { readonly model: 'classifier'; readonly data: TrainingData; readonly options: ClassifierOptions }
  | { readonly model: 'autoencoder'; readonly data: Rows; readonly options: AutoencoderOptions };

/** A trained network as plain data. */
export interface TrainedFiles {
  readonly files: ModelFiles;
  readonly bestEpoch: number | undefined; // undefined without validation rows
}

/** Trains the network that is asked for and gives its files. @throws as `trainClassifier` and `trainAutoencoder` */
export async function trainModel(request: TrainingRequest, hooks: TrainingHooks): Promise<TrainedFiles> {
  switch (request.model) {
    case 'classifier': {
      const { features, labels } = request.data;
      const { classifier, bestEpoch } = await trainClassifier(features, labels, request.options, hooks);
      try {
        return { files: await modelFiles(classifier), bestEpoch };
      } finally {
        classifier.dispose();
      }
    }
    case 'autoencoder': {
      const { autoencoder, bestEpoch } = await trainAutoencoder(request.data, request.options, hooks);
      try {
        return { files: await autoencoderFiles(autoencoder), bestEpoch };
      } finally {
        autoencoder.dispose();
      }
    }
  }
}
