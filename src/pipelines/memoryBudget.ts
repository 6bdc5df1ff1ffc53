import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { PipelineError } from '../errors.js';

/** What a run takes before it holds any rows, and each of its threads (bytes): measured for soap into Parquet. */
const LEAST_BYTES = 256 * 2 ** 20;
const THREAD_BYTES = 96 * 2 ** 20;
/** From one look at the memory to the next (ms). */
const LOOK_MS = 100;
/** So often it has to be too much: memory that was just given up takes a moment to go. */
const LOOKS = 3;

/** What parts of a run may hold, so that all of it stays within its budget. */
export interface MemoryShares {
  /** Batches that wait before a sink. */
  readonly sinkQueueBytes: number;
  /** Results of a task that nobody has taken. */
  readonly unreadBytes: number;
  /** The JavaScript heap of a worker thread; that of Node unless there is a budget. */
  readonly workerHeapBytes?: number;
}

const UNBOUND: MemoryShares = { sinkQueueBytes: 32 * 2 ** 20, unreadBytes: 64 * 2 ** 20 };

/** The shares of a budget (bytes) among so many threads. */
export function sharesOf(budget: number | undefined, workers: number): MemoryShares {
  if (budget === undefined) return UNBOUND;
  const spare = spareBytes(budget, workers);
  return {
    sinkQueueBytes: Math.min(UNBOUND.sinkQueueBytes, Math.floor(spare / 8)),
    // Two tasks a thread are under way.
    unreadBytes: Math.min(UNBOUND.unreadBytes, Math.floor(spare / (4 * 2 * Math.max(1, workers)))),
    workerHeapBytes: THREAD_BYTES + Math.floor(spare / Math.max(1, workers)),
  };
}

/** What steps may hold of a budget, without worker threads (bytes). */
export function spareBytes(budget: number, workers = 0): number {
  return Math.max(0, budget - LEAST_BYTES - THREAD_BYTES * workers);
}

/** As many threads as there are cores, or as a budget has room for. */
export function workersWithin(budget: number | undefined): number {
  const cores = availableParallelism();
  return budget === undefined ? cores : Math.min(cores, Math.floor(spareBytes(budget) / THREAD_BYTES));
}

/** @throws PipelineError `badOption` for a budget (bytes) that is too small for a run with so many threads */
export function expectRoom(budget: number | undefined, workers: number): void {
  const least = LEAST_BYTES + THREAD_BYTES * workers;
  if (budget === undefined || budget >= least) return;
  const message = `memory: expected at least ${inMiB(least)} for ${workers} workers, got ${inMiB(budget)}`;
  throw new PipelineError('badOption', message);
}

/**
 * Does work as long as the memory of the process stays within a budget (bytes). Then the signal that the work gets is aborted with a
 * PipelineError `outOfMemory`. On a thread of a process whose main thread looks after it already nobody looks.
 */
export async function withinMemory<T>(
  budget: number | undefined,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (budget === undefined || !isMainThread) return work(signal);
  const over = new AbortController();
  let looks = 0;
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() > budget) collectGarbage();
    looks = process.memoryUsage.rss() > budget ? looks + 1 : 0;
    if (looks >= LOOKS) over.abort(exceeded(budget));
  }, LOOK_MS);
  timer.unref();
  try {
    return await work(AbortSignal.any([signal, over.signal]));
  } finally {
    clearInterval(timer);
  }
}

function exceeded(budget: number): PipelineError {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const parts = `${inMiB(heapUsed)} of it the heap of the main thread, ${inMiB(arrayBuffers)} its arrays`;
  const advice = 'fewer workers, smaller batches or samples, or a larger --memory';
  return new PipelineError(
    'outOfMemory',
    `expected at most ${inMiB(budget)} of memory, got ${inMiB(rss)} (${parts}): ${advice}`,
  );
}

let collect: (() => void) | undefined;

/** What is garbage does not count. */
function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

export function inMiB(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
