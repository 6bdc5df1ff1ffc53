import { unread } from '../readOnce.js';

/**
 * Maps items by an asynchronous function, `concurrency` at a time, and gives the results in the order of the items. Never more
 * than `concurrency` items are taken from the source ahead of the result that is waited for. A result, or a failure, whose turn
 * it is is given at once, even if the source has nothing more to give meanwhile. The first failure ends it and aborts the signal
 * that the function gets.
 *
 * @throws PipelineError `badOption` if the source can be read only once, as a generator, and has been begun with
 */
export async function* mapOrdered<In, Out>(
  source: AsyncIterable<In>,
  map: (item: In, context: { index: number; signal: AbortSignal }) => Promise<Out>,
  { concurrency }: { concurrency: number },
): AsyncGenerator<Out, void, undefined> {
  if (!(concurrency >= 1)) throw new RangeError(`concurrency: expected a number ≥ 1, got ${concurrency}`);
  const items = unread(source)[Symbol.asyncIterator]();
  const abort = new AbortController();
  const pending: Promise<Out>[] = [];
  let index = 0;
  let exhausted = false;
  /** The next item, on its way; it is mapped as soon as it is there. */
  let arriving: Promise<void> | undefined;

  async function take(): Promise<void> {
    const { done, value } = await items.next();
    arriving = undefined;
    if (done) {
      exhausted = true;
      return;
    }
    const result = map(value, { index: index++, signal: abort.signal });
    result.catch(() => {}); // handled when its turn comes
    pending.push(result);
  }

  try {
    for (;;) {
      if (!exhausted && pending.length < concurrency) arriving ??= take();
      const [[next], coming] = [pending, arriving];
      if (next && (await isFirst(next, coming))) {
        yield await next;
        void pending.shift();
      } else if (coming) {
        await coming;
      } else {
        return;
      }
    }
  } finally {
    abort.abort();
    const closed = items.return?.();
    // A source that is silent cannot be closed before it speaks: whoever has made it ends it.
    if (arriving) for (const promise of [arriving, closed]) promise?.catch(() => {});
    else await closed;
  }
}

/** Whether a promise settles before another one, if there is one. */
function isFirst(promise: Promise<unknown>, other: Promise<unknown> | undefined): Promise<boolean> {
  const first = promise.then(
    () => true,
    () => true,
  );
  return other ? Promise.race([other.then(() => false), first]) : first;
}
