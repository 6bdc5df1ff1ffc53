import { cellIndex } from './cellIndex.js';
import { channelIndex } from './channelIndex.js';
import { limits, type PointIndex, splitAxes } from './pointIndex.js';

/** Sorting pays when it spares a centre at least so many distances: a few hundred centres make up for it then. */
const WORTHWHILE = 1000;

/**
 * The index that suits a cloud: cells where the cutoff is short beside the cloud, or else all points of a channel together.
 *
 * @param points N×3, finite, input units
 * @param channels of each point, below nChannels
 * @param cutoff input units, > 0
 */
export function indexPoints(
  points: Float64Array,
  channels: Uint16Array,
  nChannels: number,
  cutoff: number,
): PointIndex {
  const coordinates = splitAxes(points);
  const { x, y, z } = coordinates;
  const extents = [x, y, z].map((values) => {
    const [least, greatest] = limits(values);
    return greatest - least;
  });
  if (extents.includes(Infinity)) return channelIndex(coordinates, channels, nChannels); // beyond float64's range
  const [width, depth, height] = extents as [number, number, number];
  // Of points evenly spread; 2 cutoffs along x, and 3 rows and slabs.
  const seen =
    Math.min(1, (2 * cutoff) / width) * Math.min(1, (3 * cutoff) / depth) * Math.min(1, (3 * cutoff) / height);
  const spared = x.length * (1 - seen);
  return spared < WORTHWHILE
    ? channelIndex(coordinates, channels, nChannels)
    : cellIndex(coordinates, channels, nChannels, cutoff);
}
