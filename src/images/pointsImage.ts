/** How points become an image again. */
export interface PointsImageOptions {
  readonly height: number;
  readonly width: number;
  /** Grey levels per unit of z. */
  readonly intensityDivisor: number;
}

/**
 * The image of a point cloud: each point lands on the pixel nearest to (x, y) = (column, row), halves on the higher one, with the
 * intensity z · intensityDivisor, rounded and clamped to 0 … 255. Of several on one pixel the brightest stays; points outside
 * are dropped, and pixels without points are 0.
 *
 * @param points (x, y, z) of each point
 * @param out receives height × width intensities, rows from the top
 * @throws RangeError naming the point whose coordinates are not finite
 */
export function pointsImage(
  points: Float64Array,
  { height, width, intensityDivisor }: PointsImageOptions,
  out: Uint8Array,
): void {
  out.fill(0);
  for (let at = 0; at < points.length; at += 3) {
    const [x, y, z] = [points[at]!, points[at + 1]!, points[at + 2]!];
    if (!Number.isFinite(x + y + z)) {
      throw new RangeError(`points[${at / 3}]: expected finite coordinates, got (${x}, ${y}, ${z})`);
    }
    const [column, row] = [Math.round(x), Math.round(y)];
    if (column < 0 || column >= width || row < 0 || row >= height) continue;
    const intensity = Math.min(255, Math.max(0, Math.round(z * intensityDivisor)));
    const pixel = row * width + column;
    if (intensity > out[pixel]!) out[pixel] = intensity;
  }
}
