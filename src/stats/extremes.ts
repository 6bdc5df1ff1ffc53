import type { FloatArray } from './rows.js';

/** Minimum and maximum of each column of rows that arrive in chunks; NaN where a value is NaN. */
export class Extremes {
  readonly #least: Float64Array;
  readonly #greatest: Float64Array;

  constructor(columnCount: number) {
    this.#least = new Float64Array(columnCount);
    this.#greatest = new Float64Array(columnCount);
    this.reset();
  }

  /** @param values row-major, whole rows */
  add(values: FloatArray): void {
    const least = this.#least;
    const greatest = this.#greatest;
    const columnCount = least.length;
    for (let at = 0; at < values.length; at += columnCount) {
      for (let c = 0; c < columnCount; c++) {
        const value = values[at + c]!;
        least[c] = Math.min(least[c]!, value);
        greatest[c] = Math.max(greatest[c]!, value);
      }
    }
  }

  writeMinima(out: FloatArray): void {
    out.set(this.#least);
  }

  writeMaxima(out: FloatArray): void {
    out.set(this.#greatest);
  }

  /** Begins anew. */
  reset(): void {
    this.#least.fill(Infinity);
    this.#greatest.fill(-Infinity);
  }
}
