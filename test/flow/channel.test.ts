import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Channel } from '#dist/flow/channel.js';
import { collect, numbersTo } from '../support/pulls.js';

/** Sends one after the other; `sent` are those that have a place. */
function sender(channel: Channel<number>, items: readonly number[]): { sent: number[]; done: Promise<void> } {
  const sent: number[] = [];
  const send = async (): Promise<void> => {
    for (const item of items) {
      await channel.send(item);
      sent.push(item);
    }
    channel.close();
  };
  return { sent, done: send() };
}

const bytesAreItems = (limits: { capacity: number; maxBytes: number }): Channel<number> =>
  new Channel<number>({ ...limits, sizeOf: (item) => item });

describe('Channel', () => {
  it('hands on items in order, then ends', async () => {
    const channel = new Channel<number>({ capacity: 3 });
    const { done } = sender(channel, numbersTo(100));
    expect(await collect(channel)).toEqual(numbersTo(100));
    await done;
  });

  it('holds no more items than its capacity', async () => {
    const channel = new Channel<number>({ capacity: 2 });
    const { sent } = sender(channel, numbersTo(5));
    const items = channel[Symbol.asyncIterator]();
    for (let received = 0; received < 4; received++) {
      await turn();
      expect(sent).toEqual(numbersTo(Math.min(5, received + 2)));
      expect(channel.length).toBe(Math.min(2, 5 - received));
      expect(await items.next()).toEqual({ done: false, value: received });
    }
  });

  it('holds no more bytes than its bound', async () => {
    const channel = bytesAreItems({ capacity: 100, maxBytes: 10 });
    const { sent } = sender(channel, [4, 6, 1, 3, 2, 9]);
    const items = channel[Symbol.asyncIterator]();
    const waits: number[][] = [];
    for (;;) {
      await turn();
      waits.push([...sent]);
      if ((await items.next()).done) break;
    }
    expect(waits).toEqual([
      [4, 6],
      [4, 6, 1, 3],
      [4, 6, 1, 3, 2],
      [4, 6, 1, 3, 2],
      [4, 6, 1, 3, 2],
      [4, 6, 1, 3, 2, 9],
      [4, 6, 1, 3, 2, 9],
    ]);
  });

  it('lets an item that is larger than the bound pass, alone', async () => {
    const channel = bytesAreItems({ capacity: 100, maxBytes: 10 });
    const { sent, done } = sender(channel, [1, 25, 2]);
    const items = channel[Symbol.asyncIterator]();
    await turn();
    expect(sent).toEqual([1]);
    await items.next();
    await turn();
    expect(sent).toEqual([1, 25]);
    expect(await items.next()).toEqual({ done: false, value: 25 });
    await turn();
    expect(sent).toEqual([1, 25, 2]);
    expect(await items.next()).toEqual({ done: false, value: 2 });
    expect(await items.next()).toEqual({ done: true, value: undefined });
    await done;
  });

  it('waits for items that come later', async () => {
    const channel = new Channel<number>({ capacity: 1 });
    const received = collect(channel);
    for (const item of [1, 2, 3]) {
      await turn();
      await channel.send(item);
    }
    await turn();
    channel.close();
    expect(await received).toEqual([1, 2, 3]);
  });

  it('hands on what waits when it is closed', async () => {
    const channel = new Channel<number>({ capacity: 3 });
    for (const item of [1, 2, 3]) await channel.send(item);
    channel.close();
    channel.close();
    expect(await collect(channel)).toEqual([1, 2, 3]);
    await expect(channel.send(4)).rejects.toThrow(new Error('send after close'));
  });

  it('wakes a sender that waits when it fails, and refuses further items', async () => {
    const channel = new Channel<number>({ capacity: 1 });
    const { done } = sender(channel, [1, 2]);
    await turn();
    const error = new Error('no disk');
    channel.fail(error);
    await expect(done).rejects.toBe(error);
    await expect(channel.send(3)).rejects.toBe(error);
  });

  it('wakes a receiver that waits when it fails', async () => {
    const channel = new Channel<number>({ capacity: 1 });
    const received = collect(channel);
    await turn();
    const error = new Error('no disk');
    channel.fail(error);
    await expect(received).rejects.toBe(error);
  });

  it('gives up what waits when it fails, closed or not', async () => {
    for (const closed of [false, true]) {
      const channel = new Channel<number>({ capacity: 3 });
      for (const item of [1, 2, 3]) await channel.send(item);
      if (closed) channel.close();
      const error = new Error('no disk');
      channel.fail(error);
      expect(channel.length).toBe(0);
      await expect(collect(channel)).rejects.toBe(error);
    }
  });

  it('stays with its first failure, whatever was thrown', async () => {
    const channel = new Channel<number>({ capacity: 1 });
    channel.fail(undefined);
    channel.fail(new Error('later'));
    channel.close();
    await expect(collect(channel)).rejects.toBeUndefined();
    await expect(channel.send(1)).rejects.toBeUndefined();
  });

  it('wakes a sender whose receiver leaves', async () => {
    const channel = new Channel<number>({ capacity: 1 });
    await channel.send(1);
    const blocked = channel.send(2).then(() => channel.send(3));
    const left = expect(blocked).rejects.toThrow('the receiver has left');
    for await (const item of channel) if (item === 1) break;
    await left;
  });

  it.each([0, -1, Number.NaN])('rejects a capacity of %d', (capacity) => {
    expect(() => new Channel({ capacity })).toThrow(
      new RangeError(`capacity: expected a number of items ≥ 1, got ${capacity}`),
    );
  });
});
