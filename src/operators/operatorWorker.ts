/** A worker thread that runs one parallel operator: Arrow batches in, Arrow batches out. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RecordBatch } from 'apache-arrow';
import { from } from 'rxjs';
import { decodeBatches, encodeBatches } from '../arrow/ipc.js';
import { atPlace } from '../errors.js';
import type { WorkerAnswer, WorkerTask } from '../flow/workerPool.js';
import { detachedContext } from './context.js';
import { isFitted, type StreamDefinition } from './definition.js';
import { loadOperator } from './loadOperator.js';

/** Which operator the thread runs, with options as its schema gave them out. */
export interface OperatorWorkerData {
  readonly operator: string;
  readonly options: Record<string, unknown>;
}

const { operator, options } = workerData as OperatorWorkerData;
const definition = loadOperator(operator).then((found): StreamDefinition => {
  if (isFitted(found)) throw new TypeError(`${operator} is fitted: only streaming operators run on worker threads`);
  return found;
});

function run(step: StreamDefinition, batches: RecordBatch[]): RecordBatch[] {
  const output: RecordBatch[] = [];
  let failure: { error: unknown } | undefined;
  from(batches)
    .pipe(step.create(options, detachedContext()))
    .subscribe({
      next: (batch) => output.push(batch),
      error: (error: unknown) => {
        failure = { error };
      },
    });
  if (failure) throw failure.error;
  return output;
}

async function answer({ id, payload }: WorkerTask): Promise<WorkerAnswer> {
  try {
    return { id, result: encodeBatches(run(await definition, decodeBatches(payload))) };
  } catch (error) {
    const { code, detail, place } = atPlace({}, error);
    return { id, error: { code, detail, place } };
  }
}

parentPort!.on('message', (task: WorkerTask) => {
  void answer(task).then((message) => {
    parentPort!.postMessage(message, 'result' in message ? [message.result.buffer] : []);
  });
});
