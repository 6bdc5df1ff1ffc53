/** A worker thread that trains one network: rows in, the files of a model out, reports in between. */
import type { EpochReport } from '../../learning/bestEpoch.js';
import type { CheckpointFiles } from '../../learning/checkpoint.js';
import type { Checkpointing } from '../../learning/checkpointWriter.js';
import { type Trained, trainModel, type TrainingRequest } from '../../learning/trainModel.js';
import { HandedOver } from '../../threads/peer.js';
import { serve } from '../../threads/serve.js';

/** What a training is started with. */
export interface TrainingOrder {
  readonly request: TrainingRequest;
  readonly checkpoint: Omit<Checkpointing, 'write'> | undefined; // none where no states are kept
}

/** What the thread may call while it trains. */
export type TrainingListener = {
  epoch(report: EpochReport): void;
  progress(work: TrainingProgress): void;
  /** Answers when the state has been kept. */
  keep(files: CheckpointFiles): Promise<void>;
};

export interface TrainingProgress {
  readonly steps: number;
  readonly totalSteps: number;
}

const calls = { train };
export type TrainingCalls = typeof calls;

/** The display looks no more often, and a small network takes thousands of steps a second. */
const progressIntervalMs = 50;
const listener = serve<TrainingListener>(calls);

async function train({ request, checkpoint }: TrainingOrder): Promise<HandedOver<Trained>> {
  let lastTold = 0;
  let last: TrainingProgress = { steps: 0, totalSteps: 0 };
  const tell = (work: TrainingProgress): void => void listener.call('progress', work);
  const trained = await trainModel(request, {
    onEpoch: (epoch) => void listener.call('epoch', epoch),
    onProgress(steps, totalSteps) {
      last = { steps, totalSteps };
      if (performance.now() - lastTold < progressIntervalMs && steps < totalSteps) return;
      lastTold = performance.now();
      tell(last);
    },
    ...(checkpoint && {
      checkpoint: { ...checkpoint, write: (files) => listener.call('keep', files, { transfer: buffersOf(files) }) },
    }),
  });
  // Where patience ended it, the steps that were taken are all there are.
  if (last.steps < last.totalSteps) tell({ steps: last.steps, totalSteps: last.steps });
  return new HandedOver(trained, buffersOf(trained.files));
}

function buffersOf(files: CheckpointFiles): ArrayBuffer[] {
  return [...files.values()].map(({ buffer }) => buffer as ArrayBuffer);
}
