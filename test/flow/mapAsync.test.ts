import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { from, lastValueFrom, NEVER, Observable, of, range, Subject, take, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fromPull } from '#dist/flow/fromPull.js';
import { Gate } from '#dist/flow/gate.js';
import { mapAsync } from '#dist/flow/mapAsync.js';
import { countedSource, deferred, type Deferred, numbersTo } from '../support/pulls.js';

const queueFull = (capacity: number): object => ({
  code: 'queueFull',
  message: `mapAsync: ${capacity} items wait already (capacity), and the source goes on`,
});

describe('mapAsync', () => {
  it('gives results in the order of the items, whichever ends first', async () => {
    const delays = [5, 1, 3, 0, 4, 2, 0];
    const finished: number[] = [];
    const results = from(delays).pipe(
      mapAsync(
        async (delay, { index }) => {
          await sleep(3 * delay);
          finished.push(index);
          return [delay, index];
        },
        { concurrency: 3 },
      ),
      toArray(),
    );
    expect(await lastValueFrom(results)).toEqual(delays.map((delay, i) => [delay, i]));
    expect(finished).not.toEqual([...delays.keys()]);
  });

  it('completes without items, and not before the last result', async () => {
    const identity = mapAsync(async (x: number) => Promise.resolve(x), { concurrency: 2 });
    expect(await lastValueFrom(from([]).pipe(identity, toArray()))).toEqual([]);
    expect(await lastValueFrom(of(7).pipe(identity, toArray()))).toEqual([7]);
  });

  it('has no more than `concurrency` calls under way, the results that wait for an earlier one included', async () => {
    const work: Deferred<number>[] = [];
    const seen: number[] = [];
    from(numbersTo(6))
      .pipe(mapAsync(() => (work[work.length] = deferred<number>()).promise, { concurrency: 3 }))
      .subscribe((result) => seen.push(result));
    expect(work).toHaveLength(3);
    work[1]!.resolve(1);
    work[2]!.resolve(2);
    await turn();
    expect(work).toHaveLength(3);
    work[0]!.resolve(0);
    await turn();
    expect(seen).toEqual([0, 1, 2]);
    expect(work).toHaveLength(6);
  });

  it('keeps a source that can be paused within bounds, over 5,000 items', async () => {
    const gate = new Gate();
    const source = countedSource(numbersTo(5000));
    let emitted = 0;
    let mostPulled = 0;
    let underWay = 0;
    let mostUnderWay = 0;
    const results = fromPull(source, { gate }).pipe(
      mapAsync(
        async (item) => {
          mostUnderWay = Math.max(mostUnderWay, ++underWay);
          if (item % 5 > 0) await turn();
          underWay--;
          return item;
        },
        { concurrency: 4, capacity: 1, gate },
      ),
    );
    await results.forEach((item) => {
      expect(item).toBe(emitted++);
      mostPulled = Math.max(mostPulled, source.pulled - item);
    });
    expect(emitted).toBe(5000);
    expect(mostUnderWay).toBe(4);
    expect(mostPulled).toBeLessThanOrEqual(4);
    expect(source.closed).toBe(1);
  });

  it('fails where a source cannot be paused and its queue is full', async () => {
    const never = { concurrency: 2, capacity: 3 };
    const source = new Subject<number>();
    const result = lastValueFrom(source.pipe(mapAsync(async () => lastValueFrom(NEVER), never)));
    for (const item of numbersTo(5)) source.next(item);
    expect(source.observed).toBe(true);
    source.next(5);
    await expect(result).rejects.toMatchObject(queueFull(3));
    expect(source.observed).toBe(false);
  });

  it('lets 64 items wait unless told', async () => {
    const wait = mapAsync(async () => lastValueFrom(NEVER), { concurrency: 1 });
    await expect(lastValueFrom(range(0, 66).pipe(wait))).rejects.toMatchObject(queueFull(64));
    let failed = false;
    range(0, 65)
      .pipe(wait)
      .subscribe({ error: () => (failed = true) });
    expect(failed).toBe(false);
  });

  it('stops a source that emits everything at once', async () => {
    let emitted = 0;
    const source = new Observable<number>((subscriber) => {
      while (!subscriber.closed && emitted < 1_000_000) subscriber.next(emitted++);
    });
    const wait = mapAsync(async () => lastValueFrom(NEVER), { concurrency: 1, capacity: 2 });
    await expect(lastValueFrom(source.pipe(wait))).rejects.toMatchObject(queueFull(2));
    expect(emitted).toBeLessThan(10);
  });

  it('ends with the first failure, and aborts the rest', async () => {
    const error = new Error('worker died');
    const signals: AbortSignal[] = [];
    const results = range(0, 6).pipe(
      mapAsync(
        async (item, { signal }) => {
          signals.push(signal);
          await turn();
          if (item === 1) throw error;
          return sleep(1, item);
        },
        { concurrency: 3 },
      ),
    );
    await expect(lastValueFrom(results)).rejects.toBe(error);
    expect(signals).toHaveLength(3);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('ends with what the function throws at once', async () => {
    const error = new Error('at once');
    const throwing = mapAsync<number, never>(
      () => {
        throw error;
      },
      { concurrency: 1 },
    );
    await expect(lastValueFrom(of(1).pipe(throwing))).rejects.toBe(error);
  });

  it('passes on errors from upstream', async () => {
    const error = new Error('no file');
    const identity = mapAsync(async (x: never) => Promise.resolve(x), { concurrency: 1 });
    await expect(lastValueFrom(throwError(() => error).pipe(identity))).rejects.toBe(error);
  });

  it('aborts its signal, starts nothing further and lets the source go when nobody listens any more', async () => {
    const gate = new Gate();
    const source = countedSource(numbersTo(100));
    const signals: AbortSignal[] = [];
    const results = fromPull(source, { gate }).pipe(
      mapAsync(
        async (item, { signal }) => {
          signals.push(signal);
          await turn();
          return item;
        },
        { concurrency: 2, gate },
      ),
      take(1),
    );
    expect(await lastValueFrom(results)).toBe(0);
    for (let i = 0; i < 5; i++) await turn();
    expect(signals).toHaveLength(2);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(source).toMatchObject({ pulled: 2, closed: 1 });
    await gate.opened();
  });

  it('starts no waiting items after its end', async () => {
    let started = 0;
    const results = range(0, 10).pipe(
      mapAsync(
        async (item) => {
          started++;
          return Promise.resolve(item);
        },
        { concurrency: 1 },
      ),
      take(2),
      toArray(),
    );
    expect(await lastValueFrom(results)).toEqual([0, 1]);
    await turn();
    expect(started).toBe(2);
  });

  it.each([0, Number.NaN])('rejects a concurrency of %d', (concurrency) => {
    expect(() => mapAsync(async () => Promise.resolve(), { concurrency })).toThrow(
      new RangeError(`concurrency: expected a number ≥ 1, got ${concurrency}`),
    );
  });
});
