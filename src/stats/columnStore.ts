import { checkColumnCount, checkFinite, checkPrecision, rowCountOf, type FloatArray } from './rows.js';
import type { Steps } from './steps.js';

const BLOCK_ROWS = 1024;
/** Columns transposed together: 64 bytes, a cache line of float32. */
const TILE_COLUMNS = 16;

/**
 * Takes rows in chunks of any size and hands out columns. Keeps the precision of the first chunk: 4 bytes a float32 value,
 * 8 a float64 one, in blocks of 1024 rows stored column by column.
 */
export class ColumnStore {
  readonly columnCount: number;
  readonly #maxBytes: number;
  readonly #blocks: FloatArray[] = [];
  #rowCount = 0;

  /**
   * @param maxBytes bound of what the values and one column handed out take
   * @throws RangeError
   */
  constructor(columnCount: number, maxBytes: number) {
    checkColumnCount(columnCount);
    if (!(maxBytes > 0)) throw new RangeError(`maxBytes: expected a number > 0 (bytes), got ${maxBytes}`);
    this.columnCount = columnCount;
    this.#maxBytes = maxBytes;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /**
   * Appends a copy of the rows, all or none of them, block by block.
   *
   * @param values row-major
   * @throws RangeError for partial rows, for a value that is not finite (naming its row and column), or if the rows do not fit
   * @throws TypeError if the precision is not that of the first chunk
   */
  *add(values: FloatArray): Steps<void> {
    const added = rowCountOf(values, this.columnCount);
    checkFinite(values, this.columnCount);
    checkPrecision(values, this.#blocks[0]);
    this.#checkRoom(added, values.BYTES_PER_ELEMENT);
    for (let row = 0; row < added;) {
      const start = this.#rowCount % BLOCK_ROWS;
      if (start === 0) this.#blocks.push(emptyLike(values, BLOCK_ROWS * this.columnCount));
      const end = Math.min(row + BLOCK_ROWS - start, added);
      this.#transpose(values, row, end, this.#blocks.at(-1)!, start);
      this.#rowCount += end - row;
      yield (end - row) * this.columnCount;
      row = end;
    }
  }

  /** A buffer for `copyColumn`: one value a row. */
  columnBuffer(): FloatArray {
    const first = this.#blocks[0];
    return first ? emptyLike(first, this.#rowCount) : new Float32Array(0);
  }

  copyColumn(column: number, out: FloatArray): void {
    for (let b = 0, row = 0; b < this.#blocks.length; b++, row += BLOCK_ROWS) {
      const start = column * BLOCK_ROWS;
      out.set(this.#blocks[b]!.subarray(start, start + Math.min(BLOCK_ROWS, this.#rowCount - row)), row);
    }
  }

  #checkRoom(added: number, bytesPerValue: number): void {
    const blocks = Math.ceil((this.#rowCount + added) / BLOCK_ROWS);
    const bytes = (blocks * BLOCK_ROWS * this.columnCount + this.#rowCount + added) * bytesPerValue;
    if (bytes <= this.#maxBytes) return;
    throw new RangeError(
      `maxBytes: ${this.#rowCount + added} rows of ${this.columnCount} columns need ${bytes} bytes, ` +
        `have ${this.#maxBytes}; exact quantiles keep every value: sample the rows first, or raise maxBytes`,
    );
  }

  /** Rows [from, to) of `values` become rows from `start` on of a block; a tile of columns stays in the cache meanwhile. */
  #transpose(values: FloatArray, from: number, to: number, block: FloatArray, start: number): void {
    const { columnCount } = this;
    for (let left = 0; left < columnCount; left += TILE_COLUMNS) {
      const right = Math.min(left + TILE_COLUMNS, columnCount);
      for (let row = from; row < to; row++) {
        const source = row * columnCount;
        const target = start + row - from;
        for (let c = left; c < right; c++) block[c * BLOCK_ROWS + target] = values[source + c]!;
      }
    }
  }
}

function emptyLike(values: FloatArray, length: number): FloatArray {
  return values instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}
