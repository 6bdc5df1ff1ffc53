import type { RecordBatch } from 'apache-arrow';
import { hasDictionary } from '../arrow/dictionaries.js';
import { decodeBatches, decodePieces, encodeBatches } from '../arrow/ipc.js';
import { recyclable, SpareBuffers } from '../arrow/recycling.js';
import { atPlace, PipelineError } from '../errors.js';
import { mapOrdered } from '../flow/mapOrdered.js';
import type { Tally } from '../operators/frame/tally.js';
import type { DeadLetter } from '../segment/deadLetter.js';
import type { Segment } from '../segment/segment.js';
import type { TaskResults } from '../threads/taskResults.js';
import { type TaskWatch, ThreadPool } from '../threads/threadPool.js';
import { BatchClock } from './batchClock.js';
import type { DeadLetters } from './deadLetters.js';
import type { MemoryShares } from './memoryBudget.js';
import type { StepMeter } from './monitor.js';
import type { SegmentAnswer } from './segmentWorker.js';
import { workerUrl } from '../threads/workerUrl.js';

export interface WorkerEnvironment {
  readonly signal: AbortSignal;
  readonly workers: number;
  readonly shares: MemoryShares;
  /** How long each step may take for a batch (s), if there is a limit. */
  readonly limits: readonly (number | undefined)[];
  /** One for each step. */
  readonly meters: readonly StepMeter[];
  /** Of the steps that have one. */
  readonly tallies: readonly (Tally | undefined)[];
  /** Where rows go that fail, if they go anywhere. */
  readonly letters: DeadLetters | undefined;
  /** Called when all that has come of one more batch has been taken. */
  readonly settled?: () => Promise<void>;
  /** Gets the function that says whether there are batches whose results have not all been taken. */
  readonly tellBusy?: (isBusy: () => boolean) => void;
}

/** Shares batches out among worker threads, each of which runs the whole segment; results come in order. */
export async function* onWorkers(
  segment: Segment,
  batches: AsyncIterable<RecordBatch>,
  { signal, workers, shares, limits, meters, tallies, letters, settled, tellBusy }: WorkerEnvironment,
): AsyncGenerator<RecordBatch> {
  const isLimited = limits.some((limit) => limit !== undefined);
  const pool = new ThreadPool<SegmentAnswer>({
    url: workerUrl('segmentWorker'),
    workerData: segment,
    size: workers,
    unreadBytes: shares.unreadBytes,
    heapBytes: shares.workerHeapBytes,
    shown: ({ what, bytes }) => decodeBatches(bytes).forEach((batch) => meters[what]!.show(batch)),
    ...(isLimited && { watch: () => watchSteps(segment, limits) }),
  });
  const stop = (): void => void pool.close();
  signal.addEventListener('abort', stop, { once: true });

  let unsettled = 0;
  tellBusy?.(() => unsettled > 0);
  const spares = new SpareBuffers();

  /** Steps that somebody looks at; what leaves the last one comes here anyway. */
  const tapped = (): number[] =>
    meters.flatMap(({ taps }, step) => (taps.size > 0 && step < meters.length - 1 ? [step] : []));

  async function share(batch: RecordBatch): Promise<TaskResults<SegmentAnswer>> {
    unsettled++;
    meters[0]!.inFlight++;
    try {
      return await pool.run(encodeBatches([batch]), spares, tapped());
    } finally {
      meters[0]!.inFlight--;
    }
  }

  async function settle(answer: SegmentAnswer): Promise<void> {
    for (const [step, done] of answer.entries()) {
      const meter = meters[step]!;
      const first = meter.batchesIn;
      meter.add(done);
      for (const part of done.parts) tallies[step]?.add(part);
      const inStream = (letter: DeadLetter): DeadLetter => ({ ...letter, batch: first + letter.batch! });
      await letters?.add(meter, done.failed.map(inStream));
    }
  }

  /** A task counts the batches of its own: those of the tasks before it come first. */
  function placed(error: unknown): unknown {
    if (signal.aborted) return signal.reason;
    if (!(error instanceof PipelineError)) return error;
    if (error.code === 'workerFailed' || (error.code === 'outOfMemory' && error.place.step === undefined)) {
      const ids = segment.steps.map(({ id }) => id);
      return new PipelineError(error.code, `${error.detail} (it ran ${ids.join(', ')})`, { cause: error.cause });
    }
    const step = segment.steps.findIndex(({ id }) => id === error.place.step);
    if (step < 0) return error; // from further up
    return atPlace({ batch: meters[step]!.batchesIn + (error.place.batch ?? 0) }, error);
  }

  try {
    // Twice as many tasks as threads, so that each finds the next one waiting.
    for await (const results of mapOrdered(batches, share, { concurrency: 2 * workers })) {
      for await (const { batch, piece } of decodePieces(results)) {
        meters.at(-1)!.show(batch);
        // The first piece may hold the dictionaries of them all.
        yield hasDictionary(batch.schema) ? batch : recyclable(batch, () => spares.give(piece.buffer));
      }
      await settle(results.answer!);
      unsettled--;
      await settled?.();
    }
  } catch (error) {
    throw placed(error);
  } finally {
    unsettled = 0;
    signal.removeEventListener('abort', stop);
    await pool.close();
  }
}

/** Looks after the steps of one thread: none may take longer for a batch than its limit. */
function watchSteps({ pipeline, steps }: Segment, limits: WorkerEnvironment['limits']): TaskWatch {
  const clock = BatchClock.forSteps(steps.length);
  return {
    workerData: { clock: clock.memory },
    overdue() {
      const atWork = clock.look();
      const limit = atWork && limits[atWork.step];
      if (limit === undefined || atWork!.ms < 1000 * limit) return undefined;
      const { step, batch } = atWork!;
      const detail = `expected an answer within ${limit} s, got none: its worker thread was ended`;
      return new PipelineError('timedOut', detail, { place: { pipeline, step: steps[step]!.id, batch } });
    },
  };
}
