import type { RecordBatch } from 'apache-arrow';

/**
 * Large arrays cost more than their bytes: the engine zeroes them, the system finds their pages, and every 64 MiB of them start a
 * collection of the whole heap. So a stream's memory goes round instead: whoever makes a batch says where its memory is to go
 * (`recyclable`), and the last one to use it sends it there (`recycle`). Neither must: what nobody recycles is collected as ever.
 */
const owners = new WeakMap<RecordBatch, { holders: number; readonly giveBack: () => void }>();

/** Notes how the memory of a batch is given back to whoever made it. */
export function recyclable(batch: RecordBatch, giveBack: () => void): RecordBatch {
  owners.set(batch, { holders: 1, giveBack });
  return batch;
}

/** Says that so many now hold the batch: each of them must recycle it before its memory is given back. */
export function shareAmong(holders: number, batch: RecordBatch): void {
  const owner = owners.get(batch);
  if (owner) owner.holders = holders;
}

/** Leaves the memory of a batch to be collected: somebody may hold the batch who does not say so. */
export function disown(batch: RecordBatch): void {
  owners.delete(batch);
}

/**
 * Ends one holder's use of a batch, and of all views of it: its memory may be overwritten from now on. A slice is a view, and
 * nobody's memory.
 */
export function recycle(batch: RecordBatch): void {
  const owner = owners.get(batch);
  if (!owner || --owner.holders > 0) return;
  owners.delete(batch);
  owner.giveBack();
}

/** Buffers that have come back, for whoever needs some next. */
export class SpareBuffers {
  readonly #buffers: ArrayBuffer[];

  constructor(buffers: Iterable<ArrayBuffer> = []) {
    this.#buffers = [...buffers];
  }

  give(buffer: ArrayBuffer): void {
    this.#buffers.push(buffer);
  }

  /** A buffer of at least so many bytes, not zeroed if it comes from here. */
  take(bytes: number): ArrayBuffer {
    const fits = this.#buffers.findIndex(({ byteLength }) => byteLength >= bytes);
    // Where all are too small one goes: as many as before, and large enough, come back.
    const [buffer] = this.#buffers.splice(Math.max(fits, 0), 1);
    return buffer && fits >= 0 ? buffer : new ArrayBuffer(bytes);
  }

  /** Up to so many of them, for another thread. */
  takeSome(count: number): ArrayBuffer[] {
    return this.#buffers.splice(0, count);
  }
}
