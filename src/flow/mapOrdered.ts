/**
 * Maps items by an asynchronous function, `concurrency` at a time, and gives the results in the order of the items. Never more
 * than `concurrency` items are taken from the source ahead of the result that is waited for. The first failure ends it and
 * aborts the signal that the function gets.
 */
export async function* mapOrdered<In, Out>(
  source: AsyncIterable<In>,
  map: (item: In, context: { index: number; signal: AbortSignal }) => Promise<Out>,
  { concurrency }: { concurrency: number },
): AsyncGenerator<Out, void, undefined> {
  if (!(concurrency >= 1)) throw new RangeError(`concurrency: expected a number ≥ 1, got ${concurrency}`);
  const items = source[Symbol.asyncIterator]();
  const abort = new AbortController();
  const pending: Promise<Out>[] = [];
  let index = 0;
  let exhausted = false;
  try {
    for (;;) {
      while (!exhausted && pending.length < concurrency) {
        const { done, value } = await items.next();
        if (done) {
          exhausted = true;
        } else {
          const result = map(value, { index: index++, signal: abort.signal });
          result.catch(() => {}); // handled when its turn comes
          pending.push(result);
        }
      }
      const next = pending.shift();
      if (!next) return;
      yield await next;
    }
  } finally {
    abort.abort();
    await items.return?.();
  }
}
