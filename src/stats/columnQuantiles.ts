import { quantilesInPlace } from './quantiles.js';
import { checkFinite, type FloatArray } from './rows.js';

/** Exact quantiles of each column of rows that arrive in chunks (R-7, as `quantilesInPlace`). Holds all rows, as float64. */
export class ColumnQuantiles {
  readonly #columnCount: number;
  #rows = new Float64Array(0);
  #length = 0;

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
  }

  /**
   * @param values row-major, whole rows
   * @throws RangeError naming row and column of a value that is not finite
   */
  add(values: FloatArray): void {
    checkFinite(values, this.#columnCount);
    const length = this.#length + values.length;
    if (length > this.#rows.length) {
      const grown = new Float64Array(Math.max(length, 2 * this.#rows.length));
      grown.set(this.#rows.subarray(0, this.#length));
      this.#rows = grown;
    }
    this.#rows.set(values, this.#length);
    this.#length = length;
  }

  /** Writes the quantiles of each column: all columns for the first probability to the first array, and so on. */
  write(probabilities: readonly number[], outs: readonly FloatArray[]): void {
    const columnCount = this.#columnCount;
    const column = new Float64Array(this.#length / columnCount);
    for (let c = 0; c < columnCount; c++) {
      for (let row = 0; row < column.length; row++) column[row] = this.#rows[row * columnCount + c]!;
      const quantiles = quantilesInPlace(column, probabilities);
      for (const [i, out] of outs.entries()) out[c] = quantiles[i]!;
    }
  }

  /** Begins anew. */
  reset(): void {
    this.#length = 0;
  }
}
