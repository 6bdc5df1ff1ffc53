import { pipeline as connected, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { finalize, map, mergeMap, type OperatorFunction, scan, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { throughEach } from '#dist/flow/throughEach.js';
import { toDuplex } from '#dist/flow/toDuplex.js';
import { toTransformStream } from '#dist/flow/toTransformStream.js';
import { collect, countedSource, numbersTo } from '../support/pulls.js';

type Numbers = AsyncIterable<number>;
type Operators = readonly OperatorFunction<number, number>[];

/** The forms in which somebody else's program may drive operators, each from a pull-driven source to something to read. */
const forms: [string, (source: AsyncIterable<number>, operators: Operators) => Numbers][] = [
  ['an async iterable', (source, operators) => throughEach(source, ...operators)],
  [
    'a Node Duplex',
    (source, operators) => connected(Readable.from(source, { highWaterMark: 1 }), toDuplex(...operators), () => {}),
  ],
  ['a TransformStream', (source, operators) => webStreamOf(source).pipeThrough(toTransformStream(...operators))],
];

/** Without a strategy `Readable.toWeb` would hold 65,536 items. */
function webStreamOf(source: AsyncIterable<number>): ReadableStream<number> {
  const items = source[Symbol.asyncIterator]();
  return new ReadableStream<number>(
    {
      async pull(controller) {
        const { done, value } = await items.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => void (await items.return?.()),
    },
    { highWaterMark: 0 },
  );
}

describe.each(forms)('operators as %s', (_, drive) => {
  it('give what they give elsewhere', async () => {
    const operators = [mergeMap((x: number) => [x, x]), scan((sum: number, x: number) => sum + x, 0)];
    expect(await collect(drive(countedSource(numbersTo(4)), operators))).toEqual([0, 0, 1, 2, 4, 6, 9, 12]);
    expect(await collect(drive(countedSource([]), operators))).toEqual([]);
  });

  it('wait for a slow reader', async () => {
    const source = countedSource(numbersTo(1000));
    let read = 0;
    for await (const item of drive(source, [map((x: number) => x), map((x: number) => x)])) {
      await sleep(2);
      read++;
      expect(source.pulled - read).toBeLessThanOrEqual(8);
      if (item === 40) break;
    }
  });

  it('end their source and are unsubscribed from when the reader leaves', async () => {
    const source = countedSource(numbersTo(1000));
    let isSubscribed = true;
    const watched = finalize<number>(() => (isSubscribed = false));
    for await (const item of drive(source, [watched])) if (item === 2) break;
    await expect.poll(() => [isSubscribed, source.closed]).toEqual([false, 1]);
  });

  it('end early when an operator does', async () => {
    const source = countedSource(numbersTo(1000));
    expect(await collect(drive(source, [take<number>(3)]))).toEqual([0, 1, 2]);
  });

  it('hand on what an operator throws', async () => {
    const error = new Error('no such column');
    const operator = map((x: number) => {
      if (x === 2) throw error;
      return x;
    });
    const source = countedSource(numbersTo(1000));
    await expect(collect(drive(source, [operator]))).rejects.toThrow('no such column');
    await expect.poll(() => source.closed).toBe(1);
  });

  it('hand on what the source throws', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error('no file');
    }
    await expect(collect(drive(failing(), [map((x: number) => x)]))).rejects.toThrow('no file');
  });
});

describe('toDuplex', () => {
  it('serves stream.pipeline', async () => {
    const seen: number[] = [];
    await pipeline(Readable.from(numbersTo(5)), toDuplex(map((x: number) => 2 * x)), async (items: Numbers) => {
      for await (const item of items) seen.push(item);
    });
    expect(seen).toEqual([0, 2, 4, 6, 8]);
  });
});
