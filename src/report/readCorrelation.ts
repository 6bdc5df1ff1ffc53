import { column, flatValues } from '../arrow/columns.js';
import { PipelineError } from '../errors.js';
import { listSize, type Output, readOutput } from './outputs.js';

/** A correlation matrix, quantised as its picture is. */
export interface CorrelationMatrix {
  readonly from: Output;
  /** Components, F. */
  readonly size: number;
  /** Row by row, F²: 0 where there is no value, else 128 + 127 r, so that 1 is −1, 128 is 0 and 255 is 1. */
  readonly levels: Uint8Array;
  /** Of all pairs of two components with a value: the mean of |r|, and the share of pairs with |r| > 0.9. */
  readonly meanSize: number;
  readonly strongShare: number;
}

export const ZERO_LEVEL = 128;
export const LEVELS_PER_UNIT = 127;
export const STRONG = 0.9;

/** @throws PipelineError `badData` naming the file if it is not square, or holds a number that is no correlation */
export async function readCorrelation(output: Output): Promise<CorrelationMatrix> {
  const size = listSize(output, 'correlation');
  const expected = output.columns
    .filter(({ name }) => name === 'correlation')
    .map(({ name, type }) => ({ name, type, accepts: () => true }));
  const levels = new Uint8Array(size * size);
  let [row, pairs, sum, strong] = [0, 0, 0, 0];
  for await (const batch of readOutput(output, expected)) {
    const values = flatValues(column(batch, 'correlation')) as Float64Array;
    if (row + batch.numRows > size) break;
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!;
      if (Number.isNaN(value)) continue;
      if (Math.abs(value) > 1 + 1e-9) {
        throw new PipelineError('badData', `${output.file}: row ${row}: expected a correlation, found ${value}`);
      }
      levels[row * size + at] = ZERO_LEVEL + Math.round(Math.min(1, Math.max(-1, value)) * LEVELS_PER_UNIT);
      if ((row * size + at) % (size + 1) === 0) continue; // of a component with itself
      pairs++;
      sum += Math.abs(value);
      if (Math.abs(value) > STRONG) strong++;
    }
    row += batch.numRows;
  }
  if (row !== size || output.rows !== size) {
    throw new PipelineError(
      'badData',
      `${output.file}: expected a square matrix, found ${output.rows} rows of ${size} columns`,
    );
  }
  return { from: output, size, levels, meanSize: sum / pairs, strongShare: strong / pairs };
}
