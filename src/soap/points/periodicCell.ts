/** How a cloud repeats. */
export interface Cell {
  /** a, b and c, row by row, in input units. A vector along which nothing repeats may be anything. */
  readonly vectors: ArrayLike<number>;
  /** Along which of them the cloud repeats; default: all. */
  readonly periodic?: ArrayLike<boolean | number> | undefined;
}

/** Images that a cloud may have, however few its points are: a second, and some hundred megabytes. */
const MOST_IMAGES = 2 ** 20;

/** Images that each of many points may have: as many as cells of the cutoff's size give. */
const MOST_IMAGES_EACH = 27;

/** The shortest and the longest vector, input units: beyond them float64 cannot hold the powers. */
const LENGTHS = [1e-100, 1e100] as const;

/** Vectors whose volume is smaller than this share of the product of their lengths span none. */
const LEAST_VOLUME = 1e-6;

/** By more than rounding can change a fractional coordinate. */
const SLACK = 1e-9;

/** As many cells away from home a coordinate still tells a millionth of a cell. */
const FARTHEST = 2 ** 32;

/** Points, each maybe many times. */
interface Images {
  readonly positions: Float64Array; // input units; those of a point lie together
  readonly numbers: Uint32Array; // of each image that of its point
}

type Vector = readonly [x: number, y: number, z: number];

/** In place of a vector along which nothing repeats. */
const NOWHERE: Vector = [0, 0, 0];

/** The vectors along which a cloud repeats, and what they do to positions. */
export class PeriodicCell {
  /** a, b and c; zero where the cloud does not repeat. */
  readonly #vectors: readonly Vector[];
  /** A position's product with each of them is its fractional coordinate along that vector; zero where the cloud does not repeat. */
  readonly #reciprocal: readonly Vector[];

  /** @throws RangeError naming the vector */
  constructor({ vectors, periodic = [true, true, true] }: Cell) {
    if (vectors?.length !== 9) {
      throw new RangeError(
        `cell: expected vectors of 9 numbers (a, b and c, row by row), got ${vectors?.length ?? 'none'}`,
      );
    }
    if (periodic.length !== 3) {
      throw new RangeError(
        `cell: expected periodic to tell of a, b and c whether it repeats, got ${periodic.length ?? 1} values`,
      );
    }
    this.#vectors = [0, 1, 2].map((i) =>
      periodic[i] ? [vectors[3 * i]!, vectors[3 * i + 1]!, vectors[3 * i + 2]!] : NOWHERE,
    );
    for (const vector of this.#vectors) {
      if (vector !== NOWHERE) checkVector(vector);
    }
    this.#reciprocal = reciprocalOf(this.#vectors);
  }

  /**
   * Positions (N×3, input units) moved by whole vectors into the cell: equal ones stay equal, bit by bit.
   *
   * @throws RangeError for one so far away that too little is left of it
   */
  wrapped(positions: Float64Array): Float64Array {
    const moved = positions.slice();
    for (let at = 0; at < moved.length; at += 3) {
      for (let i = 0; i < 3; i++) {
        const cells = Math.floor(this.#fraction(i, positions, at));
        if (cells === 0) continue;
        if (!(Math.abs(cells) <= FARTHEST)) {
          throw new RangeError(
            `position ${at / 3}: expected one at most ${FARTHEST} cells away from the first, got ${positions.subarray(at, at + 3).join(' ')}`,
          );
        }
        for (let axis = 0; axis < 3; axis++) moved[at + axis]! -= cells * this.#vectors[i]![axis]!;
      }
    }
    return moved;
  }

  /**
   * All images of the points that are within a distance from some place in the cell, and a few more.
   *
   * @param points N×3, input units
   * @param distance input units
   * @throws RangeError if there are more than MOST_IMAGES, and than MOST_IMAGES_EACH for each point
   */
  images(points: Float64Array, distance: number): Images {
    const home = this.wrapped(points);
    const ranges = this.#ranges(home, (i) => distance * Math.hypot(...this.#reciprocal[i]!) + SLACK);
    const count = countImages(ranges);
    const most = Math.max(MOST_IMAGES, MOST_IMAGES_EACH * (points.length / 3));
    if (count > most) {
      throw new RangeError(
        `cell: expected at most ${most} images of the points within the cutoff of ${distance} (input units), got ${count}`,
      );
    }
    return this.#imagesIn(home, ranges, count);
  }

  /** The points in the cell (N×3, input units), and their images outside as far as `margin` from it, a share of a cell. */
  nearHome(home: Float64Array, margin: number): Images {
    const ranges = this.#ranges(home, () => margin);
    return this.#imagesIn(home, ranges, countImages(ranges));
  }

  #imagesIn(home: Float64Array, ranges: Float64Array, count: number): Images {
    const positions = new Float64Array(3 * count);
    const numbers = new Uint32Array(count);
    const [a, b, c] = this.#vectors as [Vector, Vector, Vector];
    let image = 0;
    for (let point = 0; point < home.length / 3; point++) {
      const r = 6 * point;
      for (let i = ranges[r]!; i <= ranges[r + 1]!; i++) {
        for (let j = ranges[r + 2]!; j <= ranges[r + 3]!; j++) {
          for (let k = ranges[r + 4]!; k <= ranges[r + 5]!; k++, image++) {
            numbers[image] = point;
            positions[3 * image] = home[3 * point]! + i * a[0] + j * b[0] + k * c[0];
            positions[3 * image + 1] = home[3 * point + 1]! + i * a[1] + j * b[1] + k * c[1];
            positions[3 * image + 2] = home[3 * point + 2]! + i * a[2] + j * b[2] + k * c[2];
          }
        }
      }
    }
    return { positions, numbers };
  }

  /**
   * Of each point in the cell the first and the last image along a, b and c: N×3×2.
   *
   * @param marginAlong how far beyond the cell along each, as a share of it
   */
  #ranges(home: Float64Array, marginAlong: (i: number) => number): Float64Array {
    const ranges = new Float64Array(2 * home.length);
    for (let i = 0; i < 3; i++) {
      if (this.#vectors[i] === NOWHERE) continue;
      const margin = marginAlong(i);
      for (let at = 0; at < home.length; at += 3) {
        const fraction = this.#fraction(i, home, at);
        ranges[2 * (at + i)] = Math.ceil(-margin - fraction);
        ranges[2 * (at + i) + 1] = Math.floor(1 + margin - fraction);
      }
    }
    return ranges;
  }

  /** The i-th fractional coordinate of the position that starts there. */
  #fraction(i: number, positions: Float64Array, at: number): number {
    const [bx, by, bz] = this.#reciprocal[i]!;
    return bx * positions[at]! + by * positions[at + 1]! + bz * positions[at + 2]!;
  }
}

function checkVector(vector: Vector): void {
  const told = vector.join(' ');
  if (!vector.every(Number.isFinite) || vector.every((x) => x === 0)) {
    throw new RangeError(`cell: expected vectors of finite numbers that are not all zero, got ${told}`);
  }
  const [least, most] = LENGTHS;
  const length = Math.hypot(...vector);
  if (length >= least && length <= most) return;
  throw new RangeError(`cell: expected vectors of a length from ${least} to ${most} (input units), got ${told}`);
}

function countImages(ranges: Float64Array): number {
  let count = 0;
  for (let r = 0; r < ranges.length; r += 6) {
    count +=
      (ranges[r + 1]! - ranges[r]! + 1) * (ranges[r + 3]! - ranges[r + 2]! + 1) * (ranges[r + 5]! - ranges[r + 4]! + 1);
  }
  return count;
}

/** The vectors b in the span of the given ones with aᵢ·bⱼ = δᵢⱼ; zero for those that are. @throws RangeError where there are none */
function reciprocalOf(vectors: readonly Vector[]): Vector[] {
  // Gram-Schmidt: what is left of a vector without its parts along the others is as long as the cell is high there.
  return vectors.map((vector, i) => {
    if (vector === NOWHERE) return NOWHERE;
    const others = orthonormal(vectors.filter((_, j) => j !== i));
    const height = others.reduce(without, vector);
    const square = product(height, height);
    if (!(square > 0) || square < LEAST_VOLUME ** 2 * product(vector, vector)) {
      throw new RangeError(
        `cell: expected vectors that span a cell, got ${vectors.map((each) => each.join(' ')).join(', ')}`,
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
  const part = product(unit, vector);
  return [vector[0] - part * unit[0], vector[1] - part * unit[1], vector[2] - part * unit[2]];
}

function product(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
