/** A rotation about the centre of the image, and then a reflection. */
export interface Turn {
  /** Clockwise, in degrees. */
  readonly angle: number;
  /** Whether left and right are exchanged afterwards. */
  readonly isMirrored: boolean;
  readonly interpolation: Interpolation;
}

/** How a pixel is read between pixels: bilinear weighs the four around, nearest takes one of them. */
export const interpolations = ['bilinear', 'nearest'] as const;
export type Interpolation = (typeof interpolations)[number];

/**
 * Turns one image clockwise about its centre, ((width − 1)/2, (height − 1)/2), then mirrors it. The grid stays as it is: each pixel takes
 * the value that the image has where it comes from, by bilinear interpolation, rounded (halves up), or of the nearest pixel. Outside the
 * image is 0. Half turns are exact permutations of the pixels, on square images quarter turns too.
 *
 * @param pixels height × width intensities, rows from the top
 * @param out as many places, other than those of `pixels`
 */
export function turnImage(
  pixels: Uint8Array,
  width: number,
  { angle, isMirrored, interpolation }: Turn,
  out: Uint8Array,
): void {
  const height = pixels.length / width;
  const read = interpolation === 'nearest' ? nearest : bilinear;
  const { cos, sin } = direction(angle);
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = (isMirrored ? width - 1 - x : x) - middleX;
      const dy = y - middleY;
      // y grows downwards, so that a clockwise turn is the mathematically positive one; this is its inverse.
      const fromX = middleX + (cos * dx + sin * dy);
      const fromY = middleY + (cos * dy - sin * dx);
      out[y * width + x] = read(pixels, height, width, fromX, fromY);
    }
  }
}

function nearest(pixels: Uint8Array, height: number, width: number, x: number, y: number): number {
  const [column, row] = [Math.round(x), Math.round(y)];
  if (column < 0 || column >= width || row < 0 || row >= height) return 0;
  return pixels[row * width + column]!;
}

function bilinear(pixels: Uint8Array, height: number, width: number, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const right = x - left;
  const bottom = y - top;
  const above = between(pixels, height, width, left, top, right);
  const below = between(pixels, height, width, left, top + 1, right);
  return Math.round((1 - bottom) * above + bottom * below);
}

/** Between columns `left` and `left + 1` of a row, `share` of the way from the one to the other. */
function between(pixels: Uint8Array, height: number, width: number, left: number, row: number, share: number): number {
  if (row < 0 || row >= height || left < -1 || left >= width) return 0;
  const at = row * width + left;
  const near = left < 0 ? 0 : pixels[at]!;
  const far = left + 1 < width ? pixels[at + 1]! : 0;
  return (1 - share) * near + share * far;
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
