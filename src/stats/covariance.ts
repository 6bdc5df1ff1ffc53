import { Arrivals } from './dense/arrivals.js';
import { mirrorUpper } from './dense/symmetricMatrix.js';
import { type Matrix, rowsOf, transposed, Workspace } from './dense/workspace.js';
import { checkColumnCount, checkFinite, rowCountOf, type FloatArray } from './rows.js';
import type { Steps } from './steps.js';

const BLOCK_ROWS = 240;

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
 * Memory: columns² numbers.
 *
 * @see Chan, Golub, LeVeque 1983, doi:10.1080/00031305.1983.10483115 (merging two sets)
 */
export class CovarianceFit {
  readonly #columnCount: number;
  readonly #workspace: Workspace;
  readonly #arrivals: Arrivals;
  /** Rows less their means, and the distance between means in a last row. */
  readonly #block: Matrix;
  #mergedRows = 0;
  /** The first row. All else is relative to it, so that offsets cost no digits and constant columns come out exactly. */
  readonly #origin: Matrix;
  /** What is subtracted from the rows of a block. */
  readonly #shift: Matrix;
  /** Of the merged rows, relative to the origin. */
  readonly #mean: Float64Array;
  /** Σ (x − mean)(x − mean)ᵀ over the merged rows: on and above the diagonal. */
  readonly #scatter: Matrix;

  /** @throws RangeError */
  constructor(columnCount: number, workspace = new Workspace()) {
    checkColumnCount(columnCount);
    this.#columnCount = columnCount;
    this.#workspace = workspace;
    this.#scatter = workspace.matrix(columnCount, columnCount);
    this.#arrivals = new Arrivals(workspace, BLOCK_ROWS, columnCount);
    this.#block = workspace.matrix(BLOCK_ROWS + 1, columnCount);
    this.#origin = workspace.matrix(1, columnCount);
    this.#shift = workspace.matrix(1, columnCount);
    this.#mean = new Float64Array(columnCount);
    workspace.valuesOf(this.#scatter).fill(0);
  }

  /**
   * Takes the rows in, all or none of them, step by step.
   *
   * @param values row-major
   * @throws RangeError for partial rows or for a value that is not finite (naming its row and column)
   * @throws TypeError if float32 and float64 chunks are mixed
   */
  *add(values: FloatArray): Steps<void> {
    const columnCount = this.#columnCount;
    const added = rowCountOf(values, columnCount);
    checkFinite(values, columnCount);
    this.#arrivals.checkPrecision(values);
    if (this.#mergedRows === 0 && this.#arrivals.rowCount === 0 && added > 0) {
      this.#workspace.valuesOf(this.#origin).set(values.subarray(0, columnCount));
    }
    for (let row = 0; row < added;) {
      const end = Math.min(row + BLOCK_ROWS - this.#arrivals.rowCount, added);
      this.#arrivals.add(values.subarray(row * columnCount, end * columnCount));
      row = end;
      if (this.#arrivals.rowCount === BLOCK_ROWS) yield* this.#mergeBlock();
    }
  }

  /**
   * To be called once, after the last row. The covariance is a view of the memory of this fit.
   * @throws RangeError if there were fewer than two rows
   */
  *finish(): Steps<Covariance> {
    if (this.#arrivals.rowCount > 0) yield* this.#mergeBlock();
    const rowCount = this.#mergedRows;
    if (rowCount < 2) throw new RangeError(`values: expected at least two rows, got ${rowCount}`);
    const columnCount = this.#columnCount;
    const covariance = this.#workspace.valuesOf(this.#scatter);
    yield* mirrorUpper(covariance, columnCount, rowCount - 1);
    const origin = this.#workspace.valuesOf(this.#origin);
    return { rowCount, mean: this.#mean.map((mean, c) => origin[c]! + mean), covariance };
  }

  /**
   * Centers the block and adds its scatter. With m rows merged and n in the block, whose means differ by δ, the scatter of both
   * together has a further m n / (m + n) δ δᵀ: as if the block had one more row, √(m n / (m + n)) δ.
   */
  *#mergeBlock(): Steps<void> {
    const workspace = this.#workspace;
    const columnCount = this.#columnCount;
    const merged = this.#mergedRows;
    const n = this.#arrivals.rowCount;
    const weight = Math.sqrt((merged * n) / (merged + n));
    const origin = workspace.valuesOf(this.#origin);
    const shift = workspace.valuesOf(this.#shift).fill(0);
    this.#arrivals.addDistances(this.#origin, this.#shift);
    const distances = workspace.valuesOf(rowsOf(this.#block, n, n + 1));
    for (let c = 0; c < columnCount; c++) {
      const mean = shift[c]! / n;
      shift[c] = origin[c]! + mean;
      const delta = mean - this.#mean[c]!;
      distances[c] = weight * delta;
      this.#mean[c]! += delta * (n / (merged + n));
    }
    this.#arrivals.center(this.#shift, this.#block);
    this.#arrivals.clear();
    this.#mergedRows += n;
    const block = rowsOf(this.#block, 0, n + 1);
    yield* workspace.addProduct(transposed(block), block, this.#scatter, { isUpper: true });
  }
}
