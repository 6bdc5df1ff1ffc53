import { coefficientRow, coefficientRowBytes } from './coefficients';
import { lMax, nMax, nPadded } from './settings';
import { Four, One, Three, Two } from './numbers';
import { multiplyAdd } from './simd';

/**
 * Writes P_nn'l = scale π √(8/(2l+1)) Σ_m c_nlm c_n'lm of two channels, in the order l, n, n', where n' begins at n if they are one
 * channel. Whole vectors are written: the next rows write over what is too much, and there is room for it after the last.
 *
 * @returns where the next block goes
 */
@inline
export function contractBlock<T>(left: i32, right: i32, isTriangular: bool, scale: f64, to: usize): usize {
  for (let l = 0; l <= lMax; l++) {
    const factor = scale * Math.PI * sqrt(8 / <f64>(2 * l + 1));
    const leftRow = coefficientRow(l) + 8 * <usize>(left * nPadded);
    const rightRow = coefficientRow(l) + 8 * <usize>(right * nPadded);
    for (let n = 0; n < nMax; n++) {
      for (let other = isTriangular ? n : 0; other < nMax; other += 8) {
        const count = min(8, nMax - other);
        contract<T>((count + 1) >> 1, leftRow + 8 * <usize>n, rightRow + 8 * <usize>other, 2 * l + 1, factor, to);
        to += <usize>count * sizeof<T>();
      }
    }
  }
  return to;
}

@inline
function contract<T>(vectors: i32, left: usize, right: usize, rows: i32, factor: f64, to: usize): void {
  switch (vectors) {
    case 1:
      contractVectors<T, One>(left, right, rows, factor, to);
      break;
    case 2:
      contractVectors<T, Two>(left, right, rows, factor, to);
      break;
    case 3:
      contractVectors<T, Three>(left, right, rows, factor, to);
      break;
    default:
      contractVectors<T, Four>(left, right, rows, factor, to);
  }
}

/** One function n with up to eight functions n', in V vectors. */
@inline
function contractVectors<T, V>(left: usize, right: usize, rows: i32, factor: f64, to: usize): void {
  const zero = f64x2.splat(0);
  let a0 = zero;
  let a1 = zero;
  let a2 = zero;
  let a3 = zero;
  for (let m = 0; m < rows; m++) {
    const c = v128.load64_splat(left);
    a0 = multiplyAdd<f64>(c, v128.load(right), a0);
    if (offsetof<V>() > 1) a1 = multiplyAdd<f64>(c, v128.load(right, 16), a1);
    if (offsetof<V>() > 2) a2 = multiplyAdd<f64>(c, v128.load(right, 32), a2);
    if (offsetof<V>() > 3) a3 = multiplyAdd<f64>(c, v128.load(right, 48), a3);
    left += coefficientRowBytes();
    right += coefficientRowBytes();
  }
  const f = f64x2.splat(factor);
  write<T>(to, f64x2.mul(a0, f));
  if (offsetof<V>() > 1) write<T>(to + 2 * sizeof<T>(), f64x2.mul(a1, f));
  if (offsetof<V>() > 2) write<T>(to + 4 * sizeof<T>(), f64x2.mul(a2, f));
  if (offsetof<V>() > 3) write<T>(to + 6 * sizeof<T>(), f64x2.mul(a3, f));
}

@inline
function write<T>(to: usize, values: v128): void {
  if (sizeof<T>() == 8) v128.store(to, values);
  else v128.store64_lane(to, f32x4.demote_f64x2_zero(values), 0);
}
