import { coefficientRow, coefficientRowBytes } from './coefficients';
import { lMax, nMax, nPadded } from './settings';
import { Four, One, Three, Two } from './numbers';
import { multiplyAdd } from './simd';

/**
 * Writes P_nn'l = scale π √(8/(2l+1)) Σ_m c_nlm c_n'lm of two channels, in the order l, n, n', where n' begins at n if they are one
 * channel.
 *
 * @returns where the next block goes
 */
@inline
export function contractBlock<T>(left: i32, right: i32, isTriangular: bool, scale: f64, to: usize): usize {
  for (let l = 0; l <= lMax; l++) {
    const factor = scale * Math.PI * sqrt(8 / <f64>(2 * l + 1));
    const leftRow = coefficientRow(l) + 8 * <usize>(left * nPadded);
    const rightRow = coefficientRow(l) + 8 * <usize>(right * nPadded);
    for (let n = 0; n < nMax; n += 2) {
      const first = isTriangular ? n : 0;
      const next = isTriangular ? n + 1 : 0;
      const nextTo = to + <usize>(nMax - first) * sizeof<T>();
      for (let at = 0; at < nMax - first; at += 8) {
        const count = min(8, nMax - first - at);
        const nextCount = n + 1 < nMax ? min(8, nMax - next - at) : 0;
        contractTwo<T>(
          leftRow + 8 * <usize>n,
          rightRow + 8 * <usize>(first + at),
          rightRow + 8 * <usize>(next + at),
          2 * l + 1,
          factor,
          to + <usize>at * sizeof<T>(),
          count,
          nextTo + <usize>at * sizeof<T>(),
          nextCount,
        );
      }
      to = n + 1 < nMax ? nextTo + <usize>(nMax - next) * sizeof<T>() : nextTo;
    }
  }
  return to;
}

/** The function n with `count` functions n', eight at most, and the function n + 1 with `nextCount`. */
@inline
function contractTwo<T>(
  left: usize,
  right: usize,
  nextRight: usize,
  rows: i32,
  factor: f64,
  to: usize,
  count: i32,
  nextTo: usize,
  nextCount: i32,
): void {
  switch ((count + 1) >> 1) {
    case 1:
      contractVectors<T, One>(left, right, nextRight, rows, factor, to, count, nextTo, nextCount);
      break;
    case 2:
      contractVectors<T, Two>(left, right, nextRight, rows, factor, to, count, nextTo, nextCount);
      break;
    case 3:
      contractVectors<T, Three>(left, right, nextRight, rows, factor, to, count, nextTo, nextCount);
      break;
    default:
      contractVectors<T, Four>(left, right, nextRight, rows, factor, to, count, nextTo, nextCount);
  }
}

/** In V vectors each. What is read beyond the counts is not written. */
@inline
function contractVectors<T, V>(
  left: usize,
  right: usize,
  nextRight: usize,
  rows: i32,
  factor: f64,
  to: usize,
  count: i32,
  nextTo: usize,
  nextCount: i32,
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
    a0 = multiplyAdd<f64>(a, v128.load(right), a0);
    b0 = multiplyAdd<f64>(b, v128.load(nextRight), b0);
    if (offsetof<V>() > 1) {
      a1 = multiplyAdd<f64>(a, v128.load(right, 16), a1);
      b1 = multiplyAdd<f64>(b, v128.load(nextRight, 16), b1);
    }
    if (offsetof<V>() > 2) {
      a2 = multiplyAdd<f64>(a, v128.load(right, 32), a2);
      b2 = multiplyAdd<f64>(b, v128.load(nextRight, 32), b2);
    }
    if (offsetof<V>() > 3) {
      a3 = multiplyAdd<f64>(a, v128.load(right, 48), a3);
      b3 = multiplyAdd<f64>(b, v128.load(nextRight, 48), b3);
    }
    left += step;
    right += step;
    nextRight += step;
  } while (left < end);
  const f = f64x2.splat(factor);
  writeRow<T, V>(to, f64x2.mul(a0, f), f64x2.mul(a1, f), f64x2.mul(a2, f), f64x2.mul(a3, f), count);
  writeRow<T, V>(nextTo, f64x2.mul(b0, f), f64x2.mul(b1, f), f64x2.mul(b2, f), f64x2.mul(b3, f), nextCount);
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
