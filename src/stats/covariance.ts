import { addInnerProducts } from './innerProducts.js';
import { checkColumnCount, checkFinite, rowCountOf, type FloatArray } from './rows.js';

/** Not a power of two, so that columns of a block do not compete for the same cache sets. */
const BLOCK_ROWS = 240;
/** Columns of a block have one place more, for the distance between means. */
const LENGTH = BLOCK_ROWS + 1;

export interface Covariance {
  readonly rowCount: number;
  /** One mean a column. */
  readonly mean: Float64Array;
  /** columns × columns, symmetric, divided by rows − 1. */
  readonly covariance: Float64Array;
}

/**
 * Mean and covariance of rows that arrive in chunks, in float64. Rows are gathered in blocks of 240 whatever the chunks are, so
 * that the result is the same bytes however they are split.
 *
 * A block is centered on its own mean and merged with what came before: nothing is ever a difference of large sums, and columns
 * of any offset and size keep their digits.
 *
 * @see Chan, Golub, LeVeque 1983, doi:10.1080/00031305.1983.10483115 (merging two sets)
 */
export class CovarianceFit {
  readonly #columnCount: number;
  /** Rows of the block, row-major. */
  readonly #rows: Float64Array;
  #rowsInBlock = 0;
  /** The block once centered, column by column. */
  readonly #columns: Float64Array;
  #mergedRows = 0;
  /** The first row. All else is relative to it, so that offsets cost no digits and constant columns come out exactly. */
  readonly #origin: Float64Array;
  /** Of the merged rows, relative to the origin. */
  readonly #mean: Float64Array;
  /** Σ (x − mean)(x − mean)ᵀ over the merged rows: on and above the diagonal. */
  readonly #scatter: Float64Array;

  /** @throws RangeError */
  constructor(columnCount: number) {
    checkColumnCount(columnCount);
    this.#columnCount = columnCount;
    this.#rows = new Float64Array(BLOCK_ROWS * columnCount);
    this.#columns = new Float64Array(LENGTH * columnCount);
    this.#origin = new Float64Array(columnCount);
    this.#mean = new Float64Array(columnCount);
    this.#scatter = new Float64Array(columnCount * columnCount);
  }

  /**
   * Takes the rows in, all or none of them.
   *
   * @param values row-major
   * @throws RangeError for partial rows or for a value that is not finite (naming its row and column)
   */
  add(values: FloatArray): void {
    const columnCount = this.#columnCount;
    const added = rowCountOf(values, columnCount);
    checkFinite(values, columnCount);
    for (let row = 0; row < added;) {
      const end = Math.min(row + BLOCK_ROWS - this.#rowsInBlock, added);
      this.#rows.set(values.subarray(row * columnCount, end * columnCount), this.#rowsInBlock * columnCount);
      this.#rowsInBlock += end - row;
      row = end;
      if (this.#rowsInBlock === BLOCK_ROWS) this.#mergeBlock();
    }
  }

  /**
   * To be called once, after the last row.
   * @throws RangeError if there were fewer than two rows
   */
  finish(): Covariance {
    if (this.#rowsInBlock > 0) this.#mergeBlock();
    const rowCount = this.#mergedRows;
    if (rowCount < 2) throw new RangeError(`values: expected at least two rows, got ${rowCount}`);
    const columnCount = this.#columnCount;
    const covariance = new Float64Array(columnCount * columnCount);
    for (let i = 0; i < columnCount; i++) {
      for (let j = i; j < columnCount; j++) {
        const value = this.#scatter[i * columnCount + j]! / (rowCount - 1);
        covariance[i * columnCount + j] = value;
        covariance[j * columnCount + i] = value;
      }
    }
    return { rowCount, mean: this.#mean.map((mean, c) => this.#origin[c]! + mean), covariance };
  }

  #mergeBlock(): void {
    const columnCount = this.#columnCount;
    this.#centerBlock();
    for (let i = 0; i < columnCount; i += 4) {
      const strip = { values: this.#columns, start: i, end: Math.min(i + 4, columnCount) };
      const others = { values: this.#columns, start: i, end: columnCount };
      addInnerProducts(strip, others, LENGTH, this.#scatter, columnCount);
    }
    this.#mergedRows += this.#rowsInBlock;
    this.#rowsInBlock = 0;
  }

  /**
   * Columns of the block less their means. With m rows merged and n in the block, whose means differ by δ, the scatter of both
   * together has a further m n / (m + n) δ δᵀ: as if the block had one more row, √(m n / (m + n)) δ.
   */
  #centerBlock(): void {
    const columnCount = this.#columnCount;
    const merged = this.#mergedRows;
    const n = this.#rowsInBlock;
    const weight = Math.sqrt((merged * n) / (merged + n));
    if (merged === 0) this.#origin.set(this.#rows.subarray(0, columnCount));
    for (let c = 0; c < columnCount; c++) {
      const column = this.#columns.subarray(c * LENGTH, (c + 1) * LENGTH);
      const origin = this.#origin[c]!;
      let sum = 0;
      for (let row = 0; row < n; row++) {
        column[row] = this.#rows[row * columnCount + c]! - origin;
        sum += column[row]!;
      }
      const blockMean = sum / n;
      for (let row = 0; row < n; row++) column[row]! -= blockMean;
      const delta = blockMean - this.#mean[c]!;
      column[n] = weight * delta;
      column.fill(0, n + 1);
      this.#mean[c]! += delta * (n / (merged + n));
    }
  }
}
