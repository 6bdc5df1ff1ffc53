import { describe, expect, it } from 'vitest';
import { concatenate } from '#dist/arrow/concatenate.js';
import { SpareBuffers } from '#dist/arrow/recycling.js';

/** A buffer of 16 bytes that holds 1 to 8 from byte 4 on. */
function home(): ArrayBuffer {
  const bytes = new Uint8Array(16);
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8], 4);
  return bytes.buffer;
}

const view = (buffer: ArrayBuffer, from: number, length: number): Uint8Array => new Uint8Array(buffer, from, length);

describe('concatenate', () => {
  it('joins pieces in a buffer of their size, or at the start of a spare one', () => {
    const pieces = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];
    expect(concatenate(pieces)).toEqual(Uint8Array.of(1, 2, 3));
    expect(concatenate(pieces).buffer.byteLength).toBe(3);
    const spare = new ArrayBuffer(8);
    const joined = concatenate(pieces, new SpareBuffers([spare]));
    expect([...joined]).toEqual([1, 2, 3]);
    expect(joined.buffer).toBe(spare);
  });

  it('leaves pieces where they are in memory of the caller, and writes the others around them', () => {
    const memory = home();
    const pieces = [Uint8Array.of(9, 9), view(memory, 4, 3), Uint8Array.of(0), view(memory, 8, 4), Uint8Array.of(7)];
    const joined = concatenate(pieces, undefined, memory);
    expect(joined.buffer).toBe(memory);
    expect([...joined]).toEqual([9, 9, 1, 2, 3, 0, 5, 6, 7, 8, 7]);
  });

  it.each([
    ['in another order', (memory: ArrayBuffer) => [view(memory, 8, 4), view(memory, 4, 4)]],
    ['without the gap that is between them', (memory: ArrayBuffer) => [view(memory, 4, 2), view(memory, 8, 2)]],
    ['twice', (memory: ArrayBuffer) => [view(memory, 4, 4), view(memory, 4, 4)]],
    ['too near the start', (memory: ArrayBuffer) => [new Uint8Array(5), view(memory, 4, 8)]],
    ['too near the end', (memory: ArrayBuffer) => [view(memory, 4, 8), new Uint8Array(5)]],
    ['not at all', () => [Uint8Array.of(1), Uint8Array.of(2)]],
  ])('copies pieces that are wanted %s, and leaves that memory as it is', (_, wanted) => {
    const memory = home();
    const pieces = wanted(memory);
    const joined = concatenate(pieces, undefined, memory);
    expect(joined).toEqual(new Uint8Array(Buffer.concat(pieces)));
    expect(joined.buffer).not.toBe(memory);
    expect(new Uint8Array(memory)).toEqual(new Uint8Array(home()));
  });
});
