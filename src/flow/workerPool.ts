import { Worker } from 'node:worker_threads';
import { type ErrorCode, messageOf, PipelineError, type Place } from '../errors.js';
import { WorkerResults } from './workerResults.js';

/** Bytes of results that a task may have sent, and nobody have taken: then it waits. */
export const UNREAD_BYTES = 64 * 2 ** 20;

/** What a worker of a pool is asked: a task when it has none or, while it has one, to go on, so many bytes having been taken. */
export type WorkerMessage = (WorkerTask | { readonly taken: number }) & {
  /** Memory for its results, if it wants it. */
  readonly spares: readonly ArrayBuffer[];
};

export interface WorkerTask {
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Buffers of earlier results that are no longer used. */
export interface Spares {
  /** Gives up to so many of them away. */
  takeSome(count: number): ArrayBuffer[];
}

const NO_SPARES: Spares = { takeSome: () => [] };

/** What a worker of a pool answers to a task: results, then how it has ended. */
export type WorkerAnswer =
  | { readonly result: Uint8Array<ArrayBuffer> }
  | { readonly error: { readonly code: ErrorCode; readonly detail: string; readonly place: Place } | undefined };

interface PendingTask extends WorkerTask {
  readonly spares: Spares;
  readonly nSpares: number;
  readonly results: WorkerResults;
}

interface Member {
  readonly worker: Worker;
  task: PendingTask | undefined;
  busySince: number;
}

/**
 * Worker threads that share out tasks of bytes in, results of bytes out, each in a buffer of its own. Buffers are transferred, not
 * copied. Threads start with the first task. A thread that dies fails the pool: all tasks, now and later, reject with `workerFailed`.
 */
export class WorkerPool {
  readonly #start: () => Worker;
  readonly #size: number;
  readonly #members: Member[] = [];
  readonly #waiting: PendingTask[] = [];
  #busyMs = 0;
  #failure: PipelineError | undefined;

  constructor({ url, workerData, size }: { url: URL; workerData: unknown; size: number }) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`workers: expected an integer ≥ 1, got ${size}`);
    this.#size = size;
    this.#start = () => new Worker(url, { workerData, execArgv: [] });
  }

  /** Time that the threads have been at work, all together. */
  get busyMs(): number {
    return this.#busyMs;
  }

  /**
   * The results of one task, once they are all there, or so many that it waits for them to be taken. The payload's buffer is given
   * away.
   *
   * @param spares for the memory of its results: up to `nSpares` when it starts, and one more for each result that is taken
   */
  async run(payload: Uint8Array<ArrayBuffer>, spares = NO_SPARES, nSpares = 1): Promise<WorkerResults> {
    if (this.#failure) throw this.#failure;
    const results = new WorkerResults(UNREAD_BYTES);
    this.#waiting.push({ payload, spares, nSpares, results });
    this.#dispatch();
    await results.ready;
    return results;
  }

  /** Stops the threads; tasks that have no answer yet reject. */
  async close(): Promise<void> {
    this.#fail(new PipelineError('interrupted', 'the worker pool was closed'));
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const member = this.#members.find(({ task }) => !task) ?? this.#grow();
      if (!member) return;
      const task = this.#waiting.shift()!;
      member.task = task;
      member.busySince = performance.now();
      const { payload, spares, nSpares, results } = task;
      results.onTaken = (taken) => {
        if (member.task === task) post(member.worker, { taken, spares: spares.takeSome(1) });
      };
      post(member.worker, { payload, spares: spares.takeSome(nSpares) }, [payload.buffer]);
    }
  }

  #grow(): Member | undefined {
    if (this.#members.length === this.#size) return undefined;
    const member: Member = { worker: this.#start(), task: undefined, busySince: 0 };
    member.worker
      .on('message', (answer: WorkerAnswer) => this.#receive(member, answer))
      .on('error', (error) =>
        this.#fail(new PipelineError('workerFailed', `a worker thread failed: ${messageOf(error)}`, { cause: error })),
      )
      .on('exit', (code) =>
        this.#fail(new PipelineError('workerFailed', `a worker thread ended with exit code ${code}`)),
      );
    this.#members.push(member);
    return member;
  }

  #receive(member: Member, answer: WorkerAnswer): void {
    const { task } = member;
    if (!task) return;
    if ('result' in answer) {
      task.results.add(answer.result);
      return;
    }
    member.task = undefined;
    this.#busyMs += performance.now() - member.busySince;
    const { error } = answer;
    task.results.end(error && new PipelineError(error.code, error.detail, { place: error.place }));
    this.#dispatch();
  }

  #fail(failure: PipelineError): void {
    this.#failure ??= failure;
    const lost = [...this.#members.flatMap(({ task }) => task ?? []), ...this.#waiting.splice(0)];
    for (const member of this.#members) member.task = undefined;
    for (const { results } of lost) results.end(this.#failure);
  }
}

function post(worker: Worker, message: WorkerMessage, buffers: readonly ArrayBuffer[] = []): void {
  worker.postMessage(message, [...buffers, ...message.spares]);
}
