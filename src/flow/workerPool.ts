import { Worker } from 'node:worker_threads';
import { type ErrorCode, messageOf, PipelineError, type Place } from '../errors.js';

/** What a worker of a pool answers. */
export type WorkerAnswer =
  | { readonly id: number; readonly results: readonly Uint8Array<ArrayBuffer>[] }
  | {
      readonly id: number;
      readonly error: { readonly code: ErrorCode; readonly detail: string; readonly place: Place };
    };

/** What a worker of a pool is asked. */
export interface WorkerTask {
  readonly id: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** Memory for its results, if it wants it. */
  readonly spares: readonly ArrayBuffer[];
}

interface PendingTask extends WorkerTask {
  readonly resolve: (results: readonly Uint8Array<ArrayBuffer>[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Member {
  readonly worker: Worker;
  task: PendingTask | undefined;
  busySince: number;
}

/**
 * Worker threads that share out tasks of bytes in, pieces of bytes out, each in a buffer of its own. Buffers are transferred, not
 * copied. Threads start with the first task. A thread that dies fails the pool: all tasks, now and later, reject with `workerFailed`.
 */
export class WorkerPool {
  readonly #start: () => Worker;
  readonly #size: number;
  readonly #members: Member[] = [];
  readonly #waiting: PendingTask[] = [];
  #nextId = 0;
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
   * The answer to one task. The payload's buffer is given away, as are `spares`: of earlier results, for the memory of these.
   */
  run(
    payload: Uint8Array<ArrayBuffer>,
    spares: readonly ArrayBuffer[] = [],
  ): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: this.#nextId++, payload, spares, resolve, reject });
      this.#dispatch();
    });
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
      const { id, payload, spares } = task;
      const message: WorkerTask = { id, payload, spares };
      member.worker.postMessage(message, [payload.buffer, ...spares]);
    }
  }

  #grow(): Member | undefined {
    if (this.#members.length === this.#size) return undefined;
    const member: Member = { worker: this.#start(), task: undefined, busySince: 0 };
    member.worker
      .on('message', (answer: WorkerAnswer) => this.#settle(member, answer))
      .on('error', (error) =>
        this.#fail(new PipelineError('workerFailed', `a worker thread failed: ${messageOf(error)}`, { cause: error })),
      )
      .on('exit', (code) =>
        this.#fail(new PipelineError('workerFailed', `a worker thread ended with exit code ${code}`)),
      );
    this.#members.push(member);
    return member;
  }

  #settle(member: Member, answer: WorkerAnswer): void {
    const { task } = member;
    if (!task) return;
    member.task = undefined;
    this.#busyMs += performance.now() - member.busySince;
    if ('results' in answer) task.resolve(answer.results);
    else task.reject(new PipelineError(answer.error.code, answer.error.detail, { place: answer.error.place }));
    this.#dispatch();
  }

  #fail(failure: PipelineError): void {
    this.#failure ??= failure;
    const lost = [...this.#members.flatMap(({ task }) => task ?? []), ...this.#waiting.splice(0)];
    for (const member of this.#members) member.task = undefined;
    for (const { reject } of lost) reject(this.#failure);
  }
}
