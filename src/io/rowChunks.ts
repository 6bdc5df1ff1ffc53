import type { RecordBatch } from 'apache-arrow';
import { allRows, gather } from '../arrow/gather.js';
import { MESSAGE_ROOM } from '../arrow/inPlace.js';
import { type SpareBuffers, takeBuffer } from '../arrow/recycling.js';
import { retainedBytes } from '../arrow/retainedBytes.js';
import { Scratch } from '../arrow/scratch.js';
import { rowBytes } from './rowBytes.js';

/** How large a chunk may be. A single row may be larger. */
export interface ChunkLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** Consecutive rows. */
export interface Chunk {
  readonly batch: RecordBatch;
  /** Where they were joined, in the order of an IPC message and with room for the rest of it: whoever gets the chunk owns it. */
  readonly memory?: ArrayBuffer;
}

/**
 * Cuts a stream of batches anew: into chunks as long as the limits allow, so that tiny batches are joined and huge ones split.
 * Where it cuts depends on the rows alone, never on how they arrived. What waits for the next chunk is copied out of its batch
 * if that is much larger, so that not much more than a chunk is kept in memory. Batches are released once all of their rows have left.
 */
export class RowChunks {
  readonly #limits: ChunkLimits;
  readonly #spares: SpareBuffers | undefined;
  #waiting: RecordBatch[] = [];
  /** Called when all that waits has left: of batches that all rows of are in `#waiting` or have left. */
  #releases: (() => void)[] = [];
  #waitingRows = 0;
  #waitingBytes = 0;

  /** @param spares for the memory of chunks */
  constructor(limits: ChunkLimits, spares?: SpareBuffers) {
    this.#limits = limits;
    this.#spares = spares;
  }

  /**
   * The chunks that are complete with this batch. Each is to be used before the next is asked for: its batches are then released.
   *
   * @param release called when all rows of the batch have left
   */
  *add(batch: RecordBatch, release: () => void = () => {}): Generator<Chunk, void, undefined> {
    let from = 0;
    while (from < batch.numRows) {
      const to = this.#fit(batch, from);
      if (to === batch.numRows && this.#waitingRows + to - from < this.#limits.rows) {
        this.#keep(batch, from, release);
        return;
      }
      yield* this.#complete(to > from ? rowRange(batch, from, to) : undefined);
      from = to;
    }
    release();
  }

  /** The rows that are left, if any, as one chunk. */
  *flush(): Generator<Chunk, void, undefined> {
    if (this.#waiting.length > 0) yield* this.#complete(undefined);
  }

  /** The end of the longest run of rows from `from` on that the chunk still has room for. */
  #fit(batch: RecordBatch, from: number): number {
    const room = this.#limits.bytes - this.#waitingBytes;
    let fits = from;
    let tooFar = Math.min(batch.numRows, from + this.#limits.rows - this.#waitingRows) + 1;
    while (tooFar - fits > 1) {
      const middle = Math.floor((fits + tooFar) / 2);
      if (rowBytes(batch.data, from, middle) <= room) fits = middle;
      else tooFar = middle;
    }
    return fits === from && this.#waiting.length === 0 ? from + 1 : fits;
  }

  #keep(batch: RecordBatch, from: number, release: () => void): void {
    const rows = rowRange(batch, from, batch.numRows);
    const bytes = rowBytes(batch.data, from, batch.numRows);
    this.#waitingRows += rows.numRows;
    this.#waitingBytes += bytes;
    if (retainedBytes(rows) <= 2 * bytes) {
      this.#waiting.push(rows);
      this.#releases.push(release);
    } else {
      this.#waiting.push(gather([rows], allRows([rows.numRows])));
      release();
    }
  }

  *#complete(last: RecordBatch | undefined): Generator<Chunk, void, undefined> {
    const parts = last ? [...this.#waiting, last] : this.#waiting;
    const bytes = this.#waitingBytes + (last ? rowBytes(last.data, 0, last.numRows) : 0);
    const releases = this.#releases;
    this.#waiting = [];
    this.#releases = [];
    this.#waitingRows = 0;
    this.#waitingBytes = 0;
    yield parts.length === 1 ? { batch: parts[0]! } : this.#joined(parts, bytes);
    for (const release of releases) release();
  }

  #joined(parts: readonly RecordBatch[], bytes: number): Chunk {
    const memory = takeBuffer(this.#spares, MESSAGE_ROOM.before + bytes + MESSAGE_ROOM.after);
    return {
      batch: gather(parts, allRows(parts.map(({ numRows }) => numRows)), new Scratch(memory, MESSAGE_ROOM.before)),
      memory,
    };
  }
}

/** Rows `from` to `to` (exclusive): a view. */
export function rowRange(batch: RecordBatch, from: number, to: number): RecordBatch {
  return from === 0 && to === batch.numRows ? batch : batch.slice(from, to);
}
