import { KEPT_BLOCK_ROWS, type KeptRows } from '../keptRows.js';
import type { Steps } from '../steps.js';
import { Arrivals } from './arrivals.js';
import type { Matrix, Workspace } from './workspace.js';

/** Rows less the means of their columns, of which a block at a time is in the memory of a workspace. */
export class CenteredRows {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly blockCount: number;
  readonly #workspace: Workspace;
  readonly #rows: KeptRows;
  /** The means, once they are known; the first row until then. */
  readonly #shift: Matrix;
  readonly #arrivals: Arrivals;
  readonly #block: Matrix;
  #squares = 0;

  /** @param rows one at least */
  constructor(workspace: Workspace, rows: KeptRows) {
    this.rowCount = rows.rowCount;
    this.columnCount = rows.columnCount;
    this.blockCount = Math.ceil(rows.rowCount / KEPT_BLOCK_ROWS);
    this.#workspace = workspace;
    this.#rows = rows;
    this.#shift = workspace.matrix(1, rows.columnCount);
    this.#arrivals = new Arrivals(workspace, Math.min(KEPT_BLOCK_ROWS, rows.rowCount), rows.columnCount);
    this.#block = this.newBlock();
    workspace.valuesOf(this.#shift).set(rows.rowsOf(0).subarray(0, rows.columnCount));
  }

  get mean(): Float64Array {
    return this.#workspace.valuesOf(this.#shift).slice();
  }

  /** Σ x² of all values; after `center`. */
  get squares(): number {
    return this.#squares;
  }

  /** To be called first. Means are summed relative to the first row, so that offsets cost no digits. */
  *center(): Steps<void> {
    const { kernels } = this.#workspace;
    const { columnCount, rowCount } = this;
    const sums = this.#workspace.matrix(1, columnCount);
    this.#workspace.valuesOf(sums).fill(0);
    for (let index = 0; index < this.blockCount; index++) {
      this.#arrive(index);
      this.#arrivals.addDistances(this.#shift, sums);
      yield this.#arrivals.rowCount * columnCount;
    }
    const shift = this.#workspace.valuesOf(this.#shift);
    for (const [c, sum] of this.#workspace.valuesOf(sums).entries()) shift[c]! += sum / rowCount;
    for (let index = 0; index < this.blockCount; index++) {
      const block = this.load(index);
      this.#squares += kernels.sumSquares(block.at, block.rows * columnCount);
      yield block.rows * columnCount;
    }
  }

  /** Memory for a block beside the one that there is. */
  newBlock(): Matrix {
    return this.#workspace.matrix(Math.min(KEPT_BLOCK_ROWS, this.rowCount), this.columnCount);
  }

  /** Writes a block of rows to memory. */
  load(index: number, memory = this.#block): Matrix {
    this.#arrive(index);
    return this.#arrivals.center(this.#shift, memory);
  }

  #arrive(index: number): void {
    this.#arrivals.clear();
    this.#arrivals.add(this.#rows.rowsOf(index));
  }
}
