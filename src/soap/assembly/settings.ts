/** What the host has configured: see `configure`. */
export let nMax: i32 = 0;
export let lMax: i32 = 0;
/** Channels of coefficients, including the total if there is one. */
export let nChannels: i32 = 0;
/** nMax in whole vectors: where n = 0 of the next l is among the radial functions, and of the next channel among the coefficients. */
export let nPadded: i32 = 0;

export function setSettings(n: i32, l: i32, channels: i32, lanes: i32): void {
  nMax = n;
  lMax = l;
  nChannels = channels;
  nPadded = (n + lanes - 1) & -lanes;
}

/** Points of a block at most, and so its columns: distances that are summed together. */
export const COLUMNS: i32 = 256;

/** Columns that are worked on at a time, a panel, in bytes of one row: an odd number of cache lines, so that rows do not compete for the same ones. */
export const PANEL_BYTES: usize = 576;

/** Points are handled in groups of two vectors: the columns of a block and of each layer are filled up to whole groups. */
@inline
export function wholeGroups<T>(count: i32): i32 {
  const group: i32 = 32 / sizeof<T>();
  return (count + group - 1) & -group;
}
