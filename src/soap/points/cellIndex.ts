import { firstAbove, firstNotBelow } from './ascending.js';
import { type Coordinates, gather, limits, type PointIndex } from './pointIndex.js';
import { sortedIndices } from './sortedIndices.js';

/** By more than rounding can change a difference of two coordinates, as a part of it. */
const SLACK = 2 ** -50;

/** Cells are a little longer than the reach, so that two reaches touch three of them at most however they are rounded. */
const CELL_LENGTH = 1.001;

/** An axis has no more cells than this: their numbers are then right to 2^-11, which CELL_LENGTH allows for. */
const MAX_CELLS = 2 ** 40;

/**
 * The points sorted by channel, then by slab of z, then by row of y within the slab, then by x. Slabs and rows are as wide as the
 * cutoff, so that a sphere meets three by three of them at most, and in each row a single range.
 *
 * Only slabs and rows that have points are listed, so memory grows with their number and not with the space between them.
 */
export class CellIndex implements PointIndex {
  readonly nChannels: number;
  readonly order: Uint32Array;
  readonly cutoff: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;

  readonly #reach: number;
  readonly #slabOf: CellOf;
  readonly #rowOf: CellOf;
  // Channels, slabs and rows each start at some place of the next list; behind the last start is the length of that list.
  readonly #channelStarts: Uint32Array;
  readonly #slabs: Float64Array;
  readonly #slabStarts: Uint32Array;
  readonly #rows: Float64Array;
  readonly #rowStarts: Uint32Array;

  /**
   * @param channels of each point, below nChannels
   * @param cutoff radius of the spheres, input units
   */
  constructor({ x, y, z }: Coordinates, channels: Uint16Array, nChannels: number, cutoff: number) {
    this.nChannels = nChannels;
    this.cutoff = cutoff;
    this.#reach = cutoff * (1 + SLACK);
    this.#slabOf = cellsAlong(z, this.#reach);
    this.#rowOf = cellsAlong(y, this.#reach);
    const [slabs, rows] = [z.map(this.#slabOf), y.map(this.#rowOf)];
    const order = sortedIndices(
      channels.length,
      (a, b) => channels[a]! - channels[b]! || slabs[a]! - slabs[b]! || rows[a]! - rows[b]! || x[a]! - x[b]!,
    );
    this.order = order;
    [this.x, this.y, this.z] = [gather(x, order), gather(y, order), gather(z, order)];

    const channelStarts: number[] = [];
    const slabStarts: number[] = [];
    const rowStarts: number[] = [];
    for (let at = 0; at < order.length; at++) {
      const point = order[at]!;
      const before = order[at - 1] ?? point;
      const startsChannel = channelStarts.length <= channels[point]!;
      const startsSlab = startsChannel || slabs[point] !== slabs[before];
      const startsRow = startsSlab || rows[point] !== rows[before];
      while (channelStarts.length <= channels[point]!) channelStarts.push(slabStarts.length);
      if (startsSlab) slabStarts.push(rowStarts.length);
      if (startsRow) rowStarts.push(at);
    }
    while (channelStarts.length <= nChannels) channelStarts.push(slabStarts.length);
    this.#channelStarts = Uint32Array.from(channelStarts);
    this.#slabs = Float64Array.from(slabStarts, (row) => slabs[order[rowStarts[row]!]!]!);
    this.#slabStarts = Uint32Array.from([...slabStarts, rowStarts.length]);
    this.#rows = Float64Array.from(rowStarts, (at) => rows[order[at]!]!);
    this.#rowStarts = Uint32Array.from([...rowStarts, order.length]);
  }

  rangesNear(channel: number, centerX: number, centerY: number, centerZ: number, ranges: Uint32Array): number {
    const reach = this.#reach;
    const [slabs, rows, x] = [this.#slabs, this.#rows, this.x];
    const firstSlab = this.#slabOf(centerZ - reach);
    const lastSlab = this.#slabOf(centerZ + reach);
    const firstRow = this.#rowOf(centerY - reach);
    const lastRow = this.#rowOf(centerY + reach);
    const endSlab = this.#channelStarts[channel + 1]!;
    let count = 0;
    let slab = firstNotBelow(slabs, this.#channelStarts[channel]!, endSlab, firstSlab);
    for (; slab < endSlab && slabs[slab]! <= lastSlab; slab++) {
      const endRow = this.#slabStarts[slab + 1]!;
      let row = firstNotBelow(rows, this.#slabStarts[slab]!, endRow, firstRow);
      for (; row < endRow && rows[row]! <= lastRow; row++) {
        const endPoint = this.#rowStarts[row + 1]!;
        const start = firstNotBelow(x, this.#rowStarts[row]!, endPoint, centerX - reach);
        const end = firstAbove(x, start, endPoint, centerX + reach);
        if (start === end) continue;
        ranges[2 * count] = start;
        ranges[2 * count + 1] = end;
        count++;
      }
    }
    return count;
  }
}

/** The number of the cell of a coordinate, never decreasing with it: a place beyond the points belongs to the outermost cell. */
type CellOf = (coordinate: number) => number;

function cellsAlong(coordinates: Float64Array, reach: number): CellOf {
  const [least, greatest] = limits(coordinates);
  const length = Math.max(CELL_LENGTH * reach, (greatest - least) / MAX_CELLS);
  return (coordinate) => Math.floor((Math.min(Math.max(coordinate, least), greatest) - least) / length);
}
