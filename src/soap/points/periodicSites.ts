import { firstNotBelow } from './ascending.js';
import type { PeriodicCell } from './periodicCell.js';
import { gather, splitAxes } from './pointIndex.js';
import { sortedIndices } from './sortedIndices.js';

/** A centre is at a point, or an image of it, if it is so near: a share of the largest coordinate of the two, some 60 roundings of it. */
const COINCIDENT = 2 ** -46;

/** Points so near to a face of the cell have images at the opposite one, as a share of a cell: a centre may have been wrapped to there. */
const MARGIN = 2 ** -13;

/**
 * How centres (M×3, input units) are moved by whole vectors into the cell of a cloud that repeats. One that is at an image of a point is
 * moved onto the point's place there, bit by bit: rounding would part the two, and then `w0` did not count.
 *
 * @param points N×3, input units
 * @throws RangeError as `PeriodicCell.wrapped`, for points, then for centres
 */
export function periodicPlaces(points: Float64Array, cell: PeriodicCell): (centers: Float64Array) => Float64Array {
  const home = cell.wrapped(points);
  const { positions, numbers } = cell.nearHome(home, MARGIN);
  /** Of each point the largest coordinate as it was given, or of its images here. */
  const sizes = sizesOf(points);
  for (const [image, size] of sizesOf(positions).entries()) {
    sizes[numbers[image]!] = Math.max(size, sizes[numbers[image]!]!);
  }
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  // Points and images of them next to faces, by x.
  const all = splitAxes(positions);
  const order = sortedIndices(all.x.length, (a, b) => all.x[a]! - all.x[b]!);
  const [xs, ys, zs] = [gather(all.x, order), gather(all.y, order), gather(all.z, order)];

  /** The point at a place in the cell, the first of several. */
  function pointAt(x: number, y: number, z: number, size: number): number | undefined {
    const window = COINCIDENT * Math.max(size, largest);
    let found: number | undefined;
    for (let i = firstNotBelow(xs, 0, xs.length, x - window); i < xs.length && xs[i]! <= x + window; i++) {
      const number = numbers[order[i]!]!;
      if (number >= (found ?? Infinity)) continue;
      const tolerance = COINCIDENT * Math.max(size, sizes[number]!);
      const distance = Math.max(Math.abs(xs[i]! - x), Math.abs(ys[i]! - y), Math.abs(zs[i]! - z));
      if (distance <= tolerance) found = number;
    }
    return found;
  }

  return (centers) => {
    const places = cell.wrapped(centers);
    for (const [center, size] of sizesOf(centers).entries()) {
      const at = 3 * center;
      const point = pointAt(places[at]!, places[at + 1]!, places[at + 2]!, size);
      if (point !== undefined) places.set(home.subarray(3 * point, 3 * point + 3), at);
    }
    return places;
  };
}

/** Of each position the largest coordinate, without its sign. */
function sizesOf(positions: Float64Array): Float64Array {
  const sizes = new Float64Array(positions.length / 3);
  for (let i = 0; i < positions.length; i++) {
    const [position, size] = [Math.floor(i / 3), Math.abs(positions[i]!)];
    if (size > sizes[position]!) sizes[position] = size;
  }
  return sizes;
}
