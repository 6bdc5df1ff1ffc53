import { describe, expect, it } from 'vitest';
import { inPlace } from '#dist/arrow/inPlace.js';

/** A buffer of 16 bytes that holds 1 to 8 from byte 4 on. */
function home(): ArrayBuffer {
  const bytes = new Uint8Array(16);
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8], 4);
  return bytes.buffer;
}

const view = (buffer: ArrayBuffer, from: number, length: number): Uint8Array => new Uint8Array(buffer, from, length);

describe('inPlace', () => {
  it('leaves pieces where they are in memory of the caller, and writes the others around them', () => {
    const memory = home();
    const pieces = [Uint8Array.of(9, 9), view(memory, 4, 3), Uint8Array.of(0), view(memory, 8, 4), Uint8Array.of(7)];
    const joined = inPlace(pieces, memory)!;
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
  ])('gives nothing for pieces that are wanted %s, and leaves that memory as it is', (_, wanted) => {
    const memory = home();
    expect(inPlace(wanted(memory), memory)).toBeUndefined();
    expect(new Uint8Array(memory)).toEqual(new Uint8Array(home()));
  });

  it('gives nothing where there is no such memory', () => {
    expect(inPlace([Uint8Array.of(1)], undefined)).toBeUndefined();
  });
});
