import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapOrdered } from '#dist/flow/mapOrdered.js';
import { collect, countedSource, deferred, type Deferred, numbersTo } from '../support/pulls.js';

describe('mapOrdered', () => {
  it('gives results in the order of the items, whichever ends first', async () => {
    const delays = [7, 1, 5, 0, 3, 9, 2, 0];
    const finished: number[] = [];
    const results = mapOrdered(
      countedSource(delays.keys()),
      async (item, { index }) => {
        await sleep(3 * delays[item]!);
        finished.push(item);
        return [item, index];
      },
      { concurrency: 4 },
    );
    expect(await collect(results)).toEqual([...delays.keys()].map((i) => [i, i]));
    expect(finished).not.toEqual([...delays.keys()]);
  });

  it('never takes more than `concurrency` items ahead of the result that is waited for', async () => {
    const source = countedSource(numbersTo(20));
    const work: Deferred<number>[] = [];
    const results = mapOrdered(source, () => (work[work.length] = deferred<number>()).promise, { concurrency: 3 });
    const first = results.next();
    await turn();
    expect(source.pulled).toBe(3);
    // Later results change nothing as long as the first is not there.
    work[1]!.resolve(1);
    work[2]!.resolve(2);
    await turn();
    expect(source.pulled).toBe(3);
    work[0]!.resolve(0);
    expect(await first).toEqual({ done: false, value: 0 });
    // And nothing is pulled that nobody has asked for.
    await turn();
    expect(source.pulled).toBe(3);
    expect(await results.next()).toEqual({ done: false, value: 1 });
    expect(source.pulled).toBe(4);
    await results.return();
  });

  it('gives a result, or a failure, while the source is silent', async () => {
    async function* stalling(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => {});
    }
    const results = mapOrdered(stalling(), async (x) => Promise.resolve(x), { concurrency: 4 });
    expect(await results.next()).toEqual({ done: false, value: 1 });
    const error = new Error('bad item');
    await expect(mapOrdered(stalling(), async () => Promise.reject(error), { concurrency: 4 }).next()).rejects.toBe(
      error,
    );
  });

  it('ends with the first failure in order, aborts the others and closes the source', async () => {
    const source = countedSource(numbersTo(20));
    const error = new Error('worker died');
    const signals: AbortSignal[] = [];
    const results = mapOrdered(
      source,
      async (item, { signal }) => {
        signals.push(signal);
        await turn();
        if (item >= 2) throw item === 2 ? error : new Error('later');
        return item;
      },
      { concurrency: 4 },
    );
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const item of results) seen.push(item);
    };
    await expect(loop()).rejects.toBe(error);
    expect(seen).toEqual([0, 1]);
    expect(source.closed).toBe(1);
    expect(source.pulled).toBeLessThanOrEqual(6);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('ends with what the function throws at once', async () => {
    const source = countedSource(numbersTo(20));
    const error = new Error('at once');
    const results = mapOrdered(
      source,
      () => {
        throw error;
      },
      { concurrency: 2 },
    );
    await expect(collect(results)).rejects.toBe(error);
    expect(source).toMatchObject({ pulled: 1, closed: 1 });
  });

  it('passes on errors from upstream', async () => {
    const error = new Error('no file');
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw error;
    }
    await expect(collect(mapOrdered(failing(), async (x) => Promise.resolve(x), { concurrency: 1 }))).rejects.toBe(
      error,
    );
  });

  it('aborts and closes the source when the loop is left', async () => {
    const source = countedSource(numbersTo(20));
    let signal: AbortSignal | undefined;
    const results = mapOrdered(
      source,
      async (item, context) => {
        signal = context.signal;
        return Promise.resolve(item);
      },
      { concurrency: 2 },
    );
    for await (const item of results) if (item === 1) break;
    expect(source).toMatchObject({ pulled: 3, closed: 1 });
    expect(signal!.aborted).toBe(true);
  });

  it.each([0, Number.NaN])('rejects a concurrency of %d', async (concurrency) => {
    const results = mapOrdered(countedSource([1]), async (x) => Promise.resolve(x), { concurrency });
    await expect(results.next()).rejects.toThrow(
      new RangeError(`concurrency: expected a number ≥ 1, got ${concurrency}`),
    );
  });
});
