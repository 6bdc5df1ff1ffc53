import { Duplex } from 'node:stream';
import type { OperatorFunction } from 'rxjs';
import { PipelineError } from '../errors.js';
import { pipeEnds } from './pipeEnds.js';

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
    write(item: T, _encoding, done) {
      ends.write(item).then(() => done(), done);
    },
    final(done) {
      ends.end();
      done();
    },
    read() {
      ends.read().then(
        (item) => this.push(item === undefined ? null : item),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      ends.stop(error ?? new PipelineError('interrupted', 'the stream was destroyed'));
      done(error);
    },
  });
}
