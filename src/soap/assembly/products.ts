import { coefficientRow, coefficientRowBytes } from './coefficients';
import { firstSectorRow, zonalRow } from './harmonics';
import { norm } from './norms';
import { Four, One, Three, Two } from './numbers';
import { radialFunction } from './radialColumns';
import { lMax, nMax, STRIDE } from './settings';
import { multiplyAdd } from './simd';

/**
 * Adds a block to the coefficients of a channel: c_nlm += Σ_p G_nl(p) Y_lm(p), for each l a product of nMax rows with 2l + 1 rows.
 * Four rows times two stay in registers: six loads for eight products.
 */
export function addProducts<T>(channel: i32, columns: i32): void {
  const bytes = <usize>columns * sizeof<T>();
  for (let l = 0; l <= lMax; l++) {
    for (let n = 0; n < nMax; n += 4) {
      const coefficients = coefficientRow(l) + 8 * <usize>(channel * nMax + n);
      const radial = radialFunction<T>(l * nMax + n);
      switch (min(4, nMax - n)) {
        case 1:
          addDegree<T, One>(l, radial, bytes, coefficients);
          break;
        case 2:
          addDegree<T, Two>(l, radial, bytes, coefficients);
          break;
        case 3:
          addDegree<T, Three>(l, radial, bytes, coefficients);
          break;
        default:
          addDegree<T, Four>(l, radial, bytes, coefficients);
      }
    }
  }
}

/** R functions times all harmonics of degree l. */
@inline
function addDegree<T, R>(l: i32, radial: usize, bytes: usize, coefficients: usize): void {
  addOne<T, R>(radial, zonalRow<T>(l), bytes, coefficients, norm(l, 0));
  let row = firstSectorRow<T>(l);
  for (let m = 1; m <= l; m++) {
    coefficients += coefficientRowBytes();
    addTwo<T, R>(radial, row, bytes, coefficients, norm(l, m));
    coefficients += coefficientRowBytes();
    row += 2 * <usize>(lMax - m) * STRIDE * sizeof<T>();
  }
}

/** One row of harmonics. */
@inline
function addOne<T, R>(radial: usize, harmonic: usize, bytes: usize, coefficients: usize, scale: f64): void {
  const zero = v128.splat<T>(<T>0);
  let a0 = zero;
  let a1 = zero;
  let a2 = zero;
  let a3 = zero;
  const end = harmonic + bytes;
  do {
    const y = v128.load(harmonic);
    a0 = multiplyAdd<T>(v128.load(radial), y, a0);
    if (offsetof<R>() > 1) a1 = multiplyAdd<T>(v128.load(radial, STRIDE * sizeof<T>()), y, a1);
    if (offsetof<R>() > 2) a2 = multiplyAdd<T>(v128.load(radial, 2 * STRIDE * sizeof<T>()), y, a2);
    if (offsetof<R>() > 3) a3 = multiplyAdd<T>(v128.load(radial, 3 * STRIDE * sizeof<T>()), y, a3);
    harmonic += 16;
    radial += 16;
  } while (harmonic < end);
  addSums<T, R>(a0, a1, a2, a3, coefficients, scale);
}

/** The rows of cos mφ and sin mφ. */
@inline
function addTwo<T, R>(radial: usize, harmonic: usize, bytes: usize, coefficients: usize, scale: f64): void {
  const zero = v128.splat<T>(<T>0);
  let a0 = zero;
  let a1 = zero;
  let a2 = zero;
  let a3 = zero;
  let b0 = zero;
  let b1 = zero;
  let b2 = zero;
  let b3 = zero;
  const end = harmonic + bytes;
  do {
    const c = v128.load(harmonic);
    const s = v128.load(harmonic, STRIDE * sizeof<T>());
    const g0 = v128.load(radial);
    a0 = multiplyAdd<T>(g0, c, a0);
    b0 = multiplyAdd<T>(g0, s, b0);
    if (offsetof<R>() > 1) {
      const g1 = v128.load(radial, STRIDE * sizeof<T>());
      a1 = multiplyAdd<T>(g1, c, a1);
      b1 = multiplyAdd<T>(g1, s, b1);
    }
    if (offsetof<R>() > 2) {
      const g2 = v128.load(radial, 2 * STRIDE * sizeof<T>());
      a2 = multiplyAdd<T>(g2, c, a2);
      b2 = multiplyAdd<T>(g2, s, b2);
    }
    if (offsetof<R>() > 3) {
      const g3 = v128.load(radial, 3 * STRIDE * sizeof<T>());
      a3 = multiplyAdd<T>(g3, c, a3);
      b3 = multiplyAdd<T>(g3, s, b3);
    }
    harmonic += 16;
    radial += 16;
  } while (harmonic < end);
  addSums<T, R>(a0, a1, a2, a3, coefficients, scale);
  addSums<T, R>(b0, b1, b2, b3, coefficients + coefficientRowBytes(), scale);
}

/** Adds the sums over the lanes, times the scale, to R consecutive coefficients, which are float64 in any case. */
@inline
function addSums<T, R>(a: v128, b: v128, c: v128, d: v128, coefficients: usize, scale: f64): void {
  let ab = a;
  let cd = c;
  if (sizeof<T>() == 8) {
    ab = f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
    if (offsetof<R>() > 2) cd = f64x2.add(v128.shuffle<f64>(c, d, 0, 2), v128.shuffle<f64>(c, d, 1, 3));
  } else {
    ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
    cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
    const sums = f32x4.add(v128.shuffle<f64>(ab, cd, 0, 2), v128.shuffle<f64>(ab, cd, 1, 3));
    ab = f64x2.promote_low_f32x4(sums);
    if (offsetof<R>() > 2) cd = f64x2.promote_low_f32x4(v128.shuffle<f64>(sums, sums, 1, 1));
  }
  const factor = f64x2.splat(scale);
  addPair<R, Two>(coefficients, f64x2.mul(ab, factor));
  if (offsetof<R>() > 2) addPair<R, Four>(coefficients + 16, f64x2.mul(cd, factor));
}

/** Both of a pair that ends with function N of R, or the first alone if there are fewer. */
@inline
function addPair<R, N>(coefficients: usize, sums: v128): void {
  if (offsetof<R>() >= offsetof<N>()) v128.store(coefficients, f64x2.add(v128.load(coefficients), sums));
  else store<f64>(coefficients, load<f64>(coefficients) + f64x2.extract_lane(sums, 0));
}
