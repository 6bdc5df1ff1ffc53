import type { RecordBatch } from 'apache-arrow';
import { decodePieces, encodeBatches } from '../arrow/ipc.js';
import { hasDictionary } from '../arrow/dictionaries.js';
import { recyclable, SpareBuffers } from '../arrow/recycling.js';
import { atPlace } from '../errors.js';
import { mapOrdered } from '../flow/mapOrdered.js';
import type { OperatorWorkerData } from '../operators/operatorWorker.js';
import type { TaskResults } from '../threads/taskResults.js';
import { ThreadPool } from '../threads/threadPool.js';
import type { StreamStep } from './plan.js';
import type { BatchStream, StepEnvironment } from './stepEnvironment.js';

/** Shares the batches of a parallel operator out among worker threads; results come in order. */
export async function* onWorkers(
  step: StreamStep,
  input: BatchStream,
  environment: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  const { meter, signal, workers } = environment;
  const workerData: OperatorWorkerData = { operator: step.operator, options: step.options };
  const url = new URL('../operators/operatorWorker.js', import.meta.url);
  const pool = new ThreadPool({ url, workerData, size: workers });
  const stop = (): void => void pool.close();
  signal.addEventListener('abort', stop, { once: true });

  const spares = new SpareBuffers();
  /** What the last task became: as many spares go with the next. */
  let nResults = 1;

  async function share(
    batch: RecordBatch,
    { index }: { index: number },
  ): Promise<{ index: number; results: TaskResults }> {
    meter.rowsIn += batch.numRows;
    meter.inFlight++;
    try {
      return { index, results: await pool.run(encodeBatches([batch]), spares, nResults) };
    } catch (error) {
      throw failureOf(index, error);
    } finally {
      meter.inFlight--;
    }
  }

  function failureOf(batch: number, error: unknown): unknown {
    signal.throwIfAborted();
    return atPlace({ batch }, error);
  }

  async function* decoded({
    index,
    results,
  }: {
    index: number;
    results: TaskResults;
  }): ReturnType<typeof decodePieces> {
    try {
      yield* decodePieces(results);
    } catch (error) {
      throw failureOf(index, error);
    }
  }

  try {
    // Twice as many tasks as threads, so that each finds the next one waiting.
    for await (const shared of mapOrdered(input.batches, share, { concurrency: 2 * workers })) {
      meter.busyMs = pool.busyMs;
      let count = 0;
      for await (const { batch, piece } of decoded(shared)) {
        count++;
        // The first piece may hold the dictionaries of them all.
        yield hasDictionary(batch.schema) ? batch : recyclable(batch, () => spares.give(piece.buffer));
      }
      nResults = Math.max(1, count);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await pool.close();
  }
}
