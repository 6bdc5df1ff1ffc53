import { MAX_POINTS } from '../clouds/capacity.js';
import { fieldEnd, fieldStart, textOf } from '../clouds/text.js';

const ZERO = 48;
/** So many digits are no number beyond `MAX_POINTS`. */
const FEW_DIGITS = 9;

/** The number of points that a line consists of; undefined if it is something else, or more than there can be. */
export function pointCount(bytes: Uint8Array, start: number, end: number): number | undefined {
  const first = fieldStart(bytes, start, end);
  const stop = fieldEnd(bytes, first, end);
  if (stop - first > FEW_DIGITS || fieldStart(bytes, stop, end) < end) return unusualCount(bytes, start, end);
  let count = 0;
  for (let at = first; at < stop; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return unusualCount(bytes, start, end);
    count = 10 * count + digit;
  }
  return stop > first ? count : undefined;
}

/** Behind a byte order mark, say, or of many digits. */
function unusualCount(bytes: Uint8Array, start: number, end: number): number | undefined {
  const text = textOf(bytes, start, end).trim();
  const count = /^\d+$/.test(text) ? Number(text) : Infinity;
  return count <= MAX_POINTS ? count : undefined;
}
