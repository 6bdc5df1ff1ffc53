import type { OperatorFunction } from 'rxjs';
import { Channel } from './channel.js';
import { throughEach } from './throughEach.js';

/** The two ends of a row of operators, for streams that are written to and read from. */
export interface PipeEnds<T> {
  /** Resolves when the item has been taken in; at once, if the operators want no more. */
  write(item: T): Promise<void>;
  /** No more items come. */
  end(): void;
  /** What comes next, when it is asked for; undefined at the end. @throws whatever an operator throws */
  read(): Promise<T | undefined>;
  /** Gives up: operators are unsubscribed from, and whoever waits gets the reason. */
  stop(reason: unknown): void;
}

/** Runs operators between two ends. One item waits between them, whatever its size: the reader sets the pace. */
export function pipeEnds<T>(operators: readonly OperatorFunction<T, T>[]): PipeEnds<T> {
  const input = new Channel<T>({ capacity: 1 });
  const output = throughEach(input, ...operators)[Symbol.asyncIterator]();
  let failure: { readonly reason: unknown } | undefined;
  const fail = (reason: unknown): void => {
    failure ??= { reason };
    input.fail(reason);
  };
  return {
    async write(item) {
      try {
        await input.send(item);
      } catch {
        // Without a failure the operators have ended by themselves, as `take` does.
        if (failure) throw failure.reason;
      }
    },
    end: () => input.close(),
    async read() {
      try {
        const { done, value } = await output.next();
        return done === true ? undefined : value;
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    stop(reason) {
      fail(reason);
      output.return?.().then(undefined, () => {}); // the reason is what counts
    },
  };
}
