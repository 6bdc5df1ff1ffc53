/** A rotation about the centre of the image, and then a reflection. */
export interface Turn {
  /** Clockwise, in degrees. */
  readonly angle: number;
  /** Whether left and right are exchanged afterwards. */
  readonly isMirrored: boolean;
}

/**
 * Turns one image clockwise about its centre, ((width − 1)/2, (height − 1)/2), then mirrors it. The grid stays as it is: each pixel takes
 * the value that the image has where it comes from, by bilinear interpolation between the four pixels around, rounded (halves
 * up). Outside the image is 0. Half turns are exact permutations of the pixels, on square images quarter turns too.
 *
 * @param pixels height × width intensities, rows from the top
 * @param out as many places, other than those of `pixels`
 */
export function turnImage(pixels: Uint8Array, width: number, { angle, isMirrored }: Turn, out: Uint8Array): void {
  const height = pixels.length / width;
  const { cos, sin } = direction(angle);
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = (isMirrored ? width - 1 - x : x) - middleX;
      const dy = y - middleY;
      // y grows downwards, so that a clockwise turn is the mathematically positive one; this is its inverse.
      const value = interpolate(
        pixels,
        height,
        width,
        middleX + (cos * dx + sin * dy),
        middleY + (cos * dy - sin * dx),
      );
      out[y * width + x] = Math.round(value);
    }
  }
}

function interpolate(pixels: Uint8Array, height: number, width: number, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  if (left < -1 || left >= width || top < -1 || top >= height) return 0;
  const right = x - left;
  const bottom = y - top;
  let above = 0;
  let below = 0;
  const at = top * width + left;
  if (left >= 0) {
    if (top >= 0) above += (1 - right) * pixels[at]!;
    if (top + 1 < height) below += (1 - right) * pixels[at + width]!;
  }
  if (left + 1 < width) {
    if (top >= 0) above += right * pixels[at + 1]!;
    if (top + 1 < height) below += right * pixels[at + width + 1]!;
  }
  return (1 - bottom) * above + bottom * below;
}

/** Cosine and sine of an angle in degrees, exact for quarter turns. */
function direction(degrees: number): { cos: number; sin: number } {
  const quarters = Math.round(degrees / 90);
  const rest = ((degrees - 90 * quarters) * Math.PI) / 180;
  const [c, s] = [Math.cos(rest), Math.sin(rest)];
  switch (((quarters % 4) + 4) % 4) {
    case 0:
      return { cos: c, sin: s };
    case 1:
      return { cos: -s, sin: c };
    case 2:
      return { cos: -c, sin: -s };
    default:
      return { cos: s, sin: -c };
  }
}
