import { parentPort, Worker } from 'node:worker_threads';
import { type ErrorCode, messageOf, PipelineError } from '../errors.js';

type Answer<Value> =
  { readonly value: Value } | { readonly failure: { readonly code: ErrorCode; readonly detail: string } };

interface PendingCall {
  /** What has crossed between threads has no type; `never` fits whatever the call promises. */
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** What a worker's `serveCalls` offers: one function of one argument each. */
export type Calls = Record<string, (argument: never) => unknown>;

/** A worker thread that answers calls one after the other, in the order in which they were made. */
export class WorkerCalls<Offered extends Calls> {
  readonly #worker: Worker;
  readonly #pending: PendingCall[] = [];
  #failure: PipelineError | undefined;

  constructor(url: URL, workerData: unknown) {
    // Without the process's own flags: --input-type, which belongs to --eval, keeps worker threads from starting.
    this.#worker = new Worker(url, { workerData, execArgv: [] })
      .on('message', (answer: Answer<never>) => this.#settle(answer))
      .on('error', (error) => this.#fail('workerFailed', messageOf(error), error))
      .on('exit', (code) => this.#fail('workerFailed', `the worker thread ended with exit code ${code}`));
  }

  /**
   * @param transfer buffers that are given away with the argument
   * @throws PipelineError of the call; `workerFailed` if the thread died, `interrupted` after `terminate`
   */
  call<Name extends keyof Offered & string>(
    name: Name,
    argument: Parameters<Offered[Name]>[0],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Awaited<ReturnType<Offered[Name]>>> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#worker.postMessage({ name, argument }, [...transfer]);
    });
  }

  /** Stops the thread at once, whatever it is doing; calls without an answer reject. */
  async terminate(): Promise<void> {
    this.#fail('interrupted', 'the worker thread was stopped');
    await this.#worker.terminate();
  }

  #settle(answer: Answer<never>): void {
    const call = this.#pending.shift();
    if ('value' in answer) call?.resolve(answer.value);
    else call?.reject(new PipelineError(answer.failure.code, answer.failure.detail));
  }

  #fail(code: ErrorCode, detail: string, cause?: unknown): void {
    this.#failure ??= new PipelineError(code, detail, { cause });
    for (const { reject } of this.#pending.splice(0)) reject(this.#failure);
  }
}

/** The worker's side: answers calls, one at a time. A `Uint8Array` that is returned is given away, with its whole buffer. */
export function serveCalls(offered: Calls): void {
  const port = parentPort;
  if (!port) throw new Error('this module runs in a worker thread');
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', ({ name, argument }: { name: string; argument: never }) => {
    last = afterwards(last, offered[name]!, argument);
  });

  async function afterwards(previous: Promise<unknown>, call: Calls[string], argument: never): Promise<void> {
    await previous;
    const answer = await answerTo(call, argument);
    port!.postMessage(answer, 'value' in answer ? buffersOf(answer.value) : []);
  }
}

function buffersOf(value: unknown): ArrayBuffer[] {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
}

async function answerTo(call: Calls[string], argument: never): Promise<Answer<unknown>> {
  try {
    return { value: await call(argument) };
  } catch (error) {
    const known = error instanceof PipelineError ? error : new PipelineError('badData', messageOf(error));
    return { failure: { code: known.code, detail: known.detail } };
  }
}
