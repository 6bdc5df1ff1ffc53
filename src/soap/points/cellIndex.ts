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
 *
 * @param channels of each point, below nChannels
 * @param cutoff radius of the spheres, input units
 */
export function cellIndex(
  { x, y, z }: Coordinates,
  channels: Uint16Array,
  nChannels: number,
  cutoff: number,
): PointIndex {
  const reach = cutoff * (1 + SLACK);
  const slabOf = cellsAlong(z, reach);
  const rowOf = cellsAlong(y, reach);
  const [slabOfPoint, rowOfPoint] = [z.map(slabOf), y.map(rowOf)];
  const order = sortedIndices(
    channels.length,
    (a, b) =>
      channels[a]! - channels[b]! ||
      slabOfPoint[a]! - slabOfPoint[b]! ||
      rowOfPoint[a]! - rowOfPoint[b]! ||
      x[a]! - x[b]!,
  );

  // Channels, slabs and rows each start at some place of the next list; behind the last start is the length of that list.
  const channelStarts: number[] = [];
  const slabStarts: number[] = [];
  const rowStarts: number[] = [];
  for (let at = 0; at < order.length; at++) {
    const point = order[at]!;
    const before = order[at - 1] ?? point;
    const startsChannel = channelStarts.length <= channels[point]!;
    const startsSlab = startsChannel || slabOfPoint[point] !== slabOfPoint[before];
    const startsRow = startsSlab || rowOfPoint[point] !== rowOfPoint[before];
    while (channelStarts.length <= channels[point]!) channelStarts.push(slabStarts.length);
    if (startsSlab) slabStarts.push(rowStarts.length);
    if (startsRow) rowStarts.push(at);
  }
  while (channelStarts.length <= nChannels) channelStarts.push(slabStarts.length);
  const slabs = Float64Array.from(slabStarts, (row) => slabOfPoint[order[rowStarts[row]!]!]!);
  const rows = Float64Array.from(rowStarts, (at) => rowOfPoint[order[at]!]!);
  slabStarts.push(rowStarts.length);
  rowStarts.push(order.length);
  const sortedX = gather(x, order);

  return {
    nChannels,
    order,
    cutoff,
    x: sortedX,
    y: gather(y, order),
    z: gather(z, order),
    rangesNear(channel, centerX, centerY, centerZ, ranges) {
      const firstSlab = slabOf(centerZ - reach);
      const lastSlab = slabOf(centerZ + reach);
      const firstRow = rowOf(centerY - reach);
      const lastRow = rowOf(centerY + reach);
      const endSlab = channelStarts[channel + 1]!;
      let count = 0;
      let slab = firstNotBelow(slabs, channelStarts[channel]!, endSlab, firstSlab);
      for (; slab < endSlab && slabs[slab]! <= lastSlab; slab++) {
        const endRow = slabStarts[slab + 1]!;
        let row = firstNotBelow(rows, slabStarts[slab]!, endRow, firstRow);
        for (; row < endRow && rows[row]! <= lastRow; row++) {
          const endPoint = rowStarts[row + 1]!;
          const start = firstNotBelow(sortedX, rowStarts[row]!, endPoint, centerX - reach);
          const end = firstAbove(sortedX, start, endPoint, centerX + reach);
          if (start === end) continue;
          ranges[2 * count] = start;
          ranges[2 * count + 1] = end;
          count++;
        }
      }
      return count;
    },
  };
}

/** The number of the cell of a coordinate, never decreasing with it: a place beyond the points belongs to the outermost cell. */
type CellOf = (coordinate: number) => number;

function cellsAlong(coordinates: Float64Array, reach: number): CellOf {
  const [least, greatest] = limits(coordinates);
  const length = Math.max(CELL_LENGTH * reach, (greatest - least) / MAX_CELLS);
  return (coordinate) => Math.floor((Math.min(Math.max(coordinate, least), greatest) - least) / length);
}
