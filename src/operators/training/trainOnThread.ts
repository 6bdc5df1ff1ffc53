import { PipelineError } from '../../errors.js';
import type { EpochReport } from '../../learning/bestEpoch.js';
import type { ModelFiles } from '../../learning/modelJson.js';
import type { TrainingRequest } from '../../learning/trainModel.js';
import { Thread } from '../../threads/thread.js';
import type { StepContext } from '../frame/definition.js';
import type { TrainingCalls, TrainingListener } from './trainingWorker.js';
import { workerUrl } from '../../threads/workerUrl.js';

/**
 * Trains a network on a thread of its own, which has ended when this settles. Emits the figures of each epoch and
 * `bestEpoch` as metrics, and keeps states of the training where the context has a place for them.
 *
 * @param request its arrays are given away, with their buffers
 * @returns the files of the model
 * @throws PipelineError of the training; `workerFailed` if the thread died; what the signal was aborted with
 */
export async function trainOnThread(request: TrainingRequest, context: StepContext): Promise<ModelFiles> {
  const { signal, emitMetric, reportProgress, checkpoint } = context;
  signal.throwIfAborted();
  const earlier = await checkpoint?.read();
  signal.throwIfAborted();
  /** What a hook throws, or the keeping of a state, ends the training. */
  const failure = new AbortController();
  const stopped = AbortSignal.any([signal, failure.signal]);
  const guarded =
    <Argument>(react: (argument: Argument) => void) =>
    (argument: Argument): void => {
      try {
        if (!stopped.aborted) react(argument);
      } catch (error) {
        failure.abort(error);
      }
    };
  /** The state that is being written; of its failure `stopped` tells. */
  let writing: Promise<void> = Promise.resolve();
  const offered: TrainingListener = {
    epoch: guarded((report) => emitEpoch(report, context)),
    progress: guarded(({ steps, totalSteps }) => reportProgress(steps, totalSteps, 'steps')),
    async keep(files) {
      writing = checkpoint!.write(files).catch((error: unknown) => failure.abort(error));
      await writing;
    },
  };
  const thread = new Thread<TrainingCalls>(workerUrl('trainingWorker'), { offered });
  try {
    const order = { request, checkpoint: checkpoint && { earlier, intervalMs: checkpoint.intervalMs } };
    const training = thread.call('train', order, { transfer: buffersOf(request) });
    const { files, bestEpoch } = await Promise.race([training, rejection(stopped)]);
    if (bestEpoch !== undefined) emitMetric({ metric: 'bestEpoch', value: bestEpoch });
    return files;
  } catch (error) {
    await writing;
    if (error instanceof PipelineError && error.code === 'diverged') await checkpoint?.clear();
    throw error;
  } finally {
    await thread.terminate();
    await writing;
  }
}

/** Rejects with the reason when the signal is aborted. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

function emitEpoch(
  { epoch, loss, validationLoss, validationAccuracy }: EpochReport,
  { emitMetric }: StepContext,
): void {
  for (const [metric, value] of Object.entries({ loss, validationLoss, validationAccuracy })) {
    if (value !== undefined) emitMetric({ metric, value, epoch });
  }
}

function buffersOf({ data }: TrainingRequest): ArrayBuffer[] {
  const arrays = 'labels' in data ? [data.features, data.labels] : [data.features];
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}
