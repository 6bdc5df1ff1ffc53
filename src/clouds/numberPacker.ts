import { capacityFor } from './capacity.js';

/** Packs rows of numbers as they come. */
export class NumberPacker {
  readonly #claimed: number;
  readonly #width: number;
  #values: Float64Array;
  /** Rows so far. */
  count = 0;

  /** @param claimed how many rows a header says will come; no more do */
  constructor(claimed: number, width: number) {
    this.#claimed = claimed;
    this.#width = width;
    this.#values = new Float64Array(width * capacityFor(claimed, 0));
  }

  /** Takes a copy of the row that begins at `start`. */
  add(source: Float64Array, start: number): void {
    const width = this.#width;
    const at = width * this.count;
    if (at === this.#values.length) this.#grow();
    this.count++;
    for (let i = 0; i < width; i++) this.#values[at + i] = source[start + i]!;
  }

  /** All of them. */
  finish(): Float64Array {
    const length = this.#width * this.count;
    return length === this.#values.length ? this.#values : this.#values.slice(0, length);
  }

  #grow(): void {
    const larger = new Float64Array(this.#width * capacityFor(this.#claimed, this.count));
    larger.set(this.#values);
    this.#values = larger;
  }
}
