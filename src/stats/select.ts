import type { FloatArray } from './rows.js';

/** Below this many values a sample to choose the pivot from does not pay. */
const SAMPLED_FROM = 600;

/**
 * Reorders values[left…right] (both inclusive) so that values[k] is what sorting would put there, none before it is larger and
 * none after it smaller. Values must not be NaN.
 *
 * Expected time is linear, about 1.5 n comparisons for the median, also for constant, sorted and few-valued input. Should the
 * pivots be bad `rounds` times, what remains is sorted: never worse than n log n.
 *
 * @see Floyd, Rivest 1975, Algorithm 489: SELECT, doi:10.1145/360680.360694
 */
export function select(
  values: FloatArray,
  k: number,
  left = 0,
  right = values.length - 1,
  rounds = 2 * Math.ceil(Math.log2(right - left + 2)),
): void {
  for (; right > left; rounds--) {
    if (rounds === 0) {
      values.subarray(left, right + 1).sort();
      return;
    }
    if (right - left >= SAMPLED_FROM) pivotFromSample(values, k, left, right);
    const split = partition(values, k, left, right);
    if (split <= k) left = split + 1;
    if (split >= k) right = split - 1;
  }
}

/** Puts at k an element that is, by a sample, close to the one sought, slightly on the side of the shorter part. */
function pivotFromSample(values: FloatArray, k: number, left: number, right: number): void {
  const n = right - left + 1;
  const rank = k - left + 1;
  const logN = Math.log(n);
  const size = 0.5 * Math.exp((2 * logN) / 3);
  const margin = 0.5 * Math.sqrt((logN * size * (n - size)) / n) * Math.sign(rank - n / 2);
  const from = Math.floor(k - (rank * size) / n + margin);
  const to = Math.floor(k + ((n - rank) * size) / n + margin);
  select(values, k, Math.max(left, from), Math.min(right, to));
}

/** Splits values[left…right] by the value at k: returns where it ends up, smaller or equal ones before, larger or equal after. */
function partition(values: FloatArray, k: number, left: number, right: number): number {
  const pivot = values[k]!;
  swap(values, left, k);
  // Both scans stop at values equal to the pivot: runs of equal values split evenly.
  let i = left;
  let j = right + 1;
  for (;;) {
    do i++;
    while (i <= right && values[i]! < pivot);
    do j--;
    while (values[j]! > pivot);
    if (i >= j) break;
    swap(values, i, j);
  }
  swap(values, left, j);
  return j;
}

function swap(values: FloatArray, i: number, j: number): void {
  const held = values[i]!;
  values[i] = values[j]!;
  values[j] = held;
}
