import { Worker } from 'node:worker_threads';
import { messageOf, PipelineError } from '../errors.js';
import { guardFolder } from '../io/leftovers.js';
import type { TrialOutcome, TrialTask } from './runTrial.js';
import type { TrialAnswer, TrialRequest } from './trialWorker.js';

/** How long a trial may take to tidy up after it was told to stop (ms). */
const GRACE_MS = 5000;

interface Pending {
  readonly resolve: (outcome: TrialOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** A thread that runs trials, one at a time. It starts with the first. */
export class TrialThread {
  #worker: Worker | undefined;
  #pending: Pending | undefined;

  /**
   * @throws PipelineError of the trial; `workerFailed` if the thread died; the reason of `signal`, once the trial has tidied up
   */
  async run(task: TrialTask, signal: AbortSignal): Promise<TrialOutcome> {
    signal.throwIfAborted();
    const worker = (this.#worker ??= this.#start());
    const tidy = guardFolder(task.scope.directory, () => worker.terminate());
    let grace: NodeJS.Timeout | undefined;
    const stop = (): void => {
      tell(worker, { stop: true });
      grace = setTimeout(() => void worker.terminate(), GRACE_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await new Promise<TrialOutcome>((resolve, reject) => {
        this.#pending = { resolve, reject };
        tell(worker, { task });
      });
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
    await this.#worker?.terminate();
  }

  #start(): Worker {
    // Without the process's own flags: --input-type, which belongs to --eval, keeps worker threads from starting.
    return new Worker(new URL('./trialWorker.js', import.meta.url), { execArgv: [] })
      .on('message', (answer: TrialAnswer) => this.#settle(answer))
      .on('error', (error) => this.#fail(`a worker thread failed: ${messageOf(error)}`, error))
      .on('exit', (code) => this.#fail(`a worker thread ended with exit code ${code}`));
  }

  #settle(answer: TrialAnswer): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if ('outcome' in answer) pending?.resolve(answer.outcome);
    else {
      const { code, detail, place } = answer.failure;
      pending?.reject(new PipelineError(code, detail, { place }));
    }
  }

  #fail(detail: string, cause?: unknown): void {
    this.#pending?.reject(new PipelineError('workerFailed', detail, { cause }));
    this.#pending = undefined;
  }
}

function tell(worker: Worker, request: TrialRequest): void {
  worker.postMessage(request, []);
}
