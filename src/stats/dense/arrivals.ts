import { checkPrecision, type FloatArray } from '../rows.js';
import { type Matrix, rowsOf, type Workspace } from './workspace.js';

/** Rows as they came, float32 or float64, in the memory of a workspace: a block that is filled again and again. */
export class Arrivals {
  readonly columnCount: number;
  readonly #workspace: Workspace;
  readonly #at: number;
  #rows = 0;
  /** An array of their precision. */
  #first: FloatArray | undefined;

  constructor(workspace: Workspace, rows: number, columnCount: number) {
    this.columnCount = columnCount;
    this.#workspace = workspace;
    this.#at = workspace.reserve(rows * columnCount);
  }

  get rowCount(): number {
    return this.#rows;
  }

  clear(): void {
    this.#rows = 0;
  }

  /** @throws TypeError unless their precision is that of the first rows */
  checkPrecision(values: FloatArray): void {
    checkPrecision(values, this.#first);
    this.#first = values instanceof Float32Array ? new Float32Array(0) : new Float64Array(0);
  }

  /** Adds whole rows, for which there is room. */
  add(values: FloatArray): void {
    this.checkPrecision(values);
    const { buffer } = this.#workspace.kernels.memory;
    const at = this.#at + this.#rows * this.columnCount * values.BYTES_PER_ELEMENT;
    if (values instanceof Float32Array) new Float32Array(buffer, at, values.length).set(values);
    else new Float64Array(buffer, at, values.length).set(values);
    this.#rows += values.length / this.columnCount;
  }

  /** Adds their distances from a row, column by column, to sums. */
  addDistances(shift: Matrix, sums: Matrix): void {
    const { kernels } = this.#workspace;
    const add = this.#first instanceof Float32Array ? 'addDistances32' : 'addDistances64';
    kernels[add](this.#at, shift.at, this.#rows, this.columnCount, sums.at);
  }

  /** Writes them less a row, as float64. */
  center(shift: Matrix, memory: Matrix): Matrix {
    const { kernels } = this.#workspace;
    const center = this.#first instanceof Float32Array ? 'center32' : 'center64';
    kernels[center](this.#at, shift.at, memory.at, this.#rows, this.columnCount);
    return rowsOf(memory, 0, this.#rows);
  }
}
