/** How a cloud repeats. */
export interface Cell {
  /** a, b and c, row by row, in input units. A vector along which nothing repeats may be anything. */
  readonly vectors: ArrayLike<number>;
  /** Along which of them the cloud repeats; default: all. */
  readonly periodic?: ArrayLike<boolean | number> | undefined;
}

/** A point and its images may take so much memory in a cloud, and no more. */
const MOST_IMAGES = 2 ** 24;

/** Vectors whose volume is smaller than this share of the product of their lengths span none. */
const LEAST_VOLUME = 1e-6;

/** By more than rounding can change a fractional coordinate. */
const SLACK = 1e-9;

type Vector = readonly [x: number, y: number, z: number];

/** The vectors along which a cloud repeats, and what they do to positions. */
export class PeriodicCell {
  /** Those along which it repeats. */
  readonly #vectors: readonly Vector[];
  /** A position's product with each of them is its fractional coordinate along that vector. */
  readonly #reciprocal: readonly Vector[];

  /** @throws RangeError naming the vector */
  constructor({ vectors, periodic = [true, true, true] }: Cell) {
    if (vectors.length !== 9) {
      throw new RangeError(`cell: expected 9 numbers (vectors a, b and c, row by row), got ${vectors.length}`);
    }
    if (periodic.length !== 3) {
      throw new RangeError(`cell: expected whether it repeats along a, b and c, got ${periodic.length} values`);
    }
    this.#vectors = [0, 1, 2]
      .filter((i) => Boolean(periodic[i]))
      .map((i) => [vectors[3 * i]!, vectors[3 * i + 1]!, vectors[3 * i + 2]!] as const);
    for (const vector of this.#vectors) {
      if (vector.every(Number.isFinite) && vector.some((x) => x !== 0)) continue;
      throw new RangeError(`cell: expected vectors of finite numbers that are not all zero, got ${vector.join(' ')}`);
    }
    this.#reciprocal = reciprocalOf(this.#vectors);
  }

  /** Positions (N×3, input units) moved by whole vectors into the cell: equal ones stay equal, bit by bit. */
  wrapped(positions: Float64Array): Float64Array {
    const moved = positions.slice();
    for (let at = 0; at < moved.length; at += 3) {
      const [x, y, z] = [positions[at]!, positions[at + 1]!, positions[at + 2]!];
      for (const [i, [ax, ay, az]] of this.#vectors.entries()) {
        const cells = Math.floor(along(this.#reciprocal[i]!, x, y, z));
        if (cells === 0) continue;
        moved[at]! -= cells * ax;
        moved[at + 1]! -= cells * ay;
        moved[at + 2]! -= cells * az;
      }
    }
    return moved;
  }

  /**
   * All images of the points that are within a distance from some place in the cell, and a few more.
   *
   * @param points N×3, input units
   * @param distance input units
   * @returns the images, and of each the number of its point; those of a point lie together
   * @throws RangeError if there are too many
   */
  images(points: Float64Array, distance: number): { positions: Float64Array; numbers: Uint32Array } {
    const home = this.wrapped(points);
    const margins = this.#reciprocal.map((b) => distance * Math.hypot(...b) + SLACK);
    const positions: number[] = [];
    const numbers: number[] = [];
    for (let point = 0; point < points.length / 3; point++) {
      const [x, y, z] = [home[3 * point]!, home[3 * point + 1]!, home[3 * point + 2]!];
      let places: Vector[] = [[x, y, z]];
      for (const [i, vector] of this.#vectors.entries()) {
        const fraction = along(this.#reciprocal[i]!, x, y, z);
        const first = Math.ceil(-margins[i]! - fraction);
        const last = Math.floor(1 + margins[i]! - fraction);
        expectFew(places.length * (last - first + 1) * (points.length / 3), distance);
        places = places.flatMap((place) => repeated(place, vector, first, last));
      }
      for (const place of places) {
        positions.push(...place);
        numbers.push(point);
      }
    }
    return { positions: Float64Array.from(positions), numbers: Uint32Array.from(numbers) };
  }
}

function along([bx, by, bz]: Vector, x: number, y: number, z: number): number {
  return bx * x + by * y + bz * z;
}

function repeated([x, y, z]: Vector, [ax, ay, az]: Vector, first: number, last: number): Vector[] {
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const n = first + i;
    return [x + n * ax, y + n * ay, z + n * az] as const;
  });
}

function expectFew(images: number, distance: number): void {
  if (images <= MOST_IMAGES) return;
  throw new RangeError(
    `cell: expected at most ${MOST_IMAGES} images of the points within the cutoff of ${distance} (input units), got ${images}`,
  );
}

/** The vectors b in the span of the given ones with aᵢ·bⱼ = δᵢⱼ. @throws RangeError where there are none */
function reciprocalOf(vectors: readonly Vector[]): Vector[] {
  // Gram-Schmidt: what is left of a vector without its parts along the others is as long as the cell is high there.
  return vectors.map((vector, i) => {
    const others = orthonormal(vectors.filter((_, j) => j !== i));
    const height = others.reduce((rest, unit) => without(rest, unit), without(vector, [0, 0, 0]));
    const square = along(height, ...height);
    if (square < LEAST_VOLUME ** 2 * along(vector, ...vector)) {
      throw new RangeError(
        `cell: expected vectors that span a cell, got ${vectors.map((v) => v.join(' ')).join(', ')}`,
      );
    }
    return [height[0] / square, height[1] / square, height[2] / square] as const;
  });
}

function orthonormal(vectors: readonly Vector[]): Vector[] {
  const units: Vector[] = [];
  for (const vector of vectors) {
    const rest = units.reduce(without, vector);
    const length = Math.hypot(...rest);
    if (length > 0) units.push([rest[0] / length, rest[1] / length, rest[2] / length]);
  }
  return units;
}

function without(vector: Vector, unit: Vector): Vector {
  const part = along(unit, ...vector);
  return [vector[0] - part * unit[0], vector[1] - part * unit[1], vector[2] - part * unit[2]];
}
