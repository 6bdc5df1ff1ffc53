import { checkPrecision, type FloatArray } from './rows.js';

/** Rows of a block: with 5,000 columns 2 MB of float32. */
export const KEPT_BLOCK_ROWS = 96;

/** Copies of rows that arrive in chunks, in the precision of the first, in blocks of 96 however they are split. */
export class KeptRows {
  readonly columnCount: number;
  readonly #blocks: FloatArray[] = [];
  rowCount = 0;

  constructor(columnCount: number) {
    this.columnCount = columnCount;
  }

  /** Bytes that it takes with so many rows more. */
  bytesWith(values: FloatArray): number {
    const rows = this.rowCount + values.length / this.columnCount;
    return Math.ceil(rows / KEPT_BLOCK_ROWS) * KEPT_BLOCK_ROWS * this.columnCount * values.BYTES_PER_ELEMENT;
  }

  /** @throws TypeError unless their precision is that of the first chunk */
  checkPrecision(values: FloatArray): void {
    checkPrecision(values, this.#blocks[0]);
  }

  /** @param values row-major, whole rows, of the precision of the first ones */
  add(values: FloatArray): void {
    const { columnCount } = this;
    const added = values.length / columnCount;
    for (let row = 0; row < added;) {
      const start = this.rowCount % KEPT_BLOCK_ROWS;
      if (start === 0) {
        this.#blocks.push(new (values.constructor as Float64ArrayConstructor)(KEPT_BLOCK_ROWS * columnCount));
      }
      const end = Math.min(row + KEPT_BLOCK_ROWS - start, added);
      this.#blocks.at(-1)!.set(values.subarray(row * columnCount, end * columnCount), start * columnCount);
      this.rowCount += end - row;
      row = end;
    }
  }

  /** The rows of a block; the last may have fewer. */
  rowsOf(block: number): FloatArray {
    const rows = Math.min(KEPT_BLOCK_ROWS, this.rowCount - block * KEPT_BLOCK_ROWS);
    return this.#blocks[block]!.subarray(0, rows * this.columnCount);
  }

  /** The blocks, which are forgotten one by one. */
  *taken(): Generator<FloatArray> {
    for (let block = 0; block * KEPT_BLOCK_ROWS < this.rowCount; block++) {
      yield this.rowsOf(block);
      this.#blocks[block] = new Float32Array(0);
    }
  }
}
