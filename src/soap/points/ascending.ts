/** The first index of [start, end) whose value is at least `bound`; `end` if there is none. The values ascend. */
export function firstNotBelow(values: Float64Array, start: number, end: number, bound: number): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first index of [start, end) whose value is greater than `bound`; `end` if there is none. The values ascend. */
export function firstAbove(values: Float64Array, start: number, end: number, bound: number): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
