import { environmentVariable } from '../environment.js';
import type { RecordBatch } from 'apache-arrow';

/**
 * Large arrays cost more than their bytes: the engine zeroes them, the system finds their pages, and every 64 MiB of them start a
 * collection of the whole heap. So in a pipeline memory goes round instead: whoever makes a batch of memory that the runtime has lent
 * (`spares` of its context) says how it goes back (`recyclable`), and the runtime, which alone knows who holds the batch, sends it there
 * (`recycle`). Nobody else does. Outside the runtime there are no spares, and what is not recyclable is collected as ever.
 */
const owners = new WeakMap<RecordBatch, Ownership>();

interface Ownership {
  readonly giveBack?: () => void;
  readonly memory?: ArrayBuffer | undefined;
  /** Ends the use of the batch that it may be a view of. */
  readonly endOfOrigin?: () => void;
}

/**
 * Notes how the memory of a batch goes back to the spares that it came from.
 * @param memory of all of it that is worth it, if that is one buffer, with room for an IPC message: it may leave with the batch instead
 */
export function recyclable(batch: RecordBatch, giveBack: () => void, memory?: ArrayBuffer): RecordBatch {
  owners.set(batch, { giveBack, memory });
  return batch;
}

/** The memory that may leave with a batch: who lets it leave says so (`leave`). */
export function memoryOf(batch: RecordBatch): ArrayBuffer | undefined {
  return owners.get(batch)?.memory;
}

/** Ends the use of a batch whose memory has left. */
export function leave(batch: RecordBatch): void {
  const owned = owners.get(batch);
  owners.delete(batch);
  owned?.endOfOrigin?.();
}

/** Those that are made of a batch, and may be views of it. */
export interface Heirs {
  add(heir: RecordBatch): void;
  /** Nothing more is made of it. */
  end(): void;
}

/** Recycles a batch when all that is made of it has been recycled. Nothing if its memory is nobody's to give back. */
export function heirsOf(batch: RecordBatch): Heirs | undefined {
  if (!owners.has(batch)) return undefined;
  let left = 1;
  const end = (): void => {
    if (--left === 0) recycle(batch);
  };
  return {
    add(heir) {
      if (heir === batch) return disown(batch); // it goes on as it is, maybe beside views of it
      left++;
      owners.set(heir, { ...owners.get(heir), endOfOrigin: end });
    },
    end,
  };
}

/** How each of so many holders ends its use of a batch: when all of them have, it is recycled. */
export function sharedAmong(holders: number, batch: RecordBatch): () => void {
  let left = holders;
  return () => {
    if (--left === 0) recycle(batch);
  };
}

/** Leaves the memory of a batch to be collected: somebody may hold the batch who does not say so. */
export function disown(batch: RecordBatch): void {
  owners.delete(batch);
}

/**
 * Ends the use of a batch, and of all views of it: its memory may be overwritten from now on. A slice is a view, and nobody's
 * memory.
 */
export function recycle(batch: RecordBatch): void {
  const owned = owners.get(batch);
  owners.delete(batch);
  owned?.giveBack?.();
  owned?.endOfOrigin?.();
}

/** In tests, memory that has been given up is overwritten at once, so that whoever still holds it is found out. */
const POISONS = environmentVariable('SOAPSTREAM_POISON') === '1';

/** Overwrites memory that nobody may use any more, if it is asked for: floats are NaN then, and integers out of range. */
export function poison(buffer: ArrayBuffer): void {
  if (POISONS) new Uint8Array(buffer).fill(0xff);
}

/** Buffers that have come back, for whoever needs some next. */
export class SpareBuffers {
  readonly #buffers: ArrayBuffer[];

  constructor(buffers: Iterable<ArrayBuffer> = []) {
    this.#buffers = [...buffers];
  }

  give(buffer: ArrayBuffer): void {
    poison(buffer);
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

/** A buffer of at least so many bytes: a new one, zeroed, where there are no spares. */
export function takeBuffer(spares: SpareBuffers | undefined, bytes: number): ArrayBuffer {
  return spares?.take(bytes) ?? new ArrayBuffer(bytes);
}
