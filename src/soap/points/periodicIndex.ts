import type { PeriodicSites } from './periodicSites.js';
import type { PointIndex } from './pointIndex.js';

/** The images of a cloud that repeats, as another index has sorted them. */
export class PeriodicIndex implements PointIndex {
  readonly nChannels: number;
  readonly order: Uint32Array;
  readonly cutoff: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly #images: PointIndex;
  readonly #sites: PeriodicSites;

  /** @param numbers of the points that the images are of */
  constructor(images: PointIndex, numbers: Uint32Array, sites: PeriodicSites, cutoff: number) {
    this.nChannels = images.nChannels;
    this.order = images.order.map((image) => numbers[image]!);
    this.cutoff = cutoff;
    [this.x, this.y, this.z] = [images.x, images.y, images.z];
    this.#images = images;
    this.#sites = sites;
  }

  places(centers: Float64Array): Float64Array {
    return this.#sites.places(centers);
  }

  rangesNear(channel: number, centerX: number, centerY: number, centerZ: number, ranges: Uint32Array): number {
    return this.#images.rangesNear(channel, centerX, centerY, centerZ, ranges);
  }
}
