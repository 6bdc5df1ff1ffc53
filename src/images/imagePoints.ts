import type { CounterRandom } from '../random/counterRandom.js';

/** How algorithm 1 turns an image into points. */
export interface ImagePointsOptions {
  /** Grey levels per unit of z; 10 squashes 255 to 25, close to the side of the image. */
  readonly intensityDivisor: number;
  /** Standard deviation of the noise on each of x, y and z, in pixels. */
  readonly sigmaDisturbance: number;
}

/**
 * The point cloud of one image: z = ⌊I / intensityDivisor⌋, pixels with z = 0 dropped, x = column, y = row, and then
 * N(0, sigmaDisturbance²) on each axis. The noise is a function of (seed, image, point, axis), never of the order of work.
 *
 * @param pixels height × width intensities, rows from the top
 * @param out receives (x, y, z) of each point in row-major pixel order; 3 × height × width places suffice
 * @returns the number of points
 * @see algorithm 1 of the paper
 */
export function imagePoints(
  pixels: Uint8Array,
  width: number,
  image: number,
  { intensityDivisor, sigmaDisturbance }: ImagePointsOptions,
  noise: CounterRandom,
  out: Float64Array,
): number {
  const displacement = new Float64Array(3);
  let point = 0;
  for (let i = 0; i < pixels.length; i++) {
    const z = Math.floor(pixels[i]! / intensityDivisor);
    if (z === 0) continue;
    const at = 3 * point;
    out[at] = i % width;
    out[at + 1] = Math.floor(i / width);
    out[at + 2] = z;
    if (sigmaDisturbance > 0) {
      noise.normal3(image, point, displacement);
      for (let axis = 0; axis < 3; axis++) out[at + axis]! += sigmaDisturbance * displacement[axis]!;
    }
    point++;
  }
  return point;
}
