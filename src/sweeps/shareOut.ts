import { runTrial, type TrialOutcome, type TrialTask } from './runTrial.js';
import { TrialThread } from './trialThread.js';

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
  const executes =
    workers === 0
      ? [runTrial]
      : threads.map(
          (thread): Execute =>
            (task, stop) =>
              thread.run(task, stop),
        );
  try {
    await Promise.all(executes.map((execute) => takeTurns(execute).catch((error: unknown) => failure.abort(error))));
  } finally {
    await Promise.all(threads.map((thread) => thread.close()));
  }
  either.throwIfAborted();
}
