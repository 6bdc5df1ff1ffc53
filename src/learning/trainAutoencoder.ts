import { setImmediate } from 'node:timers/promises';
import { checkFinite, rowCountOf } from '../stats/rows.js';
import { type AutoencoderOptions, checkAutoencoderOptions } from './autoencoderOptions.js';
import { loadBackend } from './backend.js';
import { DenseNetwork } from './denseNetwork.js';
import { rowsAtATime } from './evaluate.js';
import { fingerprintOf } from './fingerprint.js';
import { reconstructionLoss } from './losses.js';
import { autoencoderFiles } from './modelFiles.js';
import { buildAutoencoder } from './network.js';
import type { Trained } from './trainClassifier.js';
import { type Rows, takeFeatures } from './trainingData.js';
import { type NetworkEvaluation, type TrainingHooks, trainNetwork } from './trainNetwork.js';

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
): Promise<Trained> {
  const settings = checkAutoencoderOptions(options);
  const { features, featureCount } = data;
  const rowCount = rowCountOf(features, featureCount);
  checkFinite(features, featureCount);
  await loadBackend();
  const { encoder, decoder, weights: first } = buildAutoencoder({ ...settings, featureCount });
  const network = { layers: [...encoder, ...decoder], weights: first };
  const evaluated = new DenseNetwork(network);
  const task = {
    network,
    dropout: 0,
    loss: reconstructionLoss,
    rowCount,
    take: (rows: Uint32Array) => takeFeatures(data, rows),
    evaluate(weights: Float32Array, rows: Uint32Array, signal?: AbortSignal) {
      evaluated.setWeights(weights);
      return evaluateReconstruction(evaluated, data, rows, signal);
    },
    bestBy: 'validationLoss' as const,
    fingerprint: () => fingerprintOf({ model: 'autoencoder', featureCount, ...settings }, [features]),
  };
  const { weights, ...outcome } = await trainNetwork(task, settings, hooks);
  return { files: autoencoderFiles({ encoder, decoder, weights }), ...outcome };
}

/** The mean over rows and features of (x̂ - x)². */
async function evaluateReconstruction(
  network: DenseNetwork,
  data: Rows,
  rows: Uint32Array,
  signal?: AbortSignal,
): Promise<NetworkEvaluation> {
  let sum = 0;
  for (let begin = 0; begin < rows.length; begin += rowsAtATime) {
    signal?.throwIfAborted();
    const { features } = takeFeatures(data, rows.subarray(begin, begin + rowsAtATime));
    const outputs = network.apply(features);
    for (let i = 0; i < outputs.length; i++) sum += (outputs[i]! - features[i]!) ** 2;
    await setImmediate();
  }
  return { loss: sum / (rows.length * data.featureCount) };
}
