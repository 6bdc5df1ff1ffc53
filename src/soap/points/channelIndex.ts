import { type Coordinates, gather, type PointIndex } from './pointIndex.js';

/** The points grouped by channel, each channel a single range: for clouds in which most points are near most centres. */
export class ChannelIndex implements PointIndex {
  readonly nChannels: number;
  readonly order: Uint32Array;
  readonly cutoff = Infinity;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly #starts: Uint32Array; // first point of each channel, and the number of points

  /** @param channels of each point, below nChannels */
  constructor(coordinates: Coordinates, channels: Uint16Array, nChannels: number) {
    this.nChannels = nChannels;
    const starts = new Uint32Array(nChannels + 1);
    for (let i = 0; i < channels.length; i++) starts[channels[i]! + 1]!++;
    for (let channel = 0; channel < nChannels; channel++) starts[channel + 1]! += starts[channel]!;
    this.#starts = starts;
    this.order = orderOf(channels, starts);
    const { x, y, z } = nChannels === 1 ? coordinates : grouped(coordinates, this.order);
    [this.x, this.y, this.z] = [x, y, z];
  }

  rangesNear(channel: number, _x: number, _y: number, _z: number, ranges: Uint32Array): number {
    const start = this.#starts[channel]!;
    const end = this.#starts[channel + 1]!;
    ranges[0] = start;
    ranges[1] = end;
    return Number(end > start);
  }
}

function orderOf(channels: Uint16Array, starts: Uint32Array): Uint32Array {
  const order = new Uint32Array(channels.length);
  const next = starts.slice();
  for (let i = 0; i < channels.length; i++) order[next[channels[i]!]!++] = i;
  return order;
}

function grouped({ x, y, z }: Coordinates, order: Uint32Array): Coordinates {
  return { x: gather(x, order), y: gather(y, order), z: gather(z, order) };
}
