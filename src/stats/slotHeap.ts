/** A binary heap of slot numbers 0, 1, 2, …, ordered by what the caller keeps in those slots. */
export class SlotHeap {
  readonly #isBefore: (a: number, b: number) => boolean;
  #slots = new Uint32Array(16);
  #length = 0;

  /** @param isBefore a strict total order of the slots */
  constructor(isBefore: (a: number, b: number) => boolean) {
    this.#isBefore = isBefore;
  }

  /** The slot before all others. The heap must not be empty. */
  get first(): number {
    return this.#slots[0]!;
  }

  push(slot: number): void {
    if (this.#length === this.#slots.length) this.#slots = grown(this.#slots, new Uint32Array(2 * this.#length));
    let at = this.#length++;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#isBefore(slot, this.#slots[parent]!)) break;
      this.#slots[at] = this.#slots[parent]!;
      at = parent;
    }
    this.#slots[at] = slot;
  }

  /** Restores the order after what is kept in the first slot has changed. */
  firstChanged(): void {
    const slot = this.first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#length) break;
      if (child + 1 < this.#length && this.#isBefore(this.#slots[child + 1]!, this.#slots[child]!)) child++;
      if (!this.#isBefore(this.#slots[child]!, slot)) break;
      this.#slots[at] = this.#slots[child]!;
      at = child;
    }
    this.#slots[at] = slot;
  }
}

/** Copies what there is to the start of a longer array. */
export function grown<T extends Float64Array | Uint32Array>(values: T, longer: T): T {
  longer.set(values);
  return longer;
}
