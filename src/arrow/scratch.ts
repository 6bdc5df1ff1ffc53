import type { NumberArray } from './columns.js';
import { poison } from './recycling.js';

/** That of the buffers in an IPC message. */
const ALIGNMENT = 8;

/** Memory for arrays, one after the other, that are all given up at once. What it holds at first is left from before. */
export class Scratch {
  #buffer: ArrayBuffer;
  /** Bytes asked for since it was cleared; those beyond the buffer came from elsewhere. */
  #used: number;

  /** @param from where in the buffer the first array begins */
  constructor(buffer = new ArrayBuffer(0), from = 0) {
    this.#buffer = buffer;
    this.#used = from;
  }

  /** An array like `model`, of that length. */
  array<T extends NumberArray>(model: T, length: number): T {
    const ArrayType = model.constructor as new (buffer: ArrayBuffer, byteOffset: number, length: number) => T;
    const start = this.#used;
    const bytes = length * model.BYTES_PER_ELEMENT;
    this.#used = Math.ceil((start + bytes) / ALIGNMENT) * ALIGNMENT;
    if (start + bytes > this.#buffer.byteLength) return new ArrayType(new ArrayBuffer(bytes), 0, length);
    return new ArrayType(this.#buffer, start, length);
  }

  /** All arrays are given up: their memory is used for the next ones. */
  clear(): void {
    if (this.#used > this.#buffer.byteLength) this.#buffer = new ArrayBuffer(this.#used);
    else poison(this.#buffer);
    this.#used = 0;
  }
}
