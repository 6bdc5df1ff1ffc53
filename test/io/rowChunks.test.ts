import { Field, Float64, type RecordBatch, Schema, Utf8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column } from '#dist/arrow/columns.js';
import { decodeBatches, encodeBatches } from '#dist/arrow/ipc.js';
import { retainedBytes } from '#dist/arrow/retainedBytes.js';
import { rowBytes } from '#dist/io/rowBytes.js';
import { type Chunk, type ChunkLimits, RowChunks } from '#dist/io/rowChunks.js';
import { cut, foreignSchema, modelSchema, rowsOf, sampleBatch } from './samples.js';

const numbers = new Schema([new Field('x', new Float64(), false)]);

/** Copies of the chunks: each holds only until the next is asked for. */
function chunksOf(
  batches: readonly RecordBatch[],
  limits: ChunkLimits,
  release: (batch: RecordBatch) => void = () => {},
): RecordBatch[] {
  const chunks = new RowChunks(limits);
  const copies: RecordBatch[] = [];
  const copy = (given: Iterable<Chunk>): void => {
    for (const { batch, memory } of given) copies.push(...decodeBatches(encodeBatches([batch], undefined, memory)));
  };
  for (const batch of batches) copy(chunks.add(batch, () => release(batch)));
  copy(chunks.flush());
  return copies;
}

const sizes = (chunks: readonly RecordBatch[]): number[] => chunks.map(({ numRows }) => numRows);

describe('RowChunks', () => {
  it.each([
    ['model', modelSchema],
    ['foreign', foreignSchema],
  ])('keeps every row of the %s schema in order, and cuts alike however they are batched', (_, schema) => {
    const batch = sampleBatch(schema, 97);
    const limits = { rows: 25, bytes: Infinity };
    const splits = [[], [97], [1, 0, 24, 50], Array.from({ length: 96 }, () => 1), [26, 26]];
    for (const split of splits) {
      const chunks = chunksOf(cut(batch, split), limits);
      expect(sizes(chunks)).toEqual([25, 25, 25, 22]);
      expect(rowsOf(chunks)).toEqual(rowsOf(batch));
    }
  });

  it('ends a chunk before it is larger than allowed', () => {
    const bytesOfRow = 8 + 2 * (1 / 8);
    for (const split of [[], Array.from({ length: 9 }, () => 1), [3, 4]]) {
      const chunks = chunksOf(cut(sampleBatch(numbers, 10), split), { rows: 100, bytes: 4 * bytesOfRow });
      expect(sizes(chunks)).toEqual([4, 4, 2]);
    }
  });

  it('gives rows that are larger than allowed one by one', () => {
    expect(sizes(chunksOf([sampleBatch(numbers, 3)], { rows: 100, bytes: 1 }))).toEqual([1, 1, 1]);
  });

  it('cuts rows of varying size alike however they are batched', () => {
    const schema = new Schema([new Field('text', new Utf8(), true)]);
    const batch = sampleBatch(schema, 200);
    const limits = { rows: 100, bytes: 64 };
    const whole = sizes(chunksOf([batch], limits));
    expect(new Set(whole).size).toBeGreaterThan(1);
    for (const split of [Array.from({ length: 199 }, () => 1), [7, 0, 90]]) {
      expect(sizes(chunksOf(cut(batch, split), limits))).toEqual(whole);
    }
  });

  it('keeps nothing of a large batch but the rows that wait', () => {
    const chunks = new RowChunks({ rows: 1000, bytes: Infinity });
    const large = sampleBatch(numbers, 100_000);
    expect([...chunks.add(large.slice(0, 3))]).toEqual([]);
    const [chunk] = [...chunks.flush()];
    expect(rowsOf(chunk!.batch)).toEqual(rowsOf(large.slice(0, 3)));
    expect(retainedBytes(chunk!.batch)).toBeLessThan(100);
  });

  it.each([1, 5, 7, 1000])('releases every batch once, and uses none from then on: chunks of %d rows', (rows) => {
    const whole = sampleBatch(numbers, 60);
    const released: RecordBatch[] = [];
    const batches = cut(whole, [4, 1, 5, 0, 9, 2, 20]).flatMap((batch) => decodeBatches(encodeBatches([batch])));
    const chunks = chunksOf(batches, { rows, bytes: Infinity }, (batch) => {
      released.push(batch);
      (column(batch, 'x').values as Float64Array).fill(Number.NaN);
    });
    expect(rowsOf(chunks)).toEqual(rowsOf(whole));
    expect(released).toHaveLength(batches.length);
    expect(new Set(released)).toEqual(new Set(batches));
  });

  it.each([
    ['model', modelSchema],
    ['foreign', foreignSchema],
  ])('copies rows of the %s schema once: where they were joined they are encoded', (_, schema) => {
    const whole = sampleBatch(schema, 97);
    const chunks = new RowChunks({ rows: 50, bytes: Infinity });
    const joined = [];
    for (const part of cut(whole, [20, 20, 20])) {
      for (const { batch, memory } of chunks.add(part)) {
        const bytes = encodeBatches([batch], undefined, memory);
        expect(bytes.buffer).toBe(memory);
        joined.push(...decodeBatches(bytes));
      }
    }
    expect(rowsOf(joined)).toEqual(rowsOf(whole.slice(0, 50)));
  });

  it('gives nothing for no rows', () => {
    expect(chunksOf([], { rows: 1, bytes: 1 })).toEqual([]);
    expect(chunksOf([sampleBatch(modelSchema, 0)], { rows: 1, bytes: 1 })).toEqual([]);
  });
});

describe('rowBytes', () => {
  it.each([
    ['model', modelSchema],
    ['foreign', foreignSchema],
  ])('is additive over the rows of the %s schema, and the same in a slice', (_, schema) => {
    const batch = sampleBatch(schema, 40);
    const whole = rowBytes(batch.data, 0, 40);
    expect(rowBytes(batch.data, 0, 13) + rowBytes(batch.data, 13, 40)).toBe(whole);
    const middle = batch.slice(11, 31);
    expect(rowBytes(middle.data, 2, 17)).toBe(rowBytes(batch.data, 13, 28));
  });

  it('counts values, offsets and a bit of validity for every value', () => {
    const schema = new Schema([new Field('text', new Utf8(), false)]);
    const batch = sampleBatch(schema, 10);
    const letters = rowsOf(batch).reduce((sum, { text }) => sum + (text as string).length, 0);
    expect(rowBytes(batch.data, 0, 10)).toBe(letters + 10 * 4 + (2 * 10) / 8);
  });
});
