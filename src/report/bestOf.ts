/** The few items of a stream that score highest; of equal ones the first. */
export class BestOf<T> {
  readonly #count: number;
  readonly #score: (item: T) => number;
  readonly #kept: { readonly item: T; readonly score: number }[] = [];

  constructor(count: number, score: (item: T) => number) {
    this.#count = count;
    this.#score = score;
  }

  /** An item that scores −∞ is never kept. */
  offer(item: T): void {
    const score = this.#score(item);
    const place = this.#kept.findIndex((other) => score > other.score);
    const at = place < 0 ? this.#kept.length : place;
    if (score === -Infinity || at >= this.#count) return;
    this.#kept.splice(at, 0, { item, score });
    this.#kept.length = Math.min(this.#kept.length, this.#count);
  }

  /** Best first. */
  get items(): readonly T[] {
    return this.#kept.map(({ item }) => item);
  }
}
