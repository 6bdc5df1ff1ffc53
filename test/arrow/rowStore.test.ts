import type { RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { retainedBytes } from '#dist/arrow/retainedBytes.js';
import { RowStore } from '#dist/arrow/rowStore.js';
import { imageBatch, randomNumbers } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

const batch = imageBatch(40);
const imagesOf = (rows: RecordBatch): unknown[] => plainRows([rows]).map(({ image }) => image);

describe('RowStore', () => {
  it('gives the rows of its slots in any order, and repeats those that slots share', () => {
    const store = new RowStore();
    store.put(batch.slice(0, 10), [0, 3, 1], [7, 2, 7]);
    store.put(batch.slice(10, 20), [2, 100], [0, 9]);
    expect(imagesOf(store.take([3, 0, 1, 2, 100, 0]))).toEqual([2, 7, 7, 10, 19, 7]);
    expect(plainRows([store.take([100])])).toEqual(plainRows([batch.slice(19, 20)]));
    expect(store.retainedRows).toBe(4);
  });

  it('lets the last of several puts in a slot win', () => {
    const store = new RowStore();
    store.put(batch, [0, 1], [3, 4]);
    store.put(batch, [0, 0, 0], [5, 6, 7]);
    expect(imagesOf(store.take([0, 1]))).toEqual([7, 4]);
  });

  it('ignores a put of nothing', () => {
    const store = new RowStore();
    store.put(batch, [], []);
    expect(store.retainedRows).toBe(0);
  });

  it('retains at most a quarter more than the live rows, whatever is put where', () => {
    const random = randomNumbers(5);
    const store = new RowStore();
    const held = new Map<number, string>();
    let retained = 0;
    for (let step = 0; step < 150; step++) {
      const puts = Array.from({ length: Math.floor(random() * 30) }, () => ({
        slot: Math.floor(random() * 60),
        row: Math.floor(random() * batch.numRows),
      }));
      store.put(
        batch,
        puts.map(({ slot }) => slot),
        puts.map(({ row }) => row),
      );
      for (const { slot, row } of puts) held.set(slot, `${step}/${row}`);
      const live = new Set(held.values()).size;
      expect(store.retainedRows).toBeGreaterThanOrEqual(live);
      expect(store.retainedRows).toBeLessThanOrEqual(1.25 * live);
      retained = Math.max(retained, store.retainedRows / live);
      const slots = [...held.keys()];
      expect(imagesOf(store.take(slots))).toEqual(slots.map((slot) => Number(held.get(slot)!.split('/')[1])));
    }
    // The bound was put to the test.
    expect(retained).toBeGreaterThan(1.1);
  });

  it('gives rows back when their slots are cleared', () => {
    const store = new RowStore();
    store.put(batch, [0, 1, 2], [5, 5, 6]);
    store.put(batch, [3], [7]);
    store.clear([0, 3]);
    expect(store.retainedRows).toBe(2);
    expect(imagesOf(store.take([1, 2]))).toEqual([5, 6]);
    store.clear([1, 2, 3]);
    expect(store.retainedRows).toBe(0);
    store.put(batch, [0], [8]);
    expect(imagesOf(store.take([0]))).toEqual([8]);
  });

  it('holds copies: neither its batches nor what was taken stays alive', () => {
    const images = imageBatch(1000, { height: 28, width: 28 });
    const store = new RowStore();
    store.put(images, [0], [500]);
    expect(retainedBytes(store.take([0]))).toBe(4 + 1 + 784);
  });
});
