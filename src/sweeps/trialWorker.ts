/** A worker thread that runs one trial of a sweep after the other. */
import type { CallContext } from '../threads/peer.js';
import { serve } from '../threads/serve.js';
import { runTrial, type TrialOutcome, type TrialTask } from './runTrial.js';

const calls = {
  run: (task: TrialTask, { signal }: CallContext): Promise<TrialOutcome> => runTrial(task, signal),
};
export type TrialCalls = typeof calls;
serve(calls);
