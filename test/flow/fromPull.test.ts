import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { setImmediate as turn } from 'node:timers/promises';
import { lastValueFrom, map, type MonoTypeOperatorFunction, retry, shareReplay, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Channel } from '#dist/flow/channel.js';
import { fromPull } from '#dist/flow/fromPull.js';
import { Gate } from '#dist/flow/gate.js';
import { countedSource, numbersTo } from '../support/pulls.js';

async function* twenty(): AsyncGenerator<number> {
  yield* numbersTo(20);
}

function filledChannel(): Channel<number> {
  const channel = new Channel<number>({ capacity: 20 });
  for (const number of numbersTo(20)) void channel.send(number);
  channel.close();
  return channel;
}

/** Fails at that item, the first time that it comes. */
function failingOnce(at: number): MonoTypeOperatorFunction<number> {
  let failed = false;
  return map((item) => {
    if (failed || item !== at) return item;
    failed = true;
    throw new Error('transient');
  });
}

describe('fromPull', () => {
  it('emits the items of any iterable, and iterates anew for each subscription', async () => {
    for (const source of [numbersTo(50), countedSource(numbersTo(50))]) {
      const items = fromPull(source).pipe(toArray());
      expect(await lastValueFrom(items)).toEqual(numbersTo(50));
      expect(await lastValueFrom(items)).toEqual(numbersTo(50));
    }
  });

  it('opens the source anew for each subscription, and tells it when nobody listens any more', async () => {
    const signals: AbortSignal[] = [];
    const items = fromPull((signal) => {
      signals.push(signal);
      return twenty();
    });
    const retried = await lastValueFrom(items.pipe(failingOnce(7), retry(1), toArray()));
    expect(retried).toEqual([...numbersTo(7), ...numbersTo(20)]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    const both = await Promise.all([items, items].map((each) => lastValueFrom(each.pipe(toArray()))));
    expect(both).toEqual([numbersTo(20), numbersTo(20)]);
  });

  it.each([
    ['a generator', () => twenty()],
    ['an iterator', () => numbersTo(20).values()],
    ['a stream of Node', () => Readable.from(numbersTo(20))],
    ['a stream of the web', () => ReadableStream.from<number>(numbersTo(20))],
    ['a channel', () => filledChannel()],
  ])('gives %s to one subscription, and the others an error', async (_, make) => {
    const again = /^(the source can be read only once, and has been begun with|a channel has one receiver)/;
    const refused = { code: 'badOption', message: expect.stringMatching(again) as string };
    const retried = fromPull(make()).pipe(failingOnce(7), retry(1), toArray());
    await expect(lastValueFrom(retried)).rejects.toMatchObject(refused);
    const shared = fromPull(make()).pipe(toArray());
    const [first, second] = await Promise.allSettled([lastValueFrom(shared), lastValueFrom(shared)]);
    expect(first).toEqual({ status: 'fulfilled', value: numbersTo(20) });
    expect(second).toMatchObject({ status: 'rejected', reason: refused });
    await expect(lastValueFrom(shared)).rejects.toMatchObject(refused);
  });

  it('serves as many as like it where it is shared', async () => {
    const items = fromPull(twenty()).pipe(shareReplay());
    const both = await Promise.all([items, items].map((each) => lastValueFrom(each.pipe(toArray()))));
    expect(both).toEqual([numbersTo(20), numbersTo(20)]);
    expect(await lastValueFrom(items.pipe(toArray()))).toEqual(numbersTo(20));
  });

  it('pulls nothing for nobody', async () => {
    const source = countedSource(numbersTo(5));
    const items = fromPull(source);
    await turn();
    expect(source.pulled).toBe(0);
    items.subscribe().unsubscribe();
    await turn();
    expect(source.pulled).toBe(0);
  });

  it('closes its source when nobody listens any more, and pulls nothing further', async () => {
    const source = countedSource(numbersTo(5));
    expect(await lastValueFrom(fromPull(source).pipe(take(2), toArray()))).toEqual([0, 1]);
    await turn();
    expect(source).toMatchObject({ pulled: 2, closed: 1 });
  });

  it('passes on errors of the source', async () => {
    const error = new Error('no file');
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw error;
    }
    await expect(lastValueFrom(fromPull(failing()))).rejects.toBe(error);
  });

  it('pulls nothing while the gate is closed', async () => {
    const gate = new Gate();
    let open = gate.close();
    const source = countedSource(numbersTo(4));
    const seen: number[] = [];
    const done = fromPull(source, { gate }).forEach((item) => {
      seen.push(item);
      if (item % 2 === 1) open = gate.close();
    });
    for (const expected of [[], [0, 1], [0, 1, 2, 3]]) {
      await turn();
      expect(seen).toEqual(expected);
      expect(source.pulled).toBe(expected.length);
      open();
    }
    await done;
  });
});

describe('Gate', () => {
  it('starts open, and opens for all who wait once all who closed it have let go', async () => {
    const gate = new Gate();
    await gate.opened();
    const [first, second] = [gate.close(), gate.close()];
    let passed = 0;
    const waiting = Promise.all([1, 2].map(() => gate.opened().then(() => passed++)));
    first();
    first(); // a second time counts for nothing
    await turn();
    expect(passed).toBe(0);
    second();
    await waiting;
    expect(passed).toBe(2);
  });

  it('keeps those waiting who find it closed again', async () => {
    const gate = new Gate();
    const first = gate.close();
    let passed = false;
    const waiting = gate.opened().then(() => (passed = true));
    first();
    const second = gate.close();
    await turn();
    expect(passed).toBe(false);
    second();
    await waiting;
  });
});
