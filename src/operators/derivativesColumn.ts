import type { Data, DataType } from 'apache-arrow';
import { fixedSizeListColumn, listColumn } from '../arrow/columns.js';

/** The column `derivatives` of a batch as it is filled: of each row a list of three vectors a point. */
export class DerivativesColumn {
  readonly #type: DataType;
  readonly #offsets: Int32Array;
  readonly #values: Float32Array | Float64Array;
  #filled = 0;

  /** @param nPoints of the cloud of each row */
  constructor(
    type: DataType,
    ArrayType: Float32ArrayConstructor | Float64ArrayConstructor,
    nPoints: readonly number[],
    featureCount: number,
  ) {
    this.#type = type;
    this.#offsets = new Int32Array(nPoints.length + 1);
    for (const [row, count] of nPoints.entries()) this.#offsets[row + 1] = this.#offsets[row]! + count;
    this.#values = new ArrayType(this.#offsets[nPoints.length]! * 3 * featureCount);
  }

  /** @param derivatives R×N×3×F of the next R rows */
  add(derivatives: Float64Array): void {
    this.#values.set(derivatives, this.#filled);
    this.#filled += derivatives.length;
  }

  get data(): Data {
    const { children } = this.#type;
    return listColumn(this.#type, this.#offsets, fixedSizeListColumn(children[0]!.type as DataType, this.#values));
  }
}
