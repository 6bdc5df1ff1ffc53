/** A worker thread that runs one parallel operator: Arrow batches in, Arrow batches out. */
import { workerData } from 'node:worker_threads';
import { concatenate } from '../arrow/concatenate.js';
import { decodeBatches } from '../arrow/ipc.js';
import { IpcEncoder } from '../arrow/ipcEncoder.js';
import { recycle, SpareBuffers } from '../arrow/recycling.js';
import { through } from '../flow/through.js';
import { serve } from '../threads/serve.js';
import { type Task, type TaskCallerOffer, type TaskOffer, UNREAD_BYTES } from '../threads/threadPool.js';
import { detachedContext } from './context.js';
import { type BatchOperator, isFitted } from './definition.js';
import { loadOperator } from './loadOperator.js';

/** Which operator the thread runs, with options as its schema gave them out. */
export interface OperatorWorkerData {
  readonly operator: string;
  readonly options: Record<string, unknown>;
}

const { operator: name, options } = workerData as OperatorWorkerData;
const loaded = loadOperator(name).then((found): { operator: BatchOperator; releases: boolean } => {
  if (isFitted(found)) throw new TypeError(`${name} is fitted: only streaming operators run on worker threads`);
  return {
    operator: found.create(options, detachedContext({ spares: new SpareBuffers() })),
    releases: found.releases ?? false,
  };
});
loaded.catch(() => {}); // every task answers with it
const caller = serve<TaskCallerOffer>({ run } satisfies TaskOffer);

/**
 * Sends what the operator gives, as an Arrow IPC stream without an end, a piece for each batch, and waits where nobody takes them.
 * Each task is a stream of its own; what the operator has prepared when it was created serves all of them.
 */
async function run({ payload, spares }: Task): Promise<void> {
  const memory = new SpareBuffers(spares);
  const sender = new PieceSender(memory);
  let encoder: IpcEncoder | undefined;
  const { operator, releases } = await loaded;
  for await (const batch of through(decodeBatches(payload), operator)) {
    encoder ??= new IpcEncoder('the schema changed within the stream', batch.schema, 'stream');
    const piece = concatenate(encoder.encode(batch), memory);
    if (releases) recycle(batch);
    await sender.send(piece);
  }
}

/** Sends pieces of results, each with its buffer, and gets memory for further ones in return. */
class PieceSender {
  readonly #memory: SpareBuffers;
  /** Bytes that were sent and have not been taken yet. */
  #unread = 0;
  #goOn: () => void = () => {};

  constructor(memory: SpareBuffers) {
    this.#memory = memory;
  }

  /** Resolves when more may be sent. */
  async send(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    void this.#deliver(piece);
    if (this.#unread < UNREAD_BYTES) return;
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
    });
  }

  async #deliver(piece: Uint8Array<ArrayBuffer>): Promise<void> {
    const { length } = piece; // which it has no more once it is sent
    this.#unread += length;
    for (const spare of await caller.call('result', piece, { transfer: [piece.buffer] })) this.#memory.give(spare);
    this.#unread -= length;
    if (this.#unread < UNREAD_BYTES) this.#goOn();
  }
}
