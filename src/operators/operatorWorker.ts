/** A worker thread that runs one parallel operator: Arrow batches in, Arrow batches out. */
import { parentPort, workerData } from 'node:worker_threads';
import { concatenate } from '../arrow/concatenate.js';
import { decodeBatches } from '../arrow/ipc.js';
import { IpcEncoder } from '../arrow/ipcEncoder.js';
import { recycle, SpareBuffers } from '../arrow/recycling.js';
import { atPlace } from '../errors.js';
import { through } from '../flow/through.js';
import type { WorkerAnswer, WorkerTask } from '../flow/workerPool.js';
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
  return { operator: found.create(options, detachedContext()), releases: found.releases ?? false };
});
loaded.catch(() => {}); // every task answers with it

/**
 * What the operator gives, as an Arrow IPC stream without an end, a piece for each batch. Each task is a stream of its own; what the
 * operator has prepared when it was created serves all of them.
 */
async function run({ payload, spares }: WorkerTask): Promise<Uint8Array<ArrayBuffer>[]> {
  const memory = new SpareBuffers(spares);
  const results: Uint8Array<ArrayBuffer>[] = [];
  let encoder: IpcEncoder | undefined;
  const { operator, releases } = await loaded;
  for await (const batch of through(decodeBatches(payload), operator)) {
    encoder ??= new IpcEncoder('the schema changed within the stream', batch.schema, 'stream');
    results.push(concatenate(encoder.encode(batch), memory));
    if (releases) recycle(batch);
  }
  return results;
}

async function answer(task: WorkerTask): Promise<WorkerAnswer> {
  try {
    return { id: task.id, results: await run(task) };
  } catch (error) {
    const { code, detail, place } = atPlace({}, error);
    return { id: task.id, error: { code, detail, place } };
  }
}

parentPort!.on('message', (task: WorkerTask) => {
  void answer(task).then((message) => {
    parentPort!.postMessage(message, 'results' in message ? message.results.map(({ buffer }) => buffer) : []);
  });
});
