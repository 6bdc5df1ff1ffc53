/** Room for less than this is not worth growing step by step. */
const LEAST = 1024;

/** Arrays up to this long begin as long as the one before was needed. */
export const REMEMBERED = 2 ** 16;

/** Clouds of more points do not fit the 32-bit offsets of their lists. */
export const MAX_POINTS = 2 ** 31 - 1;

/**
 * How many items to make room for when `have` have arrived and a header claims `claimed` of them: one of claimed, claimed / 8,
 * claimed / 64, … A header that lies costs no more than eight times what follows it; one that does not ends with an array that
 * fits exactly, after a last copy of only an eighth.
 *
 * @returns a number above `have`, as long as that is below `claimed`
 */
export function capacityFor(claimed: number, have: number): number {
  const most = Math.max(LEAST, 8 * have);
  let capacity = claimed;
  while (capacity > most) capacity = Math.ceil(capacity / 8);
  return capacity;
}
