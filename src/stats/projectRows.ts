import { addInnerProducts } from './innerProducts.js';
import { checkLength, rowCountOf, type FloatArray } from './rows.js';

/** Rows projected at a time: with their results they stay in the cache. */
const BLOCK_ROWS = 64;

/**
 * out_r = offset + matrix · (input_r − shift) for each row r, in float64. A result depends on its row alone, not on the rows
 * around it.
 *
 * @param input rows × `shift.length`
 * @param matrix `offset.length` × `shift.length`, row-major
 * @param out rows × `offset.length`, rounded to its precision
 * @throws RangeError for partial rows, or if `out` has another length
 */
export function projectRows(
  input: FloatArray,
  shift: Float64Array,
  matrix: Float64Array,
  offset: Float64Array,
  out: FloatArray,
): void {
  const width = shift.length;
  const outWidth = offset.length;
  const rowCount = rowCountOf(input, width);
  checkLength('out', out, rowCount * outWidth);
  const shifted = new Float64Array(BLOCK_ROWS * width);
  const results = new Float64Array(BLOCK_ROWS * outWidth);
  for (let first = 0; first < rowCount; first += BLOCK_ROWS) {
    const n = Math.min(BLOCK_ROWS, rowCount - first);
    for (let row = 0, at = 0; row < n; row++) {
      for (let c = 0; c < width; c++, at++) shifted[at] = input[first * width + at]! - shift[c]!;
      results.set(offset, row * outWidth);
    }
    const rows = { values: shifted, start: 0, end: n };
    addInnerProducts(rows, { values: matrix, start: 0, end: outWidth }, width, results, outWidth);
    out.set(results.subarray(0, n * outWidth), first * outWidth);
  }
}
