/** What the host has configured: see `configure`. */
export let nMax: i32 = 0;
export let lMax: i32 = 0;
/** Channels of coefficients, including the total if there is one. */
export let nChannels: i32 = 0;
/** Radial functions: (lMax+1)·nMax, function l·nMax + n. */
export let nFunctions: i32 = 0;

export function setSettings(n: i32, l: i32, channels: i32): void {
  nMax = n;
  lMax = l;
  nChannels = channels;
  nFunctions = n * (l + 1);
}

/** Columns of a block: distances that are summed together. Enough to make the loops long; harmonics of so many fit the cache. */
export const COLUMNS: i32 = 256;

/** From one row of a block to the next, in numbers: an odd number of cache lines, so that rows do not compete for the same ones. */
export const STRIDE: usize = 264;

/** Points are handled in groups of two vectors: the columns of a block and of each layer are filled up to whole groups. */
@inline
export function wholeGroups<T>(count: i32): i32 {
  const group: i32 = 32 / sizeof<T>();
  return (count + group - 1) & -group;
}
