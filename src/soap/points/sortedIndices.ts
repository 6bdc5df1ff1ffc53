/** Neighbours that are sorted by insertion before merging begins. */
const RUN = 8;

/**
 * The numbers 0 to count - 1 by rising `compare`; equal ones keep their order. By merging: the sort of typed arrays calls back
 * into JavaScript for every comparison, which takes several times as long.
 */
export function sortedIndices(count: number, compare: (a: number, b: number) => number): Uint32Array {
  let sorted = new Uint32Array(count);
  for (let start = 0; start < count; start += RUN) {
    const end = Math.min(start + RUN, count);
    for (let i = start; i < end; i++) {
      let at = i;
      for (; at > start && compare(sorted[at - 1]!, i) > 0; at--) sorted[at] = sorted[at - 1]!;
      sorted[at] = i;
    }
  }
  let merged = new Uint32Array(count);
  for (let width = RUN; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let [left, right] = [start, middle];
      for (let to = start; to < end; to++) {
        const takesLeft = right === end || (left < middle && compare(sorted[left]!, sorted[right]!) <= 0);
        merged[to] = takesLeft ? sorted[left++]! : sorted[right++]!;
      }
    }
    [sorted, merged] = [merged, sorted];
  }
  return sorted;
}
