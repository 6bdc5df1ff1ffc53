import { coefficientRow, coefficientRowBytes } from './coefficients';
import { lMax, nMax, nPadded } from './settings';
import { Four, One, Three, Two } from './numbers';
import { multiplyAdd } from './simd';

/**
 * Writes P_nn'l = Σ_m c_nlm c_n'lm of two channels, in the order l, n, n', where n' begins at n if they are one channel. The host has
 * put what else the power spectrum is made of into the norms of the coefficients.
 *
 * @returns where the next block goes
 */
@inline
export function contractBlock<T>(left: i32, right: i32, isTriangular: bool, to: usize): usize {
  for (let l = 0; l <= lMax; l++) {
    const leftRow = coefficientRow(l) + 8 * <usize>(left * nPadded);
    const rightRow = coefficientRow(l) + 8 * <usize>(right * nPadded);
    for (let n = 0; n < nMax; n += 2) {
      const first = isTriangular ? n : 0;
      const length = <usize>(nMax - first) * sizeof<T>();
      // Row n + 1 is computed from n' = n on too. In a triangle that product belongs to row n, whose last one takes its place.
      const next = to + length - (isTriangular ? sizeof<T>() : 0);
      for (let at = first; at < nMax; at += 8) {
        const offset = <usize>(at - first) * sizeof<T>();
        contractTwo<T>(
          leftRow + 8 * <usize>n,
          rightRow + 8 * <usize>at,
          2 * l + 1,
          to + offset,
          n + 1 < nMax ? next + offset : 0,
          min(8, nMax - at),
        );
      }
      to = n + 1 < nMax ? next + length : to + length;
    }
  }
  return to;
}

/** The functions n and n + 1 with `count` functions n', eight at most; the function n alone where `next` is 0. */
@inline
function contractTwo<T>(left: usize, right: usize, rows: i32, to: usize, next: usize, count: i32): void {
  switch ((count + 1) >> 1) {
    case 1:
      contractVectors<T, One>(left, right, rows, to, next, count);
      break;
    case 2:
      contractVectors<T, Two>(left, right, rows, to, next, count);
      break;
    case 3:
      contractVectors<T, Three>(left, right, rows, to, next, count);
      break;
    default:
      contractVectors<T, Four>(left, right, rows, to, next, count);
  }
}

/** In V vectors each. What is read beyond the count is not written. */
@inline
function contractVectors<T, V>(
  left: usize,
  right: usize,
  rows: i32,
  to: usize,
  next: usize,
  count: i32,
): void {
  const zero = f64x2.splat(0);
  let a0 = zero;
  let a1 = zero;
  let a2 = zero;
  let a3 = zero;
  let b0 = zero;
  let b1 = zero;
  let b2 = zero;
  let b3 = zero;
  const step = coefficientRowBytes();
  const end = left + <usize>rows * step;
  do {
    const a = v128.load64_splat(left);
    const b = v128.load64_splat(left, 8);
    const r0 = v128.load(right);
    a0 = multiplyAdd<f64>(a, r0, a0);
    b0 = multiplyAdd<f64>(b, r0, b0);
    if (offsetof<V>() > 1) {
      const r1 = v128.load(right, 16);
      a1 = multiplyAdd<f64>(a, r1, a1);
      b1 = multiplyAdd<f64>(b, r1, b1);
    }
    if (offsetof<V>() > 2) {
      const r2 = v128.load(right, 32);
      a2 = multiplyAdd<f64>(a, r2, a2);
      b2 = multiplyAdd<f64>(b, r2, b2);
    }
    if (offsetof<V>() > 3) {
      const r3 = v128.load(right, 48);
      a3 = multiplyAdd<f64>(a, r3, a3);
      b3 = multiplyAdd<f64>(b, r3, b3);
    }
    left += step;
    right += step;
  } while (left < end);
  if (next != 0) writeRow<T, V>(next, b0, b1, b2, b3, count);
  writeRow<T, V>(to, a0, a1, a2, a3, count);
}

/** The first `count` numbers of V vectors. */
@inline
function writeRow<T, V>(to: usize, a: v128, b: v128, c: v128, d: v128, count: i32): void {
  if (count == 2 * <i32>offsetof<V>()) {
    writePair<T>(to, a);
    if (offsetof<V>() > 1) writePair<T>(to + 2 * sizeof<T>(), b);
    if (offsetof<V>() > 2) writePair<T>(to + 4 * sizeof<T>(), c);
    if (offsetof<V>() > 3) writePair<T>(to + 6 * sizeof<T>(), d);
  } else {
    writeUpTo<T>(to, a, count);
    if (offsetof<V>() > 1) writeUpTo<T>(to + 2 * sizeof<T>(), b, count - 2);
    if (offsetof<V>() > 2) writeUpTo<T>(to + 4 * sizeof<T>(), c, count - 4);
    if (offsetof<V>() > 3) writeUpTo<T>(to + 6 * sizeof<T>(), d, count - 6);
  }
}

@inline
function writePair<T>(to: usize, values: v128): void {
  if (sizeof<T>() == 8) v128.store(to, values);
  else v128.store64_lane(to, f32x4.demote_f64x2_zero(values), 0);
}

/** As many of a pair as are left. */
@inline
function writeUpTo<T>(to: usize, values: v128, left: i32): void {
  if (left > 1) writePair<T>(to, values);
  else if (left == 1) store<T>(to, <T>f64x2.extract_lane(values, 0));
}
