import { KEPT_BLOCK_ROWS } from '../keptRows.js';
import type { Steps } from '../steps.js';
import type { CenteredRows } from './centeredRows.js';
import { mirrorUpper, SymmetricMatrix, type SymmetricOperator } from './symmetricMatrix.js';
import { columnsOf, type Matrix, rowsOf, transposed, type Workspace } from './workspace.js';

/**
 * XᵀX or X Xᵀ of centered rows X, divided by a number. Products with vectors pass through the rows once or twice. When
 * they have taken as long as writing the matrix down takes, that is done.
 */
export class RowProducts implements SymmetricOperator {
  readonly order: number;
  readonly #workspace: Workspace;
  readonly #rows: CenteredRows;
  readonly #divisor: number;
  readonly #isGram: boolean;
  #multiplied = 0;
  #written: SymmetricMatrix | undefined;

  /** @param isGram whether it is X Xᵀ */
  constructor(workspace: Workspace, rows: CenteredRows, divisor: number, isGram: boolean) {
    this.#isGram = isGram;
    this.order = this.#isGram ? rows.rowCount : rows.columnCount;
    this.#workspace = workspace;
    this.#rows = rows;
    this.#divisor = divisor;
  }

  *multiply(block: Matrix, product: Matrix): Steps<void> {
    this.#multiplied += block.rows;
    // Four multiplications a value and vector against order / 2 of the triangle: twice is enough, the other two are slower.
    if (4 * this.#multiplied > this.order) yield* this.#write();
    if (this.#written) return yield* this.#written.multiply(block, product);
    this.#workspace.valuesOf(product).fill(0);
    yield* this.#workspace.scratch(() =>
      this.#isGram ? this.#gramTimes(block, product) : this.#covarianceTimes(block, product),
    );
  }

  *matrix(): Steps<Matrix> {
    yield* this.#write();
    return yield* this.#written!.matrix();
  }

  /** The first eigenvectors of XᵀX, whose lengths may be any, given those of this matrix. */
  *directions(eigenvectors: Matrix, count: number): Steps<Matrix> {
    const wanted = rowsOf(eigenvectors, 0, count);
    if (!this.#isGram) return wanted;
    const sums = this.#workspace.matrix(count, this.#rows.columnCount);
    yield* this.#combine(wanted, sums);
    return sums;
  }

  /** Σ_i u_i x_i of each row u of the block. */
  *#combine(block: Matrix, sums: Matrix): Steps<void> {
    this.#workspace.valuesOf(sums).fill(0);
    for (let index = 0; index < this.#rows.blockCount; index++) {
      const rows = this.#rows.load(index);
      yield* this.#workspace.addProduct(this.#columns(block, index, rows), rows, sums);
    }
  }

  *#gramTimes(block: Matrix, product: Matrix): Steps<void> {
    const sums = this.#workspace.matrix(block.rows, this.#rows.columnCount);
    yield* this.#combine(block, sums);
    this.#divide(sums);
    for (let index = 0; index < this.#rows.blockCount; index++) {
      const rows = this.#rows.load(index);
      yield* this.#workspace.addProduct(sums, transposed(rows), this.#columns(product, index, rows));
    }
  }

  *#covarianceTimes(block: Matrix, product: Matrix): Steps<void> {
    const codes = this.#workspace.matrix(block.rows, KEPT_BLOCK_ROWS);
    for (let index = 0; index < this.#rows.blockCount; index++) {
      const rows = this.#rows.load(index);
      this.#workspace.valuesOf(codes).fill(0);
      const part = columnsOf(codes, 0, rows.rows);
      yield* this.#workspace.addProduct(block, transposed(rows), part);
      this.#divide(codes);
      yield* this.#workspace.addProduct(part, rows, product);
    }
  }

  *#write(): Steps<void> {
    if (this.#written) return;
    const workspace = this.#workspace;
    const { order } = this;
    const matrix = workspace.matrix(order, order);
    workspace.valuesOf(matrix).fill(0);
    const other = this.#isGram && this.#rows.blockCount > 1 ? this.#rows.newBlock() : undefined;
    for (let i = 0; i < this.#rows.blockCount; i++) {
      const rows = this.#rows.load(i);
      if (!this.#isGram) {
        yield* workspace.addProduct(transposed(rows), rows, matrix, { isUpper: true });
        continue;
      }
      const lines = { ...matrix, at: matrix.at + 8 * i * KEPT_BLOCK_ROWS * order, rows: rows.rows };
      for (let j = i; j < this.#rows.blockCount; j++) {
        const others = i === j ? rows : this.#rows.load(j, other);
        yield* workspace.addProduct(rows, transposed(others), this.#columns(lines, j, others));
      }
    }
    yield* mirrorUpper(workspace.valuesOf(matrix), order, this.#divisor);
    this.#written = new SymmetricMatrix(workspace, matrix);
  }

  /** The columns that belong to a block of rows. */
  #columns(matrix: Matrix, index: number, { rows }: Matrix): Matrix {
    return columnsOf(matrix, index * KEPT_BLOCK_ROWS, index * KEPT_BLOCK_ROWS + rows);
  }

  #divide(matrix: Matrix): void {
    const values = this.#workspace.valuesOf(matrix);
    for (let at = 0; at < values.length; at++) values[at]! /= this.#divisor;
  }
}
