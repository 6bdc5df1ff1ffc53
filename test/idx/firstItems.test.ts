import { describe, expect, it } from 'vitest';
import { firstItems } from '#dist/idx/firstItems.js';

/** Three items of 1 × 2 bytes. */
const FILE = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 10, 11, 20, 21, 30, 31);

async function first(file: Uint8Array, items: number, chunkBytes: number): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of firstItems(chunks(file, chunkBytes), items)) bytes.push(...chunk);
  return bytes;
}

async function* chunks(file: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += size) yield file.slice(at, at + size);
}

describe('firstItems', () => {
  it.each([1, 3, 5, 17, 100])('gives a whole file of fewer items, in chunks of %i bytes', async (chunkBytes) => {
    const expected = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 11, 20, 21];
    expect(await first(FILE, 2, chunkBytes)).toEqual(expected);
  });

  it.each([3, 4])('gives a file of 3 items as it is where %i are wanted', async (items) => {
    expect(await first(FILE, items, 4)).toEqual([...FILE]);
  });

  it('leaves what is cut off, and what is no IDX file, to whoever decodes it', async () => {
    for (const file of [FILE.slice(0, 3), FILE.slice(0, 9), FILE.slice(0, 17), new TextEncoder().encode('no idx file')])
      expect((await first(file, 3, 4)).slice(8)).toEqual([...file].slice(8));
    expect(await first(new TextEncoder().encode('no idx file'), 1, 2)).toEqual([
      ...new TextEncoder().encode('no idx file'),
    ]);
  });

  it('reads no further than it has to', async () => {
    let read = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks(FILE, 2)) {
        read += chunk.length;
        yield chunk;
      }
    }
    for await (const _ of firstItems(counted(), 1));
    expect(read).toBe(18);
  });
});
