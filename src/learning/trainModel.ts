import type { AutoencoderOptions } from './autoencoderOptions.js';
import type { ClassifierOptions } from './classifierOptions.js';
import { trainAutoencoder } from './trainAutoencoder.js';
import { trainClassifier, type Trained } from './trainClassifier.js';
import type { Rows, TrainingData } from './trainingData.js';
import type { TrainingHooks } from './trainNetwork.js';

/** A training as plain data, which another thread can be asked for. */
export type TrainingRequest =
  | { readonly model: 'classifier'; readonly data: TrainingData; readonly options: ClassifierOptions }
  | { readonly model: 'autoencoder'; readonly data: Rows; readonly options: AutoencoderOptions };

/**
 * Trains the network that is asked for. For a thread of its own: it loads an engine of TensorFlow.js, sets it, and replaces kernels.
 *
 * @throws as `trainClassifier` and `trainAutoencoder`
 */
export function trainModel(request: TrainingRequest, hooks: TrainingHooks): Promise<Trained> {
  switch (request.model) {
    case 'classifier':
      return trainClassifier(request.data.features, request.data.labels, request.options, hooks);
    case 'autoencoder':
      return trainAutoencoder(request.data, request.options, hooks);
  }
}
