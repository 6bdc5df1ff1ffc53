import { STEP, type Steps } from '../steps.js';
import { fastestKernels } from './instantiate.js';
import type { DenseKernels } from './kernels.js';

/** A matrix in the memory of a workspace: element (i, j) is the number i · rowStep + j · columnStep behind the address. */
export interface Matrix {
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

export function transposed({ at, rows, columns, rowStep, columnStep }: Matrix): Matrix {
  return { at, rows: columns, columns: rows, rowStep: columnStep, columnStep: rowStep };
}

/** Rows [start, end). */
export function rowsOf(matrix: Matrix, start: number, end: number): Matrix {
  return { ...matrix, at: matrix.at + 8 * start * matrix.rowStep, rows: end - start };
}

/** Columns [start, end). */
export function columnsOf(matrix: Matrix, start: number, end: number): Matrix {
  return { ...matrix, at: matrix.at + 8 * start * matrix.columnStep, columns: end - start };
}

/** Terms and columns of a product that are packed at a time: sums are cut here whatever the steps are. */
const BLOCK_TERMS = 256;
const BLOCK_COLUMNS = 528;
const BLOCK_ROWS = 132;
/** For elements below the diagonal that matter. */
const NO_DIAGONAL = -(2 ** 30);

/** Matrices of float64 in a memory of their own, of 4 GiB at most, and what can be done with them. */
export class Workspace {
  readonly kernels: DenseKernels;

  constructor(kernels = fastestKernels()) {
    this.kernels = kernels;
  }

  /**
   * The address of so many numbers, whatever they hold. Views of earlier memory may go stale, addresses do not.
   * @throws RangeError if there is no more memory
   */
  reserve(count: number): number {
    const address = this.kernels.reserve(count) >>> 0;
    if (address === 0) throw new RangeError(`expected room for ${count} numbers more in 4 GiB of memory, found none`);
    return address;
  }

  /** A matrix whose rows lie one after the other, whatever they hold. */
  matrix(rows: number, columns: number): Matrix {
    return { at: this.reserve(rows * columns), rows, columns, rowStep: columns, columnStep: 1 };
  }

  /** The numbers at an address; a view, for the moment. */
  numbers(at: number, count: number): Float64Array {
    return new Float64Array(this.kernels.memory.buffer, at, count);
  }

  /** The numbers of a matrix whose rows lie one after the other; a view, for the moment. */
  valuesOf({ at, rows, columns }: Matrix): Float64Array {
    return this.numbers(at, rows * columns);
  }

  /** Gives back all that is reserved meanwhile. */
  *scratch<T>(work: () => Steps<T>): Steps<T> {
    const mark = this.kernels.reservedTo() >>> 0;
    try {
      return yield* work();
    } finally {
      this.kernels.release(mark);
    }
  }

  /**
   * C += sign · A·B, in the same bytes whatever else is computed.
   *
   * @param options.isUpper whether only elements on and above the diagonal of C matter
   */
  *addProduct(
    a: Matrix,
    b: Matrix,
    c: Matrix,
    { sign = 1, isUpper = false }: { readonly sign?: 1 | -1; readonly isUpper?: boolean } = {},
  ): Steps<void> {
    const [rows, columns, terms] = [a.rows, b.columns, a.columns];
    const blockRows = BLOCK_ROWS * Math.max(1, Math.floor(STEP / (BLOCK_ROWS * BLOCK_COLUMNS * BLOCK_TERMS)));
    let work = 0;
    for (let column = 0; column < columns; column += BLOCK_COLUMNS) {
      const nColumns = Math.min(BLOCK_COLUMNS, columns - column);
      const rowEnd = isUpper ? Math.min(rows, column + nColumns) : rows;
      for (let row = 0; row < rowEnd; row += blockRows) {
        const nRows = Math.min(blockRows, rowEnd - row);
        const blockTerms = BLOCK_TERMS * Math.max(1, Math.floor(STEP / (nRows * nColumns * BLOCK_TERMS)));
        for (let term = 0; term < terms; term += blockTerms) {
          const nTerms = Math.min(blockTerms, terms - term);
          this.kernels.addProduct(
            a.at + 8 * (row * a.rowStep + term * a.columnStep),
            a.rowStep,
            a.columnStep,
            b.at + 8 * (term * b.rowStep + column * b.columnStep),
            b.rowStep,
            b.columnStep,
            c.at + 8 * (row * c.rowStep + column),
            c.rowStep,
            nRows,
            nColumns,
            nTerms,
            sign,
            isUpper ? row - column : NO_DIAGONAL,
          );
          work += nRows * nColumns * nTerms;
          if (work >= STEP / 2) {
            yield work;
            work = 0;
          }
        }
      }
    }
    if (work > 0) yield work;
  }
}
