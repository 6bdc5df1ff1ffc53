import { counterRandom } from '#dist/random/counterRandom.js';
import { quantilesInPlace } from '#dist/stats/quantiles.js';

/** Standard normal values, the same for the same seed. */
export function randomMatrix(rowCount: number, columnCount: number, seed: number): Float64Array {
  const random = counterRandom(seed, 'noise');
  return Float64Array.from({ length: rowCount * columnCount }, (_, at) => random.normal(at, 0));
}

/** The rows in chunks of varying size, empty ones among them. */
export function* chunksOf(
  values: Float32Array | Float64Array,
  columnCount: number,
  seed: number,
  longest: number,
): Generator<Float32Array | Float64Array, void, undefined> {
  const random = counterRandom(seed, 'sampling');
  const rowCount = values.length / columnCount;
  for (let row = 0, chunk = 0; row < rowCount; chunk++) {
    const end = Math.min(row + Math.floor(random.uniform(chunk, 0) * (longest + 1)), rowCount);
    yield values.subarray(row * columnCount, end * columnCount);
    row = end;
  }
}

/** The rows in an order drawn by the seed. */
export function shuffledRows(values: Float64Array, columnCount: number, seed: number): Float64Array {
  const random = counterRandom(seed, 'sampling');
  const order = Array.from({ length: values.length / columnCount }, (_, row) => ({ row, key: random.uniform(row, 1) }));
  const shuffled = new Float64Array(values.length);
  for (const [target, { row }] of order.toSorted((a, b) => a.key - b.key).entries()) {
    shuffled.set(values.subarray(row * columnCount, (row + 1) * columnCount), target * columnCount);
  }
  return shuffled;
}

/** The largest |a − b| of corresponding elements. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length} differ`);
  let largest = 0;
  for (let at = 0; at < a.length; at++) largest = Math.max(largest, Math.abs(a[at]! - b[at]!));
  return largest;
}

/** R-7 quantiles of every column, columns × probabilities. */
export function columnQuantiles(
  values: Float32Array | Float64Array,
  columnCount: number,
  probabilities: readonly number[],
): Float64Array {
  const columns = Array.from({ length: columnCount }, (_, c) => values.filter((__, at) => at % columnCount === c));
  return Float64Array.from(columns.flatMap((column) => Array.from(quantilesInPlace(column, probabilities))));
}
