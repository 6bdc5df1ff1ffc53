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
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    // Not 0 of NaN and infinity only, and a third faster than Number.isFinite.
    if (value - value !== 0) {
      const detail = `column ${at % columnCount}: expected a finite number, got ${value}`;
      throw new ValueError({ row: Math.floor(at / columnCount) }, detail);
    }
  }
}

/** @throws RangeError unless there are exactly `expected` values */
export function checkLength(name: string, values: FloatArray, expected: number): void {
  if (values.length !== expected) throw new RangeError(`${name}: expected ${expected} values, got ${values.length}`);
}
