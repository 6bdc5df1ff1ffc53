import type { Digit } from './digit.js';

/**
 * How far the descriptors of two images differ: every pixel of either is held against the most similar one of the other, and what counts is the
 * greatest difference of a component, as a share of the greatest magnitude among all.
 *
 * @returns undefined unless both have descriptors, of one length
 */
export function descriptorDifference(first: Digit, second: Digit): number | undefined {
  const [a, b] = [first.descriptors, second.descriptors];
  if (!a || !b || a.length === 0 || b.length === 0) return undefined;
  const length = a.length / first.predicted.length;
  if (length !== b.length / second.predicted.length) return undefined;
  const largest = Math.max(greatestMagnitude(a), greatestMagnitude(b));
  const greatest = Math.max(farthest(a, b, length), farthest(b, a, length));
  return largest === 0 ? 0 : greatest / largest;
}

/** The greatest, over the rows of `from`, of the distance to the nearest row of `to`. */
function farthest(from: Float64Array, to: Float64Array, length: number): number {
  let greatest = 0;
  for (let at = 0; at < from.length; at += length) {
    let least = Infinity;
    for (let other = 0; other < to.length; other += length) {
      least = Math.min(least, distance(from, at, to, other, length));
    }
    greatest = Math.max(greatest, least);
  }
  return greatest;
}

/** The greatest difference of a component. */
function distance(a: Float64Array, at: number, b: Float64Array, other: number, length: number): number {
  let greatest = 0;
  for (let i = 0; i < length; i++) greatest = Math.max(greatest, Math.abs(a[at + i]! - b[other + i]!));
  return greatest;
}

function greatestMagnitude(values: Float64Array): number {
  return values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
}
