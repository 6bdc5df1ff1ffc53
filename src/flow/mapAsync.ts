import { Observable, type OperatorFunction, takeWhile } from 'rxjs';
import { PipelineError } from '../errors.js';
import type { Gate } from './gate.js';

/** How much asynchronous work an observable may have under way. */
export interface MapAsyncOptions {
  /** Calls under way at a time. */
  readonly concurrency: number;
  /** Items that may wait beyond those; default 64. */
  readonly capacity?: number;
  /** Closed while there is no room for another call, so that a source behind it pauses. */
  readonly gate?: Gate;
}

/**
 * Maps items by an asynchronous function, in order, for streams that RxJS drives. RxJS cannot make a source wait: with a `gate`
 * and `fromPull` the source pauses by itself, and `capacity` must hold what one item becomes on its way here; behind a source that cannot, a full queue is an error and never grows.
 *
 * The first failure ends the stream; unsubscribing aborts the signal that the function gets.
 * @throws PipelineError `queueFull` through the error channel
 */
export function mapAsync<In, Out>(
  map: (item: In, context: { index: number; signal: AbortSignal }) => Promise<Out>,
  { concurrency, capacity = 64, gate }: MapAsyncOptions,
): OperatorFunction<In, Out> {
  if (!(concurrency >= 1)) throw new RangeError(`concurrency: expected a number ≥ 1, got ${concurrency}`);
  return (source) =>
    new Observable((subscriber) => {
      const abort = new AbortController();
      const waiting: In[] = [];
      const finished = new Map<number, Out>();
      let started = 0;
      let emitted = 0;
      let sourceDone = false;
      let release: (() => void) | undefined;
      const reopen = (): void => {
        release?.();
        release = undefined;
      };

      // Asynchronous, so that what `map` throws at once is a rejection too.
      const call = async (item: In, index: number): Promise<Out> => map(item, { index, signal: abort.signal });
      const start = (): void => {
        while (waiting.length > 0 && started - emitted < concurrency) {
          const index = started++;
          call(waiting.shift()!, index).then(
            (result) => settle(index, result),
            (error: unknown) => subscriber.error(error),
          );
        }
        if (started - emitted >= concurrency) release ??= gate?.close();
        else reopen();
      };
      const settle = (index: number, result: Out): void => {
        if (subscriber.closed) return;
        finished.set(index, result);
        while (finished.has(emitted)) {
          const next = finished.get(emitted)!;
          finished.delete(emitted++);
          subscriber.next(next);
        }
        if (subscriber.closed) return;
        start();
        if (sourceDone && emitted === started && waiting.length === 0) subscriber.complete();
      };

      subscriber.add(() => {
        abort.abort();
        reopen();
      });
      subscriber.add(
        source.pipe(takeWhile(() => !subscriber.closed)).subscribe({
          next: (item) => {
            if (waiting.length >= capacity) {
              const detail = `mapAsync: ${capacity} items wait already (capacity), and the source goes on`;
              subscriber.error(new PipelineError('queueFull', detail));
              return;
            }
            waiting.push(item);
            start();
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            sourceDone = true;
            if (emitted === started && waiting.length === 0) subscriber.complete();
          },
        }),
      );
    });
}
