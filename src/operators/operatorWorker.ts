/** A worker thread that runs one parallel operator: Arrow batches in, Arrow batches out. */
import { parentPort, workerData } from 'node:worker_threads';
import { concatenate } from '../arrow/concatenate.js';
import { decodeBatches } from '../arrow/ipc.js';
import { IpcEncoder } from '../arrow/ipcEncoder.js';
import { recycle, SpareBuffers } from '../arrow/recycling.js';
import { atPlace } from '../errors.js';
import { through } from '../flow/through.js';
import { UNREAD_BYTES, type WorkerAnswer, type WorkerMessage, type WorkerTask } from '../flow/workerPool.js';
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

/** For the results of the task at hand. */
let memory = new SpareBuffers();
/** Bytes that were sent and have not been taken yet. */
let unread = 0;
let goOn: () => void = () => {};

/**
 * Sends what the operator gives, as an Arrow IPC stream without an end, a piece for each batch, and waits where nobody takes them.
 * Each task is a stream of its own; what the operator has prepared when it was created serves all of them.
 */
async function run({ payload }: WorkerTask): Promise<void> {
  let encoder: IpcEncoder | undefined;
  const { operator, releases } = await loaded;
  for await (const batch of through(decodeBatches(payload), operator)) {
    encoder ??= new IpcEncoder('the schema changed within the stream', batch.schema, 'stream');
    const result = concatenate(encoder.encode(batch), memory);
    if (releases) recycle(batch);
    unread += result.length;
    send({ result }, [result.buffer]);
    if (unread >= UNREAD_BYTES) {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
  }
}

async function answer(task: WorkerTask): Promise<WorkerAnswer> {
  memory = new SpareBuffers();
  unread = 0;
  try {
    await run(task);
    return { error: undefined };
  } catch (error) {
    const { code, detail, place } = atPlace({}, error);
    return { error: { code, detail, place } };
  }
}

function send(message: WorkerAnswer, buffers: readonly ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, [...buffers]);
}

parentPort!.on('message', (message: WorkerMessage) => {
  if ('taken' in message) {
    unread -= message.taken;
    if (unread < UNREAD_BYTES) goOn();
  } else {
    void answer(message).then((ended) => send(ended));
  }
  for (const spare of message.spares) memory.give(spare);
});
