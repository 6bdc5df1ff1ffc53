import type { RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { concatenate } from '#dist/arrow/concatenate.js';
import { heirsOf, leave, memoryOf, recyclable, recycle, sharedAmong, SpareBuffers } from '#dist/arrow/recycling.js';
import { Scratch } from '#dist/arrow/scratch.js';
import { imageBatch } from '../support/batches.js';

describe('recycle', () => {
  it('gives memory back once', () => {
    let given = 0;
    const batch = recyclable(imageBatch(4), () => given++);
    recycle(batch);
    recycle(batch);
    expect(given).toBe(1);
  });

  it('waits for the last of several holders', () => {
    let given = 0;
    const release = sharedAmong(
      3,
      recyclable(imageBatch(4), () => given++),
    );
    release();
    release();
    expect(given).toBe(0);
    release();
    expect(given).toBe(1);
  });

  it('leaves alone slices, and batches that nobody wants back', () => {
    let given = 0;
    const batch = recyclable(imageBatch(4), () => given++);
    recycle(batch.slice(0, 2));
    recycle(imageBatch(4));
    sharedAmong(1, imageBatch(4))();
    expect(given).toBe(0);
  });
});

describe('heirsOf', () => {
  const origin = (given: { count: number }): RecordBatch => recyclable(imageBatch(4), () => given.count++);

  it('gives memory back when nothing more is made of it and all that was made has been given up', () => {
    const given = { count: 0 };
    const batch = origin(given);
    const heirs = heirsOf(batch)!;
    const [first, second] = [batch.slice(0, 2), batch.slice(2)];
    heirs.add(first);
    recycle(first);
    expect(given.count).toBe(0);
    heirs.add(second);
    heirs.end();
    expect(given.count).toBe(0);
    recycle(second);
    expect(given.count).toBe(1);
  });

  it('gives it back at once where nothing is made of it', () => {
    const given = { count: 0 };
    heirsOf(origin(given))!.end();
    expect(given.count).toBe(1);
  });

  it('keeps what an heir has of its own apart: that may leave, and the origin goes back', () => {
    const [given, own] = [{ count: 0 }, { count: 0 }];
    const memory = new ArrayBuffer(8);
    const heir = recyclable(imageBatch(4), () => own.count++, memory);
    const heirs = heirsOf(origin(given))!;
    heirs.add(heir);
    heirs.end();
    expect(memoryOf(heir)).toBe(memory);
    leave(heir);
    expect([given.count, own.count]).toEqual([1, 0]);
  });

  it('follows memory over several generations', () => {
    const given = { count: 0 };
    let batch = origin(given);
    for (let generation = 0; generation < 3; generation++) {
      const heirs = heirsOf(batch)!;
      batch = batch.slice(0, 4 - generation);
      heirs.add(batch);
      heirs.end();
    }
    expect(given.count).toBe(0);
    recycle(batch);
    expect(given.count).toBe(1);
  });

  it('leaves alone a batch that goes on as it is, and memory that is nobody’s', () => {
    const given = { count: 0 };
    const batch = origin(given);
    const heirs = heirsOf(batch)!;
    heirs.add(batch);
    heirs.end();
    recycle(batch);
    expect(given.count).toBe(0);
    expect(heirsOf(imageBatch(4))).toBeUndefined();
  });
});

describe('SpareBuffers', () => {
  it('gives a buffer that is large enough, else a new one in place of one that is too small', () => {
    const [small, large] = [new ArrayBuffer(10), new ArrayBuffer(100)];
    const spares = new SpareBuffers([small, large]);
    expect(spares.take(50)).toBe(large);
    expect(spares.take(50).byteLength).toBe(50);
    expect(spares.take(10)).not.toBe(small);
    spares.give(large);
    expect(spares.take(100)).toBe(large);
  });

  it('overwrites what it is given, in tests', () => {
    const numbers = Float64Array.of(1, 2);
    new SpareBuffers().give(numbers.buffer);
    expect([...numbers]).toEqual([Number.NaN, Number.NaN]);
  });

  it('hands over no more than it has', () => {
    const buffers = [1, 2, 3].map((bytes) => new ArrayBuffer(bytes));
    const spares = new SpareBuffers(buffers);
    expect(spares.takeSome(2)).toEqual(buffers.slice(0, 2));
    expect(spares.takeSome(2)).toEqual(buffers.slice(2));
    expect(spares.takeSome(2)).toEqual([]);
  });
});

describe('concatenate', () => {
  const pieces = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)];

  it('joins pieces in a buffer of their size, or at the start of a spare one', () => {
    const alone = concatenate(pieces);
    expect(alone).toEqual(Uint8Array.of(1, 2, 3));
    expect(alone.buffer.byteLength).toBe(3);
    const spare = new Uint8Array(8).fill(9).buffer;
    const joined = concatenate(pieces, new SpareBuffers([spare]));
    expect(joined).toEqual(Uint8Array.of(1, 2, 3));
    expect(joined.buffer).toBe(spare);
  });
});

describe('Scratch', () => {
  it('gives arrays that do not overlap, and their memory again once it is cleared', () => {
    const scratch = new Scratch();
    for (const round of [1, 2, 3]) {
      const arrays = [
        scratch.array(new Float32Array(), 5).fill(round),
        scratch.array(new Uint8Array(), 3).fill(2 * round),
        scratch.array(new Float64Array(), 7).fill(3 * round),
      ];
      expect(arrays.map((array) => [...array])).toEqual([
        Array(5).fill(round),
        Array(3).fill(2 * round),
        Array(7).fill(3 * round),
      ]);
      if (round > 1) expect(new Set(arrays.map(({ buffer }) => buffer)).size).toBe(1);
      scratch.clear();
    }
  });
});
