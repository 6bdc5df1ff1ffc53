import type { FloatArray } from './rows.js';

/**
 * Covariances of the columns of rows that arrive in chunks, in float64, summed row after row: the same bytes however they are split. Sums are of
 * distances from the first row, which bounds the cancellation as in `Moments`.
 */
export class Comoments {
  readonly #columnCount: number;
  readonly #first: Float64Array;
  readonly #distance: Float64Array;
  /** Σ (x − x₁). */
  readonly #sums: Float64Array;
  /** Σ (x_i − x_i1)(x_j − x_j1) for i ≤ j, row after row of the triangle. */
  readonly #products: Float64Array;
  #rowCount = 0;

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
    this.#first = new Float64Array(columnCount);
    this.#distance = new Float64Array(columnCount);
    this.#sums = new Float64Array(columnCount);
    this.#products = new Float64Array(pairCount(columnCount));
  }

  /** @param values row-major, whole rows */
  add(values: FloatArray): void {
    const columnCount = this.#columnCount;
    const first = this.#first;
    const distance = this.#distance;
    const sums = this.#sums;
    const products = this.#products;
    if (values.length === 0) return;
    if (this.#rowCount === 0) {
      first.set(values.subarray(0, columnCount));
      sums.fill(0);
      products.fill(0);
    }
    this.#rowCount += values.length / columnCount;
    for (let at = 0; at < values.length; at += columnCount) {
      for (let c = 0; c < columnCount; c++) {
        distance[c] = values[at + c]! - first[c]!;
        sums[c]! += distance[c]!;
      }
      let pair = 0;
      for (let i = 0; i < columnCount; i++) {
        const factor = distance[i]!;
        for (let j = i; j < columnCount; j++) products[pair++]! += factor * distance[j]!;
      }
    }
  }

  /** Writes Σ (x_i − mean_i)(x_j − mean_j) / n for i ≤ j: of these rows, not an estimate of any others. Forgets nothing. */
  writeCovariances(out: FloatArray): void {
    const n = this.#rowCount;
    let pair = 0;
    for (let i = 0; i < this.#columnCount; i++) {
      const mean = this.#sums[i]! / n;
      for (let j = i; j < this.#columnCount; j++, pair++) {
        out[pair] = (this.#products[pair]! - mean * this.#sums[j]!) / n;
      }
    }
  }

  /** Begins anew. */
  reset(): void {
    this.#rowCount = 0;
  }
}

/** Pairs i ≤ j of so many columns. */
export function pairCount(columnCount: number): number {
  return (columnCount * (columnCount + 1)) / 2;
}
