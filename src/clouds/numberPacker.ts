import { capacityFor, REMEMBERED } from './capacity.js';

/** Packs rows of numbers as they come. */
export class NumberPacker {
  readonly #width: number;
  #values = new Float64Array(0);
  /** Rows that headers claim, those included that have come. */
  #claimed = 0;
  /** Rows so far. */
  count = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Tells how many more a header says will come. */
  expect(claimed: number): void {
    this.#claimed = this.count + claimed;
  }

  /** Takes a copy of the row that begins at `start`. */
  add(source: Float64Array, start: number): void {
    const width = this.#width;
    const at = width * this.count;
    if (at === this.#values.length) this.#grow();
    this.count++;
    const values = this.#values;
    for (let i = 0; i < width; i++) values[at + i] = source[start + i]!;
  }

  /** Drops those after the first `count`. */
  truncate(count: number): void {
    this.count = count;
  }

  /** Gives away all of them. */
  take(): Float64Array {
    const taken = this.#values.subarray(0, this.#width * this.count);
    this.#values = new Float64Array(this.#width * Math.min(this.count, REMEMBERED));
    this.#claimed -= this.count;
    this.count = 0;
    return taken;
  }

  #grow(): void {
    const capacity = capacityFor(Math.max(this.#claimed, 2 * this.count), this.count);
    const larger = new Float64Array(this.#width * capacity);
    larger.set(this.#values);
    this.#values = larger;
  }
}
