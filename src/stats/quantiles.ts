import type { FloatArray } from './rows.js';
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

function position(probability: number, n: number): number {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`probability: expected a number from 0 to 1, got ${probability}`);
  }
  return (n - 1) * probability;
}
