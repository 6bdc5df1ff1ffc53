import type { Data, DataType } from 'apache-arrow';
import { fixedSizeListColumn, listColumn } from '../../arrow/columns.js';
import { type SpareBuffers, takeBuffer } from '../../arrow/recycling.js';
import type { Scratch } from '../../arrow/scratch.js';

const FLOAT64 = new Float64Array(0);

/** The column `derivatives` of a batch as it is filled: of each row a list of three vectors a point. */
export interface DerivativesColumn {
  /** What holds the derivatives. */
  readonly memory: ArrayBuffer;
  /**
   * Memory for the derivatives of the next rows, R×N×3×F: its own if they are stored in float64, else from the scratch. Once they are
   * there, `add` them.
   */
  memoryFor(length: number, scratch: Scratch): Float64Array;
  add(derivatives: Float64Array): void;
  data(): Data;
}

/**
 * @param nPoints of the cloud of each row
 * @param spares where its memory comes from, if there are any
 */
export function derivativesColumn(
  type: DataType,
  ArrayType: Float32ArrayConstructor | Float64ArrayConstructor,
  nPoints: readonly number[],
  featureCount: number,
  spares: SpareBuffers | undefined,
): DerivativesColumn {
  const offsets = new Int32Array(nPoints.length + 1);
  for (const [row, count] of nPoints.entries()) offsets[row + 1] = offsets[row]! + count;
  const total = offsets[nPoints.length]! * 3 * featureCount;
  const memory = takeBuffer(spares, total * ArrayType.BYTES_PER_ELEMENT);
  const values = new ArrayType(memory, 0, total);
  let filled = 0;
  return {
    memory,
    memoryFor: (length, scratch) =>
      values instanceof Float64Array ? values.subarray(filled, filled + length) : scratch.array(FLOAT64, length),
    add(derivatives) {
      if (derivatives.buffer !== memory) values.set(derivatives, filled);
      filled += derivatives.length;
    },
    data: () => listColumn(type, offsets, fixedSizeListColumn(type.children[0]!.type as DataType, values)),
  };
}
