import type { FloatArray } from './rows.js';

/**
 * Mean and standard deviation of each column of rows that arrive in chunks, in float64. Rows are summed one after the other, so that the
 * result is the same bytes however they are split.
 *
 * Sums are of x − x₁, the distance from the first row. Since x₁ is one of the n rows, |x₁ − mean| ≤ σ√(n − 1), and Σ (x − x₁)² ≤ n² σ²: the
 * difference that is the variance loses a factor of n in precision at worst, whatever the offset of the column, and columns
 * of one value come out exactly.
 */
export class Moments {
  readonly #columnCount: number;
  readonly #first: Float64Array;
  /** Σ (x − x₁) and Σ (x − x₁)². */
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #rowCount = 0;

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
    this.#first = new Float64Array(columnCount);
    this.#sums = new Float64Array(columnCount);
    this.#squares = new Float64Array(columnCount);
  }

  /** @param values row-major, whole rows */
  add(values: FloatArray): void {
    const columnCount = this.#columnCount;
    const [first, sums, squares] = [this.#first, this.#sums, this.#squares];
    if (values.length === 0) return;
    if (this.#rowCount === 0) {
      first.set(values.subarray(0, columnCount));
      sums.fill(0);
      squares.fill(0);
    }
    this.#rowCount += values.length / columnCount;
    let at = 0;
    // Four rows in their order; the sums stay in registers meanwhile.
    for (; at + 4 * columnCount <= values.length; at += 4 * columnCount) {
      const [second, third, fourth] = [at + columnCount, at + 2 * columnCount, at + 3 * columnCount];
      for (let c = 0; c < columnCount; c++) {
        const origin = first[c]!;
        const d1 = values[at + c]! - origin;
        const d2 = values[second + c]! - origin;
        const d3 = values[third + c]! - origin;
        const d4 = values[fourth + c]! - origin;
        sums[c] = sums[c]! + d1 + d2 + d3 + d4;
        squares[c] = squares[c]! + d1 * d1 + d2 * d2 + d3 * d3 + d4 * d4;
      }
    }
    for (; at < values.length; at += columnCount) {
      for (let c = 0; c < columnCount; c++) {
        const distance = values[at + c]! - first[c]!;
        sums[c]! += distance;
        squares[c]! += distance * distance;
      }
    }
  }

  /** Writes the means, and forgets nothing. */
  writeMeans(out: FloatArray): void {
    for (let c = 0; c < this.#columnCount; c++) out[c] = this.#first[c]! + this.#sums[c]! / this.#rowCount;
  }

  /** Writes the standard deviations, √(Σ (x − mean)² / n): of these rows, not an estimate of any others. */
  writeStandardDeviations(out: FloatArray): void {
    const n = this.#rowCount;
    for (let c = 0; c < this.#columnCount; c++) {
      const sum = this.#sums[c]!;
      out[c] = Math.sqrt(Math.max(0, this.#squares[c]! - (sum * sum) / n) / n);
    }
  }

  /** Begins anew. */
  reset(): void {
    this.#rowCount = 0;
  }
}
