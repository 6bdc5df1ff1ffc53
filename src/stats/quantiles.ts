import { checkColumnCount, checkFinite, rowCountOf, type FloatArray } from './rows.js';
import { select } from './select.js';

/**
 * Quantiles by linear interpolation between order statistics (R-7, the default of R, NumPy and scikit-learn): with
 * h = (n − 1) p, x[⌊h⌋] + (h − ⌊h⌋)(x[⌊h⌋ + 1] − x[⌊h⌋]), interpolated in float64.
 *
 * Reorders `values`, which must be finite.
 *
 * @returns one quantile for each probability
 * @throws RangeError if there are no values, or for a probability outside [0, 1]
 */
export function quantilesInPlace(values: FloatArray, probabilities: readonly number[]): Float64Array {
  if (values.length === 0) throw new RangeError('values: expected at least one, got none');
  const positions = probabilities.map((probability) => position(probability, values.length));
  const ranks = new Set(positions.flatMap((h) => [Math.floor(h), Math.ceil(h)]));
  let left = 0;
  for (const rank of [...ranks].toSorted((a, b) => a - b)) {
    select(values, rank, left);
    left = rank + 1;
  }
  return Float64Array.from(positions, (h) => {
    const below = values[Math.floor(h)]!;
    return below + (h - Math.floor(h)) * (values[Math.ceil(h)]! - below);
  });
}

/**
 * R-7 quantiles of every column of a row-major matrix.
 *
 * @returns columns × probabilities, row-major
 * @throws RangeError if there are no rows, for a value that is not finite, or for a probability outside [0, 1]
 */
export function columnQuantiles(
  values: FloatArray,
  columnCount: number,
  probabilities: readonly number[],
): Float64Array {
  checkColumnCount(columnCount);
  const rowCount = rowCountOf(values, columnCount);
  checkFinite(values, columnCount);
  const column = values.slice(0, rowCount);
  const quantiles = new Float64Array(columnCount * probabilities.length);
  for (let c = 0; c < columnCount; c++) {
    for (let row = 0, at = c; row < rowCount; row++, at += columnCount) column[row] = values[at]!;
    quantiles.set(quantilesInPlace(column, probabilities), c * probabilities.length);
  }
  return quantiles;
}

function position(probability: number, n: number): number {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`probability: expected a number from 0 to 1, got ${probability}`);
  }
  return (n - 1) * probability;
}
