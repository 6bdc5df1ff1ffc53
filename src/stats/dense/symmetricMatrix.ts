import type { Steps } from '../steps.js';
import type { Operator } from './blockLanczos.js';
import { multiplyInto } from './multiply.js';
import type { Matrix, Workspace } from './workspace.js';

/** Rows that are mirrored together. */
const MIRRORED_ROWS = 64;

/** A symmetric matrix that can be written down. */
export interface SymmetricOperator extends Operator {
  /** To be called once, at the end: it may be overwritten. */
  matrix(): Steps<Matrix>;
}

/** One that is. */
export class SymmetricMatrix implements SymmetricOperator {
  readonly order: number;
  readonly #workspace: Workspace;
  readonly #matrix: Matrix;

  constructor(workspace: Workspace, matrix: Matrix) {
    this.order = matrix.rows;
    this.#workspace = workspace;
    this.#matrix = matrix;
  }

  *multiply(block: Matrix, product: Matrix): Steps<void> {
    yield* multiplyInto(this.#workspace, block, this.#matrix, product);
  }

  // eslint-disable-next-line require-yield -- nothing is left to do
  *matrix(): Steps<Matrix> {
    return this.#matrix;
  }
}

/** Divides what is on and above the diagonal, and puts it below the diagonal, too. */
export function* mirrorUpper(values: Float64Array, order: number, divisor: number): Steps<void> {
  for (let top = 0; top < order; top += MIRRORED_ROWS) {
    for (let j = top; j < order; j++) {
      for (let i = top; i < Math.min(top + MIRRORED_ROWS, j + 1); i++) {
        const value = values[i * order + j]! / divisor;
        values[i * order + j] = value;
        values[j * order + i] = value;
      }
    }
    yield MIRRORED_ROWS * (order - top);
  }
}
