/** A worker thread that runs one trial of a sweep after the other. */
import { parentPort } from 'node:worker_threads';
import { atPlace, type ErrorCode, PipelineError, type Place } from '../errors.js';
import { runTrial, type TrialOutcome, type TrialTask } from './runTrial.js';

/** What the thread is told: to run a trial, or to stop the one under way. */
export type TrialRequest = { readonly task: TrialTask } | { readonly stop: true };

/** What it answers to each task. */
export type TrialAnswer =
  | { readonly outcome: TrialOutcome }
  | { readonly failure: { readonly code: ErrorCode; readonly detail: string; readonly place: Place } };

const port = parentPort;
if (!port) throw new Error('this module runs in a worker thread');
let running = new AbortController();

port.on('message', (request: TrialRequest) => {
  if ('stop' in request) {
    running.abort(new PipelineError('interrupted', 'the trial was stopped'));
    return;
  }
  running = new AbortController();
  void answerTo(request.task, running.signal).then((answer) => port.postMessage(answer));
});

async function answerTo(task: TrialTask, signal: AbortSignal): Promise<TrialAnswer> {
  try {
    return { outcome: await runTrial(task, signal) };
  } catch (error) {
    const { code, detail, place } = atPlace({}, error);
    return { failure: { code, detail, place } };
  }
}
