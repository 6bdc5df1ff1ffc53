import { setImmediate as turn } from 'node:timers/promises';
import { lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fromPull } from '#dist/flow/fromPull.js';
import { Gate } from '#dist/flow/gate.js';
import { countedSource, numbersTo } from '../support/pulls.js';

describe('fromPull', () => {
  it('emits the items of any iterable, and iterates anew for each subscription', async () => {
    for (const source of [numbersTo(50), countedSource(numbersTo(50))]) {
      const items = fromPull(source).pipe(toArray());
      expect(await lastValueFrom(items)).toEqual(numbersTo(50));
      expect(await lastValueFrom(items)).toEqual(numbersTo(50));
    }
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
