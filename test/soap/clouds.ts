/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** N×3 points in the cube [-size, size]³. */
export function randomCloud(random: () => number, nPoints: number, size: number): Float64Array {
  return Float64Array.from({ length: 3 * nPoints }, () => size * (2 * random() - 1));
}

/** A random rotation as a 3×3 matrix, row by row: z-y-z Euler angles. */
export function randomRotation(random: () => number): number[] {
  const alpha = 2 * Math.PI * random();
  const beta = Math.acos(2 * random() - 1);
  const gamma = 2 * Math.PI * random();
  return product(aboutZ(alpha), product(aboutY(beta), aboutZ(gamma)));
}

function aboutZ(angle: number): number[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [cos, -sin, 0, sin, cos, 0, 0, 0, 1];
}

function aboutY(angle: number): number[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [cos, 0, sin, 0, 1, 0, -sin, 0, cos];
}

/** 3×3 times 3×3. */
function product(a: readonly number[], b: readonly number[]): number[] {
  return a.map((_, i) => [0, 1, 2].reduce((sum, k) => sum + a[i - (i % 3) + k]! * b[3 * k + (i % 3)]!, 0));
}

/** matrix · point + shift for each of N×3 points. */
export function transform(points: Float64Array, matrix: readonly number[], shift = [0, 0, 0]): Float64Array {
  return points.map((_, i) => {
    const first = i - (i % 3);
    const row = 3 * (i % 3);
    return [0, 1, 2].reduce((sum, k) => sum + matrix[row + k]! * points[first + k]!, shift[i % 3]!);
  });
}

/** The largest difference between two rows, relative to the largest element of `expected`. */
export function rowError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [scale, error] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    error = Math.max(error, Math.abs(actual[i]! - expected[i]!));
  }
  return error / scale;
}
