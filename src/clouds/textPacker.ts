import { isUtf8 } from 'node:buffer';
import { capacityFor, REMEMBERED } from './capacity.js';

/** Texts one after the other in UTF-8: text i is `bytes` from `offsets[i]` to `offsets[i + 1]`. */
export interface PackedTexts {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
}

const [MINUS, ZERO] = [45, 48];
const LEAST_BYTES = 64;

/** Packs short texts as they come, without making a string of any. */
export class TextPacker {
  #bytes = new Uint8Array(LEAST_BYTES);
  #offsets = new Int32Array(1);
  /** Texts that headers claim, those included that have come. */
  #claimed = 0;
  #count = 0;
  #end = 0;

  /** Tells how many more a header says will come. */
  expect(claimed: number): void {
    this.#claimed = this.#count + claimed;
  }

  /** Takes a copy of `source` from `start` to `end`. @returns false if that is not UTF-8 */
  add(source: Uint8Array, start: number, end: number): boolean {
    const bytes = this.#roomFor(end - start);
    let to = this.#end;
    let all = 0;
    for (let from = start; from < end; from++) {
      const byte = source[from]!;
      all |= byte;
      bytes[to++] = byte;
    }
    this.#close(to);
    return all < 0x80 || isUtf8(source.subarray(start, end));
  }

  /** The decimal text of a safe integer. */
  addInteger(value: number): void {
    let rest = Math.abs(value);
    let digits = 1;
    for (let bound = 10; bound <= rest; bound *= 10) digits++;
    const sign = value < 0 ? 1 : 0;
    const bytes = this.#roomFor(sign + digits);
    if (value < 0) bytes[this.#end] = MINUS;
    const end = this.#end + sign + digits;
    for (let at = end - 1; at >= end - digits; at--) {
      const tenth = Math.floor(rest / 10);
      bytes[at] = ZERO + (rest - 10 * tenth);
      rest = tenth;
    }
    this.#close(end);
  }

  /** Drops those after the first `count`. */
  truncate(count: number): void {
    if (count >= this.#count) return;
    this.#count = count;
    this.#end = this.#offsets[count]!;
  }

  /** Gives away all of them. */
  take(): PackedTexts {
    const [count, offsets] = [this.#count, this.#offsets];
    const taken = { bytes: this.#bytes.slice(0, this.#end), offsets: offsets.subarray(0, count + 1) };
    this.#offsets = new Int32Array(Math.min(count, REMEMBERED) + 1);
    this.#claimed -= count;
    this.#count = this.#end = 0;
    return taken;
  }

  #roomFor(length: number): Uint8Array {
    const needed = this.#end + length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes;
  }

  #close(end: number): void {
    const count = ++this.#count;
    if (count === this.#offsets.length) {
      const larger = new Int32Array(capacityFor(Math.max(this.#claimed, 2 * count), count) + 1);
      larger.set(this.#offsets);
      this.#offsets = larger;
    }
    this.#end = end;
    this.#offsets[count] = end;
  }
}
