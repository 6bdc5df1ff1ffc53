import { Worker } from 'node:worker_threads';
import { messageOf, PipelineError } from '../errors.js';
import { type Answered, type CallOptions, type Offer, Peer } from './peer.js';

export interface ThreadOptions {
  readonly workerData?: unknown;
  /** What the thread may call here. */
  readonly offered?: Offer;
  /** Bound of its JavaScript heap (bytes); that of Node unless told. */
  readonly heapBytes?: number | undefined;
}

/** A worker thread whose module `serve`s calls. */
export class Thread<Remote extends Offer> {
  readonly #worker: Worker;
  readonly #peer: Peer<Remote>;

  constructor(url: URL, { workerData, offered = {}, heapBytes }: ThreadOptions = {}) {
    // Without the process's own flags: --input-type, which belongs to --eval, keeps worker threads from starting.
    const worker = new Worker(url, {
      workerData,
      execArgv: [],
      ...(heapBytes !== undefined && { resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapBytes / 2 ** 20) } }),
    });
    const peer = new Peer<Remote>((message, buffers) => worker.postMessage(message, [...buffers]), offered);
    const fail = (detail: string, cause?: unknown): void =>
      peer.fail(new PipelineError(isOutOfMemory(cause) ? 'outOfMemory' : 'workerFailed', detail, { cause }));
    worker
      .on('message', (message) => peer.receive(message))
      .on('messageerror', (error) => fail(`a message of a worker thread cannot be read: ${messageOf(error)}`, error))
      .on('error', (error) => fail(`a worker thread failed: ${messageOf(error)}`, error))
      .on('exit', (code) => fail(`a worker thread ended with exit code ${code}`));
    this.#worker = worker;
    this.#peer = peer;
  }

  /**
   * @throws PipelineError of the call; `workerFailed` if the thread died, `interrupted` after `terminate`
   */
  call<Name extends keyof Remote & string>(
    name: Name,
    argument: Parameters<Remote[Name]>[0],
    options?: CallOptions,
  ): Promise<Answered<Remote, Name>> {
    return this.#peer.call(name, argument, options);
  }

  /** Stops the thread at once, whatever it is doing; calls without an answer reject. */
  async terminate(): Promise<void> {
    this.#peer.fail(new PipelineError('interrupted', 'the worker thread was stopped'));
    await this.#worker.terminate();
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
