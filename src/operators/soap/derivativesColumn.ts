import type { Data, DataType } from 'apache-arrow';
import { fixedSizeListColumn, listColumn } from '../../arrow/columns.js';
import { type SpareBuffers, takeBuffer } from '../../arrow/recycling.js';
import type { Scratch } from '../../arrow/scratch.js';

const FLOAT64 = new Float64Array(0);

/** The column `derivatives` of a batch as it is filled: of each row a list of three vectors a point. */
export class DerivativesColumn {
  /** What holds the derivatives. */
  readonly memory: ArrayBuffer;
  readonly #type: DataType;
  readonly #offsets: Int32Array;
  readonly #values: Float32Array | Float64Array;
  #filled = 0;

  /**
   * @param nPoints of the cloud of each row
   * @param spares where its memory comes from, if there are any
   */
  constructor(
    type: DataType,
    ArrayType: Float32ArrayConstructor | Float64ArrayConstructor,
    nPoints: readonly number[],
    featureCount: number,
    spares: SpareBuffers | undefined,
  ) {
    this.#type = type;
    this.#offsets = new Int32Array(nPoints.length + 1);
    for (const [row, count] of nPoints.entries()) this.#offsets[row + 1] = this.#offsets[row]! + count;
    const length = this.#offsets[nPoints.length]! * 3 * featureCount;
    this.memory = takeBuffer(spares, length * ArrayType.BYTES_PER_ELEMENT);
    this.#values = new ArrayType(this.memory, 0, length);
  }

  /**
   * Memory for the derivatives of the next rows, R×N×3×F: its own if they are stored in float64, else from the scratch. Once they are
   * there, `add` them.
   */
  memoryFor(length: number, scratch: Scratch): Float64Array {
    return this.#values instanceof Float64Array
      ? this.#values.subarray(this.#filled, this.#filled + length)
      : scratch.array(FLOAT64, length);
  }

  /** @param derivatives in memory from `memoryFor` */
  add(derivatives: Float64Array): void {
    if (derivatives.buffer !== this.#values.buffer) this.#values.set(derivatives, this.#filled);
    this.#filled += derivatives.length;
  }

  get data(): Data {
    const { children } = this.#type;
    return listColumn(this.#type, this.#offsets, fixedSizeListColumn(children[0]!.type as DataType, this.#values));
  }
}
