/** A worker thread that runs one parallel operator: Arrow batches in, Arrow batches out. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RecordBatch } from 'apache-arrow';
import { from } from 'rxjs';
import { decodeBatches, encodeBatches } from '../arrow/ipc.js';
import { atPlace, PipelineError } from '../errors.js';
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
const operator = loadOperator(name).then((found): BatchOperator => {
  if (isFitted(found)) throw new TypeError(`${name} is fitted: only streaming operators run on worker threads`);
  return found.create(options, detachedContext());
});
operator.catch(() => {}); // every task answers with it

/** Each task is a stream of its own; what the operator has prepared when it was created serves all of them. */
function run(step: BatchOperator, batches: RecordBatch[]): RecordBatch[] {
  const output: RecordBatch[] = [];
  let failure: { error: unknown } | undefined;
  let completed = false;
  from(batches)
    .pipe(step)
    .subscribe({
      next: (batch) => output.push(batch),
      error: (error: unknown) => {
        failure = { error };
      },
      complete: () => {
        completed = true;
      },
    });
  if (failure) throw failure.error;
  if (!completed) {
    throw new PipelineError(
      'misbehavingOperator',
      'did not complete when its input did: operators must be synchronous',
    );
  }
  return output;
}

async function answer({ id, payload }: WorkerTask): Promise<WorkerAnswer> {
  try {
    return { id, result: encodeBatches(run(await operator, decodeBatches(payload))) };
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
