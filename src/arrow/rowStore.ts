import type { RecordBatch } from 'apache-arrow';
import { gather } from './gather.js';

/** The share of a chunk's rows that must be live for it to be left as it is. */
const LEAST_LIVE = 0.8;

interface Chunk {
  batch: RecordBatch;
  /** For each row, how many slots hold it. */
  holders: Uint32Array;
  /** Rows that some slot holds. */
  live: number;
}

/**
 * Keeps rows in numbered slots, for operators that hold a changing sample. Rows are copied out of their batch, several slots
 * may share a row, and rows that no slot holds any more are given back: where `put` has replaced rows of a batch, at most a fifth of
 * what is retained of it is dead, and `clear` gives back batches of which nothing is left.
 */
export class RowStore {
  readonly #chunks = new Map<number, Chunk>();
  /** By slot: the chunk and the row in it that the slot holds, or −1. Grow with the highest slot in use. */
  #slotChunk = new Int32Array(16).fill(-1);
  #slotRow = new Uint32Array(16);
  #nextChunk = 0;

  /** Rows kept in memory, live or not yet given back. */
  get retainedRows(): number {
    return [...this.#chunks.values()].reduce((sum, { batch }) => sum + batch.numRows, 0);
  }

  /** Puts `rows[i]` of the batch in `slots[i]`. A slot may come more than once: the last wins. */
  put(batch: RecordBatch, slots: readonly number[], rows: readonly number[]): void {
    if (slots.length === 0) return;
    const kept = [...new Set(rows)];
    const place = new Map(kept.map((row, i) => [row, i]));
    const id = this.#nextChunk++;
    const chunk: Chunk = {
      batch: gather([batch], { sources: new Uint8Array(kept.length), rows: kept, length: kept.length }),
      holders: new Uint32Array(kept.length),
      live: 0,
    };
    this.#chunks.set(id, chunk);
    const touched = new Set([id]);
    this.#makeRoom(slots.reduce((highest, slot) => Math.max(highest, slot)));
    slots.forEach((slot, i) => {
      const before = this.#slotChunk[slot]!;
      if (before >= 0) {
        this.#release(this.#chunks.get(before)!, this.#slotRow[slot]!);
        touched.add(before);
      }
      const row = place.get(rows[i]!)!;
      if (chunk.holders[row]!++ === 0) chunk.live++;
      this.#slotChunk[slot] = id;
      this.#slotRow[slot] = row;
    });
    for (const each of touched) this.#shrink(each);
  }

  /** The rows of these slots as a new batch, in this order; slots that share a row repeat it. */
  take(slots: readonly number[]): RecordBatch {
    const ids = [...new Set(slots.map((slot) => this.#slotChunk[slot]!))];
    const source = new Map(ids.map((id, i) => [id, i]));
    return gather(
      ids.map((id) => this.#chunks.get(id)!.batch),
      {
        sources: slots.map((slot) => source.get(this.#slotChunk[slot]!)!),
        rows: slots.map((slot) => this.#slotRow[slot]!),
        length: slots.length,
      },
    );
  }

  /** Empties these slots: a chunk whose last live row goes is given back. */
  clear(slots: readonly number[]): void {
    for (const slot of slots) {
      const id = this.#slotChunk[slot]!;
      if (id < 0) continue;
      const chunk = this.#chunks.get(id)!;
      this.#release(chunk, this.#slotRow[slot]!);
      if (chunk.live === 0) this.#chunks.delete(id);
      this.#slotChunk[slot] = -1;
    }
  }

  #makeRoom(slot: number): void {
    if (slot < this.#slotChunk.length) return;
    const length = Math.max(slot + 1, 2 * this.#slotChunk.length);
    const [chunks, rows] = [new Int32Array(length).fill(-1), new Uint32Array(length)];
    chunks.set(this.#slotChunk);
    rows.set(this.#slotRow);
    [this.#slotChunk, this.#slotRow] = [chunks, rows];
  }

  #release(chunk: Chunk, row: number): void {
    if (--chunk.holders[row]! === 0) chunk.live--;
  }

  /** Drops a chunk without live rows and copies one that is less than four fifths alive. */
  #shrink(id: number): void {
    const chunk = this.#chunks.get(id)!;
    const { batch, holders, live } = chunk;
    if (live === 0) this.#chunks.delete(id);
    if (live === 0 || live >= LEAST_LIVE * batch.numRows) return;
    const kept = [...holders.keys()].filter((row) => holders[row]! > 0);
    const place = new Map(kept.map((row, i) => [row, i]));
    chunk.batch = gather([batch], { sources: new Uint8Array(live), rows: kept, length: live });
    chunk.holders = Uint32Array.from(kept, (row) => holders[row]!);
    for (let slot = 0; slot < this.#slotChunk.length; slot++) {
      if (this.#slotChunk[slot] === id) this.#slotRow[slot] = place.get(this.#slotRow[slot]!)!;
    }
  }
}
