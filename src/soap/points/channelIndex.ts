import { type Coordinates, gather, type PointIndex } from './pointIndex.js';

/**
 * The points grouped by channel, each channel a single range: for clouds in which most points are near most centres.
 * @param channels of each point, below nChannels
 */
export function channelIndex({ x, y, z }: Coordinates, channels: Uint16Array, nChannels: number): PointIndex {
  const starts = new Uint32Array(nChannels + 1); // first point of each channel, and the number of points
  for (let i = 0; i < channels.length; i++) starts[channels[i]! + 1]!++;
  for (let channel = 0; channel < nChannels; channel++) starts[channel + 1]! += starts[channel]!;
  const order = new Uint32Array(channels.length);
  const next = starts.slice();
  for (let i = 0; i < channels.length; i++) order[next[channels[i]!]!++] = i;
  const grouped = nChannels === 1 ? { x, y, z } : { x: gather(x, order), y: gather(y, order), z: gather(z, order) };
  return {
    nChannels,
    order,
    cutoff: Infinity,
    ...grouped,
    rangesNear(channel, _x, _y, _z, ranges) {
      const [start, end] = [starts[channel]!, starts[channel + 1]!];
      ranges[0] = start;
      ranges[1] = end;
      return Number(end > start);
    },
  };
}
