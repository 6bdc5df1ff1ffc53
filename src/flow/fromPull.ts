import { Observable } from 'rxjs';
import { breathe } from './breathe.js';
import type { Gate } from './gate.js';
import { type Pullable, unread } from '../readOnce.js';

/**
 * An observable over a pull-driven source: each item is pushed through the synchronous operators below before the next is
 * pulled, and none is pulled while the gate is closed. Unsubscribing ends the iteration.
 *
 * Each subscription, and so each `retry`, gets the whole stream: the function opens it anew, and its signal is aborted when nobody
 * listens any more. A source itself is iterated anew; one that can be read only once, as a generator, serves one subscription.
 *
 * ```ts
 * fromPull((signal) => source.batches(signal)).pipe(soap(options), retry(2))
 * ```
 * @throws PipelineError `badOption` through the error channel, to the second subscription to what can be read only once
 */
export function fromPull<T>(
  source: Pullable<T> | ((signal: AbortSignal) => Pullable<T>),
  { gate }: { gate?: Gate } = {},
): Observable<T> {
  return new Observable((subscriber) => {
    const left = new AbortController();
    const mayPull = async (): Promise<boolean> => {
      await breathe();
      await gate?.opened();
      return !subscriber.closed;
    };
    const pump = async (): Promise<void> => {
      if (!(await mayPull())) return;
      const items = unread(typeof source === 'function' ? source(left.signal) : source);
      for await (const item of items) {
        subscriber.next(item);
        if (!(await mayPull())) return;
      }
      subscriber.complete();
    };
    pump().catch((error: unknown) => subscriber.error(error));
    return () => left.abort();
  });
}
