import { setTimeout as sleep } from 'node:timers/promises';
import { environmentVariable } from '../environment.js';
import { type FileRetry, listen, tell } from '../threads/news.js';

/**
 * Faults that may pass by themselves, as network file systems have them. A full disk (ENOSPC, EDQUOT) is none: it waits for somebody, and
 * so would the run, with all its memory, where a named error lets somebody act.
 */
const PASSING = new Set([
  'EAGAIN',
  'EBUSY',
  'ECONNABORTED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EINTR',
  'EIO',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'EREMOTEIO',
  'ESTALE',
  'ETIMEDOUT',
]);

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;
const DEFAULT_SECONDS = 20;
const VARIABLE = 'SOAPSTREAM_RETRY_SECONDS';

export type { FileRetry };

/** Of the runs under way on this thread. */
const runs = new Set<AbortSignal>();

/** Who watches over the file operations of a run. */
export interface RetryWatch {
  /** Once it is aborted nothing is waited for any more: faults are thrown as they come, until the watch ends. */
  readonly signal: AbortSignal;
  /** Gets each fault that is waited for, those of worker threads too. */
  readonly onRetry?: ((retry: FileRetry) => void) | undefined;
}

/** @returns the end of the watch */
export function watchRetries({ signal, onRetry = () => {} }: RetryWatch): () => void {
  const stop = listen(onRetry);
  runs.add(signal);
  return () => {
    stop();
    runs.delete(signal);
  };
}

/** The code of a fault that may pass; undefined of every other error. */
export function passingFault(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return PASSING.has(code) ? code : undefined;
}

/**
 * Does work again after faults that may pass, waiting twice as long each time: for 20 s in all, or as many as the environment variable
 * `SOAPSTREAM_RETRY_SECONDS` says. Only for work that may be done twice: reading, or writing at a position. Never for a sync: after one
 * that has failed the system takes for written what it has lost.
 *
 * @throws the last failure
 */
export async function retried<T>(operation: string, path: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      const code = passingFault(error);
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
      const isOver = performance.now() - startedAt + waitMs > 1000 * secondsNow();
      if (code === undefined || isOver) throw failures > 1 ? withCount(error, failures) : error;
      tell({ operation, path, code, failures, waitMs });
      const stop = AbortSignal.any([...runs]);
      await sleep(waitMs, undefined, { signal: stop }).catch(() => {
        throw error;
      });
    }
  }
}

function secondsNow(): number {
  const given = environmentVariable(VARIABLE);
  const seconds = given === undefined || given.trim() === '' ? NaN : Number(given);
  return seconds >= 0 ? seconds : DEFAULT_SECONDS;
}

function withCount(error: unknown, failures: number): unknown {
  if (error instanceof Error) error.message += ` (tried ${failures} times)`;
  return error;
}
