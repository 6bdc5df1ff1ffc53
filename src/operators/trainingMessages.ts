import type { ErrorCode } from '../errors.js';
import type { EpochReport } from '../learning/bestEpoch.js';
import type { CheckpointFiles } from '../learning/checkpoint.js';
import type { Checkpointing } from '../learning/checkpointWriter.js';
import type { TrainedFiles, TrainingRequest } from '../learning/trainModel.js';

/** What a training thread is started with. */
export interface TrainingOrder {
  readonly request: TrainingRequest;
  readonly checkpoint: Omit<Checkpointing, 'write'> | undefined; // none where no states are kept
}

/** What a training thread says. The last is `trained` or `failure`; a `checkpoint` waits for any message in return. */
export type TrainingAnswer =
  | { readonly epoch: EpochReport }
  | { readonly progress: { readonly steps: number; readonly totalSteps: number } }
  | { readonly checkpoint: CheckpointFiles }
  | { readonly trained: TrainedFiles }
  | { readonly failure: { readonly code: ErrorCode; readonly detail: string; readonly stack: string | undefined } };
