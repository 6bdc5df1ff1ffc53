import { describe, expect, it } from 'vitest';
import { decompressLz4 } from '#dist/arrow/ipcFormat/lz4.js';

/** Version 1, blocks that stand alone, no checksums but its own. */
const header = Buffer.from('04224d186040', 'hex');
const frame = (...blocks: number[][]): Uint8Array =>
  Buffer.concat([
    header,
    Buffer.of(0x82),
    ...blocks.map((block) => Buffer.from([block.length, 0, 0, 0, ...block])),
    Buffer.alloc(4),
  ]);

describe('decompressLz4', () => {
  it('copies literals and matches that reach into what they write', () => {
    // Four literals, a match of 31 + 4 bytes at distance 4, and the last literal.
    const bytes = frame([0x4f, 97, 98, 99, 100, 4, 0, 16, 0x10, 33]);
    expect(Buffer.from(decompressLz4(bytes, 40)).toString()).toBe(`${'abcd'.repeat(10).slice(0, 39)}!`);
  });

  it('goes on in later blocks with what earlier ones gave', () => {
    const bytes = frame([0x40, 97, 98, 99, 100], [0x00, 4, 0, 0x10, 33]);
    expect(Buffer.from(decompressLz4(bytes, 9)).toString()).toBe('abcdabcd!');
  });

  it.each([
    ['a longer content', frame([0x40, 97, 98, 99, 100]), 3],
    ['a shorter content', frame([0x40, 97, 98, 99, 100]), 5],
    ['a match before the beginning', frame([0x10, 97, 2, 0, 0x10, 33]), 6],
    ['a block that ends too early', frame([0x40, 97, 98]), 4],
    ['a frame that ends too early', frame([0x40, 97, 98, 99, 100]).subarray(0, 13), 4],
    ['another format', Buffer.from('just some text'), 14],
  ])('refuses %s', (_, bytes, length) => {
    expect(() => decompressLz4(bytes, length)).toThrow('its lz4 data are damaged');
  });
});
