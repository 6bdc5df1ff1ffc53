import { Worker } from 'node:worker_threads';
import { messageOf, PipelineError } from '../errors.js';
import type { CheckpointStore } from '../io/checkpoints.js';
import type { EpochReport } from '../learning/bestEpoch.js';
import type { CheckpointFiles } from '../learning/checkpoint.js';
import type { ModelFiles } from '../learning/modelFiles.js';
import type { TrainedFiles, TrainingRequest } from '../learning/trainModel.js';
import type { StepContext } from './definition.js';
import type { TrainingAnswer, TrainingOrder } from './trainingMessages.js';

/**
 * Trains a network on a thread of its own, which has ended when this settles. Emits the figures of each epoch and
 * `bestEpoch` as metrics, and keeps states of the training where the context has a place for them.
 *
 * @param request its arrays are given away, with their buffers
 * @returns the files of the model
 * @throws PipelineError of the training; `workerFailed` if the thread died; what the signal was aborted with
 */
export async function trainOnThread(request: TrainingRequest, context: StepContext): Promise<ModelFiles> {
  const { signal, emitMetric, checkpoint } = context;
  signal.throwIfAborted();
  const earlier = await checkpoint?.read();
  signal.throwIfAborted();
  const thread = new TrainingThread(
    { request, checkpoint: checkpoint && { earlier, intervalMs: checkpoint.intervalMs } },
    context,
  );
  try {
    const { files, bestEpoch } = await thread.result;
    if (bestEpoch !== undefined) emitMetric({ metric: 'bestEpoch', value: bestEpoch });
    return files;
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'diverged') await checkpoint?.clear();
    throw error;
  } finally {
    await thread.end();
  }
}

class TrainingThread {
  readonly result: Promise<TrainedFiles>;
  readonly #worker: Worker;
  readonly #context: StepContext;
  readonly #checkpoint: CheckpointStore | undefined;
  #writing: Promise<void> = Promise.resolve();
  #stopListening = (): void => {};

  constructor(order: TrainingOrder, context: StepContext) {
    const { signal, checkpoint } = context;
    this.#context = context;
    this.#checkpoint = checkpoint;
    // Without the process's own flags: --input-type, which belongs to --eval, keeps worker threads from starting.
    this.#worker = new Worker(new URL('trainingWorker.js', import.meta.url), {
      workerData: order,
      transferList: buffersOf(order.request),
      execArgv: [],
    });
    this.result = new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason);
      signal.addEventListener('abort', stop);
      const onMessage = (answer: TrainingAnswer): void => {
        try {
          if (!signal.aborted) this.#receive(answer, resolve, reject);
        } catch (error) {
          reject(error); // a hook's
        }
      };
      this.#worker
        .on('message', onMessage)
        .on('error', (cause) => reject(new PipelineError('workerFailed', messageOf(cause), { cause })))
        .on('exit', (code) => reject(new PipelineError('workerFailed', `the thread ended with exit code ${code}`)));
      this.#stopListening = () => {
        signal.removeEventListener('abort', stop);
        this.#worker.off('message', onMessage);
      };
    });
  }

  /** Stops the thread at once, whatever it is doing, and waits for a state that is being written. */
  async end(): Promise<void> {
    this.#stopListening();
    await this.#worker.terminate();
    await this.#writing;
  }

  #receive(answer: TrainingAnswer, resolve: (trained: TrainedFiles) => void, reject: (error: unknown) => void): void {
    if ('progress' in answer) {
      this.#context.reportProgress(answer.progress.steps, answer.progress.totalSteps, 'steps');
    } else if ('epoch' in answer) {
      this.#emitEpoch(answer.epoch);
    } else if ('checkpoint' in answer) {
      this.#writing = this.#keep(answer.checkpoint).catch(reject);
    } else if ('trained' in answer) {
      resolve(answer.trained);
    } else {
      const { code, detail, stack } = answer.failure;
      reject(new PipelineError(code, detail, { cause: Object.assign(new Error(detail), { stack }) }));
    }
  }

  async #keep(files: CheckpointFiles): Promise<void> {
    await this.#checkpoint?.write(files);
    this.#worker.postMessage('kept', []);
  }

  #emitEpoch({ epoch, loss, validationLoss, validationAccuracy }: EpochReport): void {
    for (const [metric, value] of Object.entries({ loss, validationLoss, validationAccuracy })) {
      if (value !== undefined) this.#context.emitMetric({ metric, value, epoch });
    }
  }
}

function buffersOf({ data }: TrainingRequest): ArrayBuffer[] {
  const arrays = 'labels' in data ? [data.features, data.labels] : [data.features];
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}
