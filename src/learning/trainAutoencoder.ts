import { setImmediate } from 'node:timers/promises';
import { checkFinite, rowCountOf } from '../stats/rows.js';
import { rowsAtATime } from './applyModel.js';
import { Autoencoder, buildAutoencoder } from './autoencoder.js';
import { type AutoencoderOptions, checkAutoencoderOptions } from './autoencoderOptions.js';
import { loadBackend } from './backend.js';
import { fingerprintOf } from './fingerprint.js';
import { reconstructionLoss } from './losses.js';
import { type Rows, takeFeatures } from './trainingData.js';
import { type NetworkEvaluation, type TrainingHooks, trainNetwork, type TrainingOutcome } from './trainNetwork.js';

export interface TrainedAutoencoder extends TrainingOutcome {
  readonly autoencoder: Autoencoder;
}

/**
 * Trains an autoencoder of the paper, linear or deep, on the mean squared error of reconstruction. The best epoch is that
 * of the lowest validationLoss; the rest is as `trainNetwork` says.
 *
 * @param data finite; columns may be of any scale, but those of large variance are learnt first
 * @throws RangeError for a bad option or bad data, PipelineError `diverged` if a loss is not finite, `signal.reason`
 */
export async function trainAutoencoder(
  data: Rows,
  options: AutoencoderOptions,
  hooks: TrainingHooks = {},
): Promise<TrainedAutoencoder> {
  const settings = checkAutoencoderOptions(options);
  const { features, featureCount } = data;
  const rowCount = rowCountOf(features, featureCount);
  checkFinite(features, featureCount);
  await loadBackend();
  const { encoder, decoder } = buildAutoencoder({ ...settings, featureCount });
  const autoencoder = new Autoencoder(encoder, decoder);
  const task = {
    network: { layers: [...encoder.layers, ...decoder.layers] },
    dropout: 0,
    loss: reconstructionLoss,
    rowCount,
    take: (rows: Uint32Array) => takeFeatures(data, rows),
    evaluate: (rows: Uint32Array, signal?: AbortSignal) => evaluateReconstruction(autoencoder, data, rows, signal),
    bestBy: 'validationLoss' as const,
    fingerprint: () => fingerprintOf({ model: 'autoencoder', featureCount, ...settings }, [features]),
  };
  try {
    return { autoencoder, ...(await trainNetwork(task, settings, hooks)) };
  } catch (error) {
    autoencoder.dispose();
    throw error;
  }
}

async function evaluateReconstruction(
  autoencoder: Autoencoder,
  data: Rows,
  rows: Uint32Array,
  signal?: AbortSignal,
): Promise<NetworkEvaluation> {
  let sum = 0;
  for (let begin = 0; begin < rows.length; begin += rowsAtATime) {
    signal?.throwIfAborted();
    sum += autoencoder.squaredError(takeFeatures(data, rows.subarray(begin, begin + rowsAtATime)).features);
    await setImmediate();
  }
  return { loss: sum / (rows.length * data.featureCount) };
}
