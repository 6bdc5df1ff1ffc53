import type { OperatorFunction } from 'rxjs';
import { pipeEnds } from './pipeEnds.js';

export interface WebStreamPair<T> {
  readonly readable: ReadableStream<T>;
  readonly writable: WritableStream<T>;
}

/**
 * A row of synchronous operators as a pair of Web streams, for `pipeThrough`. Each end holds one item at most: what is not read is not
 * computed, and not asked for from whoever writes.
 *
 * ```ts
 * const descriptors = clouds.pipeThrough(toTransformStream(imageToXyz(), soap(options)));
 * ```
 * Cancelling the readable or aborting the writable ends both. An error of an operator reaches both.
 */
export function toTransformStream<T>(...operators: readonly OperatorFunction<T, T>[]): WebStreamPair<T> {
  const ends = pipeEnds(operators);
  let fail: (reason: unknown) => void = () => {};
  const writable = new WritableStream<T>(
    {
      start: (controller) => {
        fail = (reason) => controller.error(reason);
      },
      write: (item) => ends.write(item),
      close: () => ends.end(),
      abort: (reason) => ends.stop(reason),
    },
    { highWaterMark: 1 },
  );
  const readable = new ReadableStream<T>(
    {
      async pull(controller) {
        try {
          const item = await ends.read();
          if (item === undefined) controller.close();
          else controller.enqueue(item);
        } catch (error) {
          fail(error);
          throw error;
        }
      },
      cancel(reason) {
        ends.stop(reason);
        fail(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { readable, writable };
}
