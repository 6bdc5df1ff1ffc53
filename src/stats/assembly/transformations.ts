import { multiplyAdd, subtractProduct } from '../../soap/assembly/simd';

/** Columns that all rotations are applied to before the next: of 4,000 rows they are 0.5 MB, and stay in the second-level cache. */
const PANEL: usize = 8 * 16;

/**
 * Rotates pairs of neighbouring rows, one rotation after the other: (z_i, z_i+1) becomes (c z_i − s z_i+1, s z_i + c z_i+1). Of the rows
 * only the columns from `start` to `end` are.
 *
 * @param rotations i, c and s of each, as three numbers
 */
export function rotateRows(z: usize, columns: i32, start: i32, end: i32, rotations: usize, count: i32): void {
  const bytes: usize = 8 * <usize>columns;
  const last = rotations + 24 * <usize>count;
  for (let left: usize = 8 * <usize>start; left < 8 * <usize>end; left += PANEL) {
    const right = min(left + PANEL, 8 * <usize>end);
    for (let each = rotations; each < last; each += 24) {
      const row = z + <usize>load<f64>(each) * bytes;
      rotatePair(row + left, row + bytes + left, right - left, load<f64>(each, 8), load<f64>(each, 16));
    }
  }
}

@inline
function rotatePair(one: usize, other: usize, bytes: usize, c: f64, s: f64): void {
  const cs = f64x2.splat(c);
  const ss = f64x2.splat(s);
  let at: usize = 0;
  for (; at + 32 <= bytes; at += 32) {
    const a = v128.load(one + at);
    const b = v128.load(other + at);
    const a2 = v128.load(one + at, 16);
    const b2 = v128.load(other + at, 16);
    v128.store(one + at, subtractProduct<f64>(ss, b, f64x2.mul(cs, a)));
    v128.store(other + at, multiplyAdd<f64>(ss, a, f64x2.mul(cs, b)));
    v128.store(one + at, subtractProduct<f64>(ss, b2, f64x2.mul(cs, a2)), 16);
    v128.store(other + at, multiplyAdd<f64>(ss, a2, f64x2.mul(cs, b2)), 16);
  }
  for (; at < bytes; at += 8) {
    const a = load<f64>(one + at);
    const b = load<f64>(other + at);
    store<f64>(one + at, c * a - s * b);
    store<f64>(other + at, s * a + c * b);
  }
}

/** z −= τ (z · v) v for each of `rows` rows, two at a time; v and the rows from number `first` on. */
export function reflectRows(z: usize, columns: i32, rows: i32, v: usize, first: i32, tau: f64): void {
  const bytes: usize = 8 * <usize>columns;
  const from: usize = 8 * <usize>first;
  let row = 0;
  for (; row + 2 <= rows; row += 2) {
    reflectPair(z, z + bytes, v, from, bytes, tau);
    z += 2 * bytes;
  }
  if (row < rows) reflectOne(z, v, from, bytes, tau);
}

@inline
function reflectPair(one: usize, other: usize, v: usize, from: usize, end: usize, tau: f64): void {
  let sums = f64x2.splat(0);
  let others = f64x2.splat(0);
  let at = from;
  for (; at + 16 <= end; at += 16) {
    const v2 = v128.load(v + at);
    sums = multiplyAdd<f64>(v128.load(one + at), v2, sums);
    others = multiplyAdd<f64>(v128.load(other + at), v2, others);
  }
  let product = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  let otherProduct = f64x2.extract_lane(others, 0) + f64x2.extract_lane(others, 1);
  if (at < end) {
    product += load<f64>(one + at) * load<f64>(v + at);
    otherProduct += load<f64>(other + at) * load<f64>(v + at);
  }
  product *= tau;
  otherProduct *= tau;
  const products = f64x2.splat(product);
  const otherProducts = f64x2.splat(otherProduct);
  at = from;
  for (; at + 16 <= end; at += 16) {
    const v2 = v128.load(v + at);
    v128.store(one + at, subtractProduct<f64>(products, v2, v128.load(one + at)));
    v128.store(other + at, subtractProduct<f64>(otherProducts, v2, v128.load(other + at)));
  }
  if (at < end) {
    store<f64>(one + at, load<f64>(one + at) - product * load<f64>(v + at));
    store<f64>(other + at, load<f64>(other + at) - otherProduct * load<f64>(v + at));
  }
}

@inline
function reflectOne(z: usize, v: usize, from: usize, end: usize, tau: f64): void {
  let product: f64 = 0;
  for (let at = from; at < end; at += 8) product += load<f64>(z + at) * load<f64>(v + at);
  product *= tau;
  for (let at = from; at < end; at += 8) store<f64>(z + at, load<f64>(z + at) - product * load<f64>(v + at));
}
