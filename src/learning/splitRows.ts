import { randomStreams, SequentialRandom } from './random.js';

/** Row numbers, each row in one of the two. */
export interface RowSplit {
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
}

/**
 * Draws round(share · rows) rows for validation and leaves the others for training.
 *
 * @throws RangeError if that leaves a part empty that should not be
 */
export function splitRows(rows: number, share: number, seed: number): RowSplit {
  const nValidation = Math.round(share * rows);
  if (nValidation === rows || (share > 0 && nValidation === 0)) {
    const parts = `${rows - nValidation} for training and ${nValidation} for validation`;
    throw new RangeError(`validationSplit: expected both parts to have rows, got ${parts} (${share} of ${rows} rows)`);
  }
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  new SequentialRandom(seed, randomStreams.split).shuffle(order);
  return { training: order.subarray(nValidation), validation: order.subarray(0, nValidation) };
}
