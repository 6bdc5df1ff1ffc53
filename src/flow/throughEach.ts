import type { OperatorFunction } from 'rxjs';
import { through } from './through.js';

/**
 * Drives one operator after the other, each by itself: what one gives is taken in by the next before more is pulled. In one
 * `pipe()` they would all run on everything that a single item sets off, e.g. on hundreds of images in one chunk of a file.
 *
 * ```ts
 * for await (const batch of throughEach(source.batches(signal), decodeMnist(), imageToXyz(), soap(options))) …
 * ```
 * @throws as `through`
 */
export function throughEach<T>(
  source: AsyncIterable<T>,
  ...operators: readonly OperatorFunction<T, T>[]
): AsyncIterable<T> {
  return operators.reduce((items, operator) => through(items, operator), source);
}
