/**
 * The points of a cloud in an order in which those of one channel that are near a place lie in a few ranges. It depends on the
 * cloud and the cutoff alone, so that sums over the ranges are rounded alike whatever the centres.
 */
export interface PointIndex extends Coordinates {
  readonly nChannels: number;
  /** Of each point, or image of one, its number in the cloud. */
  readonly order: Uint32Array;
  /** Up to which distance neighbours are found, input units. */
  readonly cutoff: number;

  /** Where neighbours are looked for of centres (M×3, input units), if the cloud repeats: in its cell. @throws RangeError for one too far away */
  places?(centers: Float64Array): Float64Array;

  /**
   * Finds ranges that hold all points of a channel within the cutoff from a centre, and maybe others.
   *
   * @param ranges receives pairs of a start and an exclusive end: 2·MAX_RANGES numbers at most
   * @returns the number of ranges, none of them empty
   */
  rangesNear(channel: number, centerX: number, centerY: number, centerZ: number, ranges: Uint32Array): number;
}

/** The most ranges that there are for one channel and centre. */
export const MAX_RANGES = 9;

/** Of some points, one array per axis, in input units. */
export interface Coordinates {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
}

/** From N×3 to an array per axis. */
export function splitAxes(points: Float64Array): Coordinates {
  const nPoints = points.length / 3;
  const [x, y, z] = [new Float64Array(nPoints), new Float64Array(nPoints), new Float64Array(nPoints)];
  for (let i = 0; i < nPoints; i++) {
    x[i] = points[3 * i]!;
    y[i] = points[3 * i + 1]!;
    z[i] = points[3 * i + 2]!;
  }
  return { x, y, z };
}

/** The values at the places that `order` names. */
export function gather(values: Float64Array, order: Uint32Array): Float64Array {
  const gathered = new Float64Array(order.length);
  for (let i = 0; i < order.length; i++) gathered[i] = values[order[i]!]!;
  return gathered;
}

/** The least and the greatest value; [Infinity, -Infinity] if there is none. */
export function limits(values: Float64Array): [least: number, greatest: number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}
