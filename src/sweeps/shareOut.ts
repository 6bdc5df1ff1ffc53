import { guardFolder } from '../io/leftovers.js';
import { Thread } from '../threads/thread.js';
import { workerUrl } from '../threads/workerUrl.js';
import { runTrial, type TrialOutcome, type TrialTask } from './runTrial.js';
import type { TrialCalls } from './trialWorker.js';

/** Runs one trial, here or on a thread. */
export type Execute = (task: TrialTask, signal: AbortSignal) => Promise<TrialOutcome>;

/**
 * Does work that runs trials, so many at a time: whoever has done with one takes the next. The first failure stops the others.
 *
 * @param workers threads; 0 runs one trial after the other on this thread
 * @throws the first failure; the reason of `signal`
 */
export async function shareOut<T>(
  items: readonly T[],
  workers: number,
  signal: AbortSignal,
  work: (item: T, execute: Execute, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const open = [...items];
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const takeTurns = async (execute: Execute): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      either.throwIfAborted();
      await work(next, execute, either);
    }
  };
  const threads = Array.from({ length: Math.min(workers, items.length) }, () => new TrialThread());
  const executes = workers === 0 ? [runTrial] : threads.map((thread) => thread.run);
  try {
    await Promise.all(executes.map((execute) => takeTurns(execute).catch((error: unknown) => failure.abort(error))));
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
  either.throwIfAborted();
}

/** How long a trial may take to tidy up after it was told to stop (ms). */
const GRACE_MS = 5000;

/** A thread that runs trials, one at a time. It starts with the first. */
class TrialThread {
  #thread: Thread<TrialCalls> | undefined;

  /**
   * @throws PipelineError of the trial; `workerFailed` if the thread died; the reason of `signal`, once the trial has tidied up
   */
  readonly run: Execute = async (task, signal) => {
    signal.throwIfAborted();
    const thread = (this.#thread ??= new Thread(workerUrl('trialWorker')));
    const tidy = guardFolder(task.scope.directory, () => thread.terminate());
    let grace: NodeJS.Timeout | undefined;
    const stop = (): void => {
      grace = setTimeout(() => void thread.terminate(), GRACE_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await thread.call('run', task, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(grace);
      tidy();
    }
  };

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }
}
