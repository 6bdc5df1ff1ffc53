import { PipelineError } from './errors.js';

/** What iterates, item after item. */
export type Pullable<T> = AsyncIterable<T> | Iterable<T>;

/** Sources that can be read once, and have been begun with. */
const begun = new WeakSet<object>();

/**
 * The source, on the condition that nobody has begun to read it if it can be read only once: iterators, as generators give, and the
 * streams of Node and of the web. A second reader would get the rest of it, or nothing, and no error.
 *
 * @throws PipelineError `badOption`
 */
export function unread<T, Source extends Pullable<T>>(source: Source & Pullable<T>): Source {
  if (typeof source !== 'object' || !isReadOnce(source)) return source;
  if (begun.has(source)) {
    throw new PipelineError(
      'badOption',
      'the source can be read only once, and has been begun with: expected one that is opened anew for each reader, e.g. fromPull((signal) => source.batches(signal))',
    );
  }
  begun.add(source);
  return source;
}

function isReadOnce(source: object): boolean {
  const isIterator = 'next' in source;
  const isStream = 'getReader' in source || 'readableFlowing' in source;
  return isIterator || isStream;
}
