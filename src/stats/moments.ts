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
    if (values.length === 0) return;
    if (this.#rowCount === 0) {
      this.#first.set(values.subarray(0, columnCount));
      this.#sums.fill(0);
      this.#squares.fill(0);
    }
    this.#rowCount += values.length / columnCount;
    let at = 0;
    for (; at + 4 * columnCount <= values.length; at += 4 * columnCount) this.#addFour(values, at);
    for (; at < values.length; at += columnCount) this.#addOne(values, at);
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

  #addOne(values: FloatArray, at: number): void {
    const { columnCount, first, sums, squares } = this.#arrays();
    for (let c = 0; c < columnCount; c++) {
      const distance = values[at + c]! - first[c]!;
      sums[c]! += distance;
      squares[c]! += distance * distance;
    }
  }

  /** The same four times in the same order; the sums stay in registers meanwhile. */
  #addFour(values: FloatArray, at: number): void {
    const { columnCount, first, sums, squares } = this.#arrays();
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

  #arrays(): { columnCount: number; first: Float64Array; sums: Float64Array; squares: Float64Array } {
    return { columnCount: this.#columnCount, first: this.#first, sums: this.#sums, squares: this.#squares };
  }
}
