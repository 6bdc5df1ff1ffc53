import { Observable } from 'rxjs';
import { breathe } from './breathe.js';
import type { Gate } from './gate.js';

/**
 * An observable over a pull-driven source: each item is pushed through the synchronous operators below before the next is
 * pulled, and none is pulled while the gate is closed. Each subscription iterates anew; unsubscribing ends the iteration.
 */
export function fromPull<T>(source: AsyncIterable<T> | Iterable<T>, { gate }: { gate?: Gate } = {}): Observable<T> {
  return new Observable((subscriber) => {
    const mayPull = async (): Promise<boolean> => {
      await breathe();
      await gate?.opened();
      return !subscriber.closed;
    };
    const pump = async (): Promise<void> => {
      if (!(await mayPull())) return;
      for await (const item of source) {
        subscriber.next(item);
        if (!(await mayPull())) return;
      }
      subscriber.complete();
    };
    pump().catch((error: unknown) => subscriber.error(error));
  });
}
