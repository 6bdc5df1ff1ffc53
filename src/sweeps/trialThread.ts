import { guardFolder } from '../io/leftovers.js';
import { Thread } from '../threads/thread.js';
import type { TrialOutcome, TrialTask } from './runTrial.js';
import type { TrialCalls } from './trialWorker.js';
import { workerUrl } from '../threads/workerUrl.js';

/** How long a trial may take to tidy up after it was told to stop (ms). */
const GRACE_MS = 5000;

/** A thread that runs trials, one at a time. It starts with the first. */
export class TrialThread {
  #thread: Thread<TrialCalls> | undefined;

  /**
   * @throws PipelineError of the trial; `workerFailed` if the thread died; the reason of `signal`, once the trial has tidied up
   */
  async run(task: TrialTask, signal: AbortSignal): Promise<TrialOutcome> {
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
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }
}
