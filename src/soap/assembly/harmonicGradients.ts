import { harmonicFactors } from './harmonics';
import { reserve } from './memory';
import { norm } from './norms';
import { lMax } from './settings';
import { multiplyAdd } from './simd';

/**
 * The harmonics of one direction, and the gradients of r^l Y_lm there, both times the factors of `norms`: four arrays of (lMax+1)², f64,
 * in the order of the coefficients, of l m = 0, cos φ, sin φ, cos 2φ … So cos mφ and sin mφ make a vector.
 */
export let harmonicsOfPoint: usize = 0;
export let gradientsX: usize = 0;
export let gradientsY: usize = 0;
export let gradientsZ: usize = 0;

/** a_lm, u_lm and d_lm of `../derivatives/harmonicGradients.ts` for each l and m ≥ 0, with what `norms` has of l beyond l - 1; f64. */
let factors: usize = 0;

export function configureHarmonicGradients(): void {
  const bytes: usize = 8 * <usize>((lMax + 1) * (lMax + 1));
  // What stands beyond the last l is read by the recurrences, and multiplied by zero.
  harmonicsOfPoint = reserve(bytes + 32);
  gradientsX = reserve(bytes);
  gradientsY = reserve(bytes);
  gradientsZ = reserve(bytes);
  factors = reserve(12 * <usize>((lMax + 1) * (lMax + 2)));
}

/** Where the host writes a, u and d, for each l from 0 and m from 0 to l. */
export function gradientFactors(): usize {
  return factors;
}

/** @param rr 1, or 0 where x = y = z = 0 */
export function writeHarmonicGradients(x: f64, y: f64, z: f64, rr: f64): void {
  writeHarmonics(x, y, z, rr);
  writeGradients();
}

/** By the recurrences of `harmonics.ts`. */
@inline
function writeHarmonics(x: f64, y: f64, z: f64, rr: f64): void {
  let factor = harmonicFactors();
  let cos: f64 = 1;
  let sin: f64 = 0;
  for (let m = 0; m <= lMax; m++) {
    const sector = f64x2(cos, sin);
    let q: f64 = 1;
    let previous: f64 = 0;
    for (let l = m; ; l++) {
      const value = v128.mul<f64>(sector, f64x2.splat(q * norm(l, m)));
      if (m == 0) v128.store64_lane(harmonicsOfPoint + 8 * <usize>(l * l), value, 0);
      else v128.store(harmonicsOfPoint + 8 * <usize>(l * l + 2 * m - 1), value);
      if (l == lMax) break;
      const next = load<f64>(factor) * z * q - rr * previous;
      factor += 8;
      previous = q;
      q = next;
    }
    const turned = x * cos - y * sin;
    sin = x * sin + y * cos;
    cos = turned;
  }
}

/** By the recurrences of `../derivatives/harmonicGradients.ts`, of cos mφ and sin mφ at once. */
@inline
function writeGradients(): void {
  const zero = f64x2.splat(0);
  v128.store64_lane(gradientsX, zero, 0);
  v128.store64_lane(gradientsY, zero, 0);
  v128.store64_lane(gradientsZ, zero, 0);
  let factor = factors + 24;
  for (let l = 1; l <= lMax; l++) {
    const at: usize = 8 * <usize>(l * l);
    const previous = harmonicsOfPoint + 8 * <usize>((l - 1) * (l - 1));

    // m = 0
    const up = v128.mul<f64>(v128.load64_splat(factor, 8), v128.load(previous, 8));
    v128.store64_lane(gradientsX + at, v128.neg<f64>(up), 0);
    v128.store64_lane(gradientsY + at, v128.neg<f64>(up), 1);
    v128.store64_lane(gradientsZ + at, v128.mul<f64>(v128.load64_splat(factor), v128.load64_zero(previous)), 0);
    factor += 24;

    let below = v128.load64_zero(previous); // of m - 1; sin 0φ is 0
    let same = v128.load(previous, 8);
    for (let m = 1; m <= l; m++) {
      const above = v128.load(previous + 8 * <usize>(2 * m + 1));
      const to: usize = at + 8 * <usize>(2 * m - 1);
      const up = v128.mul<f64>(v128.load64_splat(factor, 8), above);
      const down = v128.load64_splat(factor, 16);
      const turned = multiplyAdd<f64>(down, below, up);
      v128.store(gradientsX + to, v128.sub<f64>(v128.mul<f64>(down, below), up));
      v128.store(gradientsY + to, v128.mul<f64>(f64x2(-1, 1), v128.shuffle<f64>(turned, turned, 1, 0)));
      v128.store(gradientsZ + to, v128.mul<f64>(v128.load64_splat(factor), same));
      below = same;
      same = above;
      factor += 24;
    }
  }
}
