/** A worker thread that trains one network: rows in, the files of a model out, reports in between. */
import { parentPort, workerData } from 'node:worker_threads';
import { atPlace } from '../errors.js';
import type { CheckpointFiles } from '../learning/checkpoint.js';
import { trainModel } from '../learning/trainModel.js';
import type { TrainingAnswer, TrainingOrder } from './trainingMessages.js';

/** The display looks no more often, and a small network takes thousands of steps a second. */
const progressIntervalMs = 50;

const { request, checkpoint } = workerData as TrainingOrder;
const port = parentPort!;
let lastAnswered = 0;
let last = { steps: 0, totalSteps: 0 };

const answer = (message: TrainingAnswer, files?: CheckpointFiles): void => {
  port.postMessage(message, [...(files?.values() ?? [])].map(({ buffer }) => buffer) as ArrayBuffer[]);
};

/** Resolves when the state has been kept, which the calling thread tells. */
function keep(files: CheckpointFiles): Promise<void> {
  return new Promise((resolve) => {
    port.once('message', () => resolve());
    answer({ checkpoint: files }, files);
  });
}

try {
  const trained = await trainModel(request, {
    onEpoch: (epoch) => answer({ epoch }),
    onProgress: (steps, totalSteps) => {
      last = { steps, totalSteps };
      if (performance.now() - lastAnswered < progressIntervalMs && steps < totalSteps) return;
      lastAnswered = performance.now();
      answer({ progress: last });
    },
    ...(checkpoint && { checkpoint: { ...checkpoint, write: keep } }),
  });
  // Where patience ended it, the steps that were taken are all there are.
  if (last.steps < last.totalSteps) answer({ progress: { steps: last.steps, totalSteps: last.steps } });
  answer({ trained }, trained.files);
} catch (error) {
  const { code, detail } = atPlace({}, error);
  answer({ failure: { code, detail, stack: error instanceof Error ? error.stack : undefined } });
}
