import { setImmediate as turn } from 'node:timers/promises';
import {
  bufferCount,
  concat,
  delay,
  filter,
  finalize,
  map,
  mergeMap,
  NEVER,
  type OperatorFunction,
  pipe,
  scan,
  startWith,
  take,
  throwError,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { REST } from '#dist/flow/pass.js';
import { pullable } from '#dist/flow/pullable.js';
import { through } from '#dist/flow/through.js';
import { collect, countedSource, numbersTo } from '../support/pulls.js';

const misbehaviour = {
  asynchronous: {
    code: 'misbehavingOperator',
    message: 'emitted outside its turn: operators must be synchronous',
  },
  unfinished: {
    code: 'misbehavingOperator',
    message: 'did not complete when its input did: operators must be synchronous',
  },
};

/** Turns of the event loop between items. */
async function* slowly<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await turn();
    yield item;
  }
}

describe('through', () => {
  it('gives what the operator gives', async () => {
    const operator = pipe(
      filter((x: number) => x % 2 === 1),
      mergeMap((x) => [x, -x]),
      scan((sum, x) => sum + x, 0),
    );
    expect(await collect(through([1, 2, 3, 4, 5], operator))).toEqual([1, 0, 3, 0, 5, 0]);
    expect(await collect(through(slowly([1, 2, 3]), operator))).toEqual([1, 0, 3, 0]);
    expect(await collect(through([], operator))).toEqual([]);
  });

  it.each([
    [
      'pullable',
      pullable(
        mergeMap((x: number) => [x, -x]),
        () => ({ next: (x) => [x, -x], complete: () => [0] }),
      ),
    ],
    ['RxJS', mergeMap((x: number) => [x, -x])],
  ])('tells when all that a %s operator made of an item has been taken', async (kind, operator) => {
    const log: string[] = [];
    for await (const output of through([1, 2], operator, { after: (item) => log.push(`after ${item}`) })) {
      log.push(`took ${output}`);
    }
    const ofItems = ['took 1', 'took -1', 'after 1', 'took 2', 'took -2', 'after 2'];
    expect(log).toEqual(kind === 'pullable' ? [...ofItems, 'took 0'] : ofItems);
  });

  it('takes no rest of a generator for the whole of it', async () => {
    const source = slowly([1, 2, 3]);
    const passOn = map((x: number) => x);
    const [first, second] = await Promise.allSettled([passOn, passOn].map((each) => collect(through(source, each))));
    expect(first).toEqual({ status: 'fulfilled', value: [1, 2, 3] });
    expect(second).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'badOption',
        message: expect.stringMatching(/^the source can be read only once, and has been begun with/) as string,
      },
    });
  });

  it('gives what the operator emits at the end, and at the start', async () => {
    expect(await collect(through([1, 2, 3, 4, 5], bufferCount(2)))).toEqual([[1, 2], [3, 4], [5]]);
    expect(await collect(through([1, 2], startWith(0)))).toEqual([0, 1, 2]);
  });

  it('computes each output of a pullable operator when it is pulled', async () => {
    let computed = 0;
    const operator = pullable<number, number>(
      mergeMap((x) => [x]),
      () => ({
        *next(item) {
          for (let i = 0; i < 100; i++) {
            computed++;
            yield item;
          }
        },
        *complete() {
          yield -1;
        },
      }),
    );
    const source = countedSource(numbersTo(3));
    const outputs = through(source, operator);
    await outputs.next();
    await outputs.next();
    expect([computed, source.pulled]).toEqual([2, 1]);
    expect(await collect(outputs)).toHaveLength(299);
    expect([computed, source.pulled]).toEqual([300, 3]);
  });

  it('has a turn for each rest of an operator, of which nothing comes out', async () => {
    const operator = pullable<number, number>(
      mergeMap((x) => [x]),
      () => ({
        *start() {
          yield REST;
        },
        *next(item) {
          yield REST;
          yield REST;
          yield item;
        },
        *complete() {
          yield REST;
          yield -1;
        },
      }),
    );
    let turns = 0;
    const around = (work: () => void): void => {
      turns++;
      work();
    };
    const emitted: number[] = [];
    const noted = (output: number): number => {
      emitted.push(output);
      return output;
    };
    expect(await collect(through([1, 2], operator, { around, emitted: noted }))).toEqual([1, 2, -1]);
    expect(emitted).toEqual([1, 2, -1]);
    // A rest and an end; two rests, an item and an end, twice; a rest, an item and an end.
    expect(turns).toBe(2 + 2 * 4 + 3);
  });

  it('pulls the next item only when what came out of the last is taken', async () => {
    const source = countedSource(numbersTo(10));
    const seen: [item: number, pulled: number][] = [];
    const twice = mergeMap((x: number) => [x, x]);
    for await (const item of through(source, twice)) {
      await turn();
      seen.push([item, source.pulled]);
    }
    expect(seen).toEqual(
      numbersTo(10).flatMap((x) => [
        [x, x + 1],
        [x, x + 1],
      ]),
    );
  });

  it('ends the source when the operator completes early', async () => {
    for (const count of [1, 3]) {
      const source = countedSource(numbersTo(10));
      expect(await collect(through(source, take(count)))).toEqual(numbersTo(count));
      expect(source).toMatchObject({ pulled: count, closed: 1 });
    }
    const untouched = countedSource(numbersTo(10));
    expect(await collect(through(untouched, take(0)))).toEqual([]);
    expect(untouched.pulled).toBe(0);
  });

  it('unsubscribes and ends the source when the loop is left', async () => {
    const source = countedSource(numbersTo(10));
    let subscribed = true;
    const watched = finalize<number>(() => (subscribed = false));
    for await (const item of through(source, watched)) if (item === 2) break;
    expect(subscribed).toBe(false);
    expect(source).toMatchObject({ pulled: 3, closed: 1 });
  });

  it('passes on errors from upstream, and unsubscribes', async () => {
    const error = new Error('no file');
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw error;
    }
    let subscribed = true;
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const item of through(
        failing(),
        finalize<number>(() => (subscribed = false)),
      ))
        seen.push(item);
    };
    await expect(loop()).rejects.toBe(error);
    expect(seen).toEqual([1]);
    expect(subscribed).toBe(false);
  });

  it('throws what the operator throws, and ends the source', async () => {
    const error = new Error('no such column');
    const source = countedSource(numbersTo(10));
    const operator = map((x: number) => {
      if (x === 2) throw error;
      return x;
    });
    await expect(collect(through(source, operator))).rejects.toBe(error);
    expect(source).toMatchObject({ pulled: 3, closed: 1 });
    const untouched = countedSource(numbersTo(10));
    await expect(collect(through(untouched, () => throwError(() => error)))).rejects.toBe(error);
    expect(untouched.pulled).toBe(0);
  });

  it('catches an operator that works asynchronously', async () => {
    const source = countedSource(numbersTo(1000));
    const later: OperatorFunction<number, number> = mergeMap(async (x) => Promise.resolve(x));
    await expect(collect(through(source, later))).rejects.toMatchObject(misbehaviour.asynchronous);
    expect(source.pulled).toBeLessThan(5);
    expect(source.closed).toBe(1);
    await expect(collect(through(slowly(numbersTo(1000)), delay(1)))).rejects.toMatchObject(misbehaviour.asynchronous);
  });

  it('catches an operator that is not done when its input is', async () => {
    await expect(collect(through([1], delay(5)))).rejects.toMatchObject(misbehaviour.unfinished);
    const endless: OperatorFunction<number, number> = (source) => concat(source, NEVER);
    await expect(collect(through([1, 2], endless))).rejects.toMatchObject(misbehaviour.unfinished);
  });

  it('has each turn of the operator measured, the end included, and names each item once', async () => {
    const turns: (number | undefined)[] = [];
    let depth = 0;
    const operator = map((x: number) => x + depth);
    const around = (push: () => void, item: number | undefined): void => {
      turns.push(item);
      depth++;
      push();
      depth--;
    };
    expect(await collect(through([10, 20], operator, { around }))).toEqual([11, 21]);
    expect(turns.filter((item) => item !== undefined)).toEqual([10, 20]);
    expect(turns.at(-1)).toBeUndefined();
  });

  it('lets timers run', async () => {
    const timer = { fired: false };
    setTimeout(() => (timer.fired = true), 1);
    let items = 0;
    function* endless(): Generator<number> {
      const end = performance.now() + 5000;
      while (!timer.fired && performance.now() < end) yield items++;
    }
    await collect(
      through(
        endless(),
        filter(() => false),
      ),
    );
    expect(timer.fired).toBe(true);
  });
});
