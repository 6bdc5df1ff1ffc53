import { ValueError } from '../errors.js';

/** Values of a matrix, row by row. */
export type FloatArray = Float32Array | Float64Array;

/**
 * The number of rows of a row-major matrix.
 * @throws RangeError if the values do not fill whole rows
 */
export function rowCountOf(values: FloatArray, columnCount: number): number {
  const rowCount = values.length / columnCount;
  if (!Number.isInteger(rowCount)) {
    throw new RangeError(`values: expected whole rows of ${columnCount} columns, got ${values.length} values`);
  }
  return rowCount;
}

/** @throws RangeError if `columnCount` is not a positive integer */
export function checkColumnCount(columnCount: number): void {
  if (!Number.isInteger(columnCount) || columnCount < 1) {
    throw new RangeError(`columnCount: expected a positive integer, got ${columnCount}`);
  }
}

/**
 * @throws RangeError naming row and column of the first value that is NaN or infinite
 */
export function checkFinite(values: FloatArray, columnCount: number): void {
  let at = 0;
  // x − x is not 0 of NaN and infinity only. Four at a time take less than half the time.
  for (; at + 4 <= values.length; at += 4) {
    const a = values[at]!;
    const b = values[at + 1]!;
    const c = values[at + 2]!;
    const d = values[at + 3]!;
    if (a - a + (b - b) + (c - c) + (d - d) !== 0) break;
  }
  for (; at < values.length; at++) {
    const value = values[at]!;
    if (Number.isFinite(value)) continue;
    const detail = `column ${at % columnCount}: expected a finite number, got ${value}`;
    throw new ValueError({ row: Math.floor(at / columnCount) }, detail);
  }
}

/** @throws RangeError unless there are exactly `expected` values */
export function checkLength(name: string, values: FloatArray, expected: number): void {
  if (values.length !== expected) throw new RangeError(`${name}: expected ${expected} values, got ${values.length}`);
}

/** @throws TypeError unless both are float32 or both float64 */
export function checkPrecision(values: FloatArray, first: FloatArray | undefined): void {
  if (first === undefined || first.BYTES_PER_ELEMENT === values.BYTES_PER_ELEMENT) return;
  throw new TypeError(`values: expected a ${nameOf(first)} as in the first chunk, got a ${nameOf(values)}`);
}

function nameOf(values: FloatArray): string {
  return values instanceof Float32Array ? 'Float32Array' : 'Float64Array';
}
