import { SequentialRandom } from '#dist/learning/random.js';

/** Points of a closed curve that bends through every dimension: (cos kt, sin kt) for k = 1, 2, 3, with a little noise. */
export function curve(rows: number, seed = 1): Float32Array {
  const random = new SequentialRandom(seed, 0);
  return Float32Array.from(
    Array.from({ length: rows }, () => {
      const t = 2 * Math.PI * random.uniform();
      return [1, 2, 3].flatMap((k) =>
        [Math.cos(k * t), Math.sin(k * t)].map((x) => x + 0.02 * (random.uniform() - 0.5)),
      );
    }).flat(),
  );
}

/** Gaussian-like rows whose columns are mixed and of very unequal scale. */
export function ellipsoid(rows: number, scales: readonly number[], seed = 1): Float32Array {
  const random = new SequentialRandom(seed, 0);
  return Float32Array.from(
    Array.from({ length: rows }, () => {
      const z = scales.map((scale) => scale * (random.uniform() + random.uniform() - 1));
      return z.map((x, i) => x + 0.5 * z[(i + 1) % z.length]! + 0.1 * i);
    }).flat(),
  );
}
