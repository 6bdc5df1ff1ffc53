import { Duplex } from 'node:stream';
import type { OperatorFunction } from 'rxjs';
import { messageOf, PipelineError } from '../errors.js';
import { pipeEnds } from './pipeEnds.js';

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(messageOf(error)));

/**
 * A row of synchronous operators as a Node stream of objects, for `pipe` and `pipeline`. Each side holds one item at most: what is
 * not read is not computed, and not asked for from whoever writes.
 *
 * ```ts
 * await pipeline(clouds, toDuplex(imageToXyz(), soap(options)), async function (batches) { … });
 * ```
 * Destroying it unsubscribes from the operators. An error of an operator destroys it.
 */
export function toDuplex<T>(...operators: readonly OperatorFunction<T, T>[]): Duplex {
  const ends = pipeEnds(operators);
  return new Duplex({
    objectMode: true,
    readableHighWaterMark: 1,
    writableHighWaterMark: 1,
    async write(item: T, _encoding, done) {
      let failure: Error | undefined;
      try {
        await ends.write(item);
      } catch (error) {
        failure = asError(error);
      }
      done(failure);
    },
    final(done) {
      ends.end();
      done();
    },
    async read() {
      try {
        const item = await ends.read();
        this.push(item === undefined ? null : item);
      } catch (error) {
        this.destroy(asError(error));
      }
    },
    destroy(error, done) {
      ends.stop(error ?? new PipelineError('interrupted', 'the stream was destroyed'));
      done(error);
    },
  });
}
