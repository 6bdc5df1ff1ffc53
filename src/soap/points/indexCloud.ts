import { indexPoints } from './indexPoints.js';
import { type CheckedSoapOptions, cutoffRadius } from '../options.js';
import { type Cell, PeriodicCell } from './periodicCell.js';
import { periodicPlaces } from './periodicSites.js';
import type { PointIndex } from './pointIndex.js';

/** What there is to say of a cloud beside its points. */
export interface CloudRequest {
  readonly species?: ArrayLike<number> | undefined; // of each point, 0 to nSpecies - 1; may be omitted where nSpecies is 1
  readonly cell?: Cell | undefined; // how the cloud repeats; by default it does not
}

/**
 * The index of a cloud, its points in the channels that the options give their species.
 *
 * @param points N×3, input units
 * @param nChannels as `channelsOf` counts them
 * @throws RangeError for a length that does not fit, a coordinate that is not finite, a species out of range or a cell that is none
 */
export function indexCloud(
  points: Float64Array,
  { species, cell }: CloudRequest,
  options: CheckedSoapOptions,
  nChannels: number,
): PointIndex {
  checkCoordinates('points', points);
  checkSpecies(species, points.length / 3, options.nSpecies);
  const channels = new Uint16Array(points.length / 3);
  if (species !== undefined && nChannels > 1) channels.set(species);
  const cutoff = cutoffRadius(options);
  return cell
    ? indexImages(points, channels, nChannels, cutoff, new PeriodicCell(cell))
    : indexPoints(points, channels, nChannels, cutoff);
}

function indexImages(
  points: Float64Array,
  channels: Uint16Array,
  nChannels: number,
  cutoff: number,
  cell: PeriodicCell,
): PointIndex {
  const { positions, numbers } = cell.images(points, cutoff);
  const ofImages = new Uint16Array(numbers.length);
  for (let image = 0; image < numbers.length; image++) ofImages[image] = channels[numbers[image]!]!;
  const images = indexPoints(positions, ofImages, nChannels, cutoff);
  return {
    nChannels,
    order: images.order.map((image) => numbers[image]!),
    cutoff,
    x: images.x,
    y: images.y,
    z: images.z,
    places: periodicPlaces(points, cell),
    rangesNear: (channel, x, y, z, ranges) => images.rangesNear(channel, x, y, z, ranges),
  };
}

/**
 * Where centres are looked for in an index: M×3, input units.
 *
 * @throws RangeError for a length that does not fit, a coordinate that is not finite or, where the cloud repeats, a centre too far away
 */
export function placesIn(index: PointIndex, centers: Float64Array): Float64Array {
  checkCoordinates('centers', centers);
  return index.places?.(centers) ?? centers;
}

/** @throws RangeError naming the coordinate */
function checkCoordinates(name: string, coordinates: Float64Array): void {
  if (coordinates.length % 3 !== 0) {
    throw new RangeError(`${name}: expected a length divisible by 3 (x, y, z each), got ${coordinates.length}`);
  }
  for (let i = 0; i < coordinates.length; i++) {
    if (Number.isFinite(coordinates[i])) continue;
    throw new RangeError(`${name}[${i}]: expected a finite coordinate, got ${coordinates[i]}`);
  }
}

function checkSpecies(species: ArrayLike<number> | undefined, nPoints: number, nSpecies: number): void {
  if (species === undefined) {
    if (nSpecies === 1) return;
    throw new RangeError(`species: expected the species of each point, as nSpecies is ${nSpecies}, got none`);
  }
  if (species.length !== nPoints) {
    throw new RangeError(`species: expected length ${nPoints}, the number of points, got ${species.length}`);
  }
  for (let i = 0; i < nPoints; i++) {
    const value = species[i]!;
    if (Number.isInteger(value) && value >= 0 && value < nSpecies) continue;
    throw new RangeError(`species[${i}]: expected an integer from 0 to ${nSpecies - 1}, got ${value}`);
  }
}
