import { firstNotBelow } from './ascending.js';
import type { PeriodicCell } from './periodicCell.js';
import { gather, splitAxes } from './pointIndex.js';
import { sortedIndices } from './sortedIndices.js';

/** A centre is at a point, or an image of it, if it is so near: a share of the largest coordinate of the two, some 60 roundings of it. */
const COINCIDENT = 2 ** -46;

/** Points so near to a face of the cell have images at the opposite one, as a share of a cell: a centre may have been wrapped to there. */
const MARGIN = 2 ** -13;

/** The points of a cloud that repeats, to be found by centres that are at images of them. */
export class PeriodicSites {
  readonly #cell: PeriodicCell;
  /** N×3: the points in the cell. */
  readonly #home: Float64Array;
  // Points and images of them next to faces, by x.
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #z: Float64Array;
  readonly #numbers: Uint32Array;
  /** Of each point the largest coordinate as it was given, or of its images here. */
  readonly #sizes: Float64Array;
  readonly #largest: number;

  /**
   * @param points N×3, input units
   * @throws RangeError as `PeriodicCell.wrapped`
   */
  constructor(points: Float64Array, cell: PeriodicCell) {
    const home = cell.wrapped(points);
    const { positions, numbers } = cell.nearHome(home, MARGIN);
    const sizes = sizesOf(points);
    for (const [image, size] of sizesOf(positions).entries()) {
      sizes[numbers[image]!] = Math.max(size, sizes[numbers[image]!]!);
    }
    const { x, y, z } = splitAxes(positions);
    const order = sortedIndices(x.length, (a, b) => x[a]! - x[b]!);
    [this.#x, this.#y, this.#z] = [gather(x, order), gather(y, order), gather(z, order)];
    this.#numbers = order.map((image) => numbers[image]!);
    this.#cell = cell;
    this.#home = home;
    this.#sizes = sizes;
    this.#largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  }

  /**
   * Centres (M×3, input units) moved by whole vectors into the cell. One that is at an image of a point is moved onto the point's place
   * there, bit by bit: rounding would part the two, and then `w0` did not count.
   *
   * @throws RangeError as `PeriodicCell.wrapped`
   */
  places(centers: Float64Array): Float64Array {
    const places = this.#cell.wrapped(centers);
    const sizes = sizesOf(centers);
    for (let center = 0; center < sizes.length; center++) {
      const at = 3 * center;
      const point = this.#pointAt(places[at]!, places[at + 1]!, places[at + 2]!, sizes[center]!);
      if (point !== undefined) places.set(this.#home.subarray(3 * point, 3 * point + 3), at);
    }
    return places;
  }

  /** The point at a place in the cell, the first of several. */
  #pointAt(x: number, y: number, z: number, size: number): number | undefined {
    const xs = this.#x;
    const window = COINCIDENT * Math.max(size, this.#largest);
    let found: number | undefined;
    for (let i = firstNotBelow(xs, 0, xs.length, x - window); i < xs.length && xs[i]! <= x + window; i++) {
      const number = this.#numbers[i]!;
      if (number >= (found ?? Infinity)) continue;
      const tolerance = COINCIDENT * Math.max(size, this.#sizes[number]!);
      const distance = Math.max(Math.abs(xs[i]! - x), Math.abs(this.#y[i]! - y), Math.abs(this.#z[i]! - z));
      if (distance <= tolerance) found = number;
    }
    return found;
  }
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
