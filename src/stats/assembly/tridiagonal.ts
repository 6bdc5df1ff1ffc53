import { multiplyAdd, subtractProduct } from '../../soap/assembly/simd';

/**
 * A step of the reduction of a symmetric matrix to a tridiagonal one, by a Householder reflection H = I − τ v vᵀ. Only the matrix on and
 * above the diagonal is read and written. Steps run from 0 to order − 1.
 *
 * Step i makes up for what step i − 1 left undone, A −= v wᵀ + w vᵀ, while it multiplies A by its own v: each step passes through the
 * matrix once. In the end row i has v behind the diagonal.
 *
 * @param vectors four times `order` numbers: diagonal, beside the diagonal, τ, and w, which is 0 at first
 * @param product `order` numbers of scratch
 * @see Dongarra, Sorensen, Hammarling 1989, doi:10.1016/0377-0427(89)90367-1
 */
export function tridiagonalStep(a: usize, order: i32, step: i32, vectors: usize, product: usize): void {
  const bytes: usize = 8 * <usize>order;
  const i: usize = 8 * <usize>step;
  const row = a + <usize>step * bytes;
  const w = vectors + 3 * bytes;
  const before = step > 0 ? row - bytes : w;
  subtractOuter(row, i, bytes, before, w);
  store<f64>(vectors + i, load<f64>(row + i));
  const first = i + 8;
  if (first >= bytes) return;
  const tau = makeReflection(row, first, bytes, vectors + bytes + i);
  store<f64>(vectors + 2 * bytes + i, tau);

  for (let at = first; at < bytes; at += 8) store<f64>(product + at, 0);
  let r = first;
  for (; r + 16 <= bytes; r += 16) multiplyTwoRows(a + (r >> 3) * bytes, bytes, r, before, w, row, product);
  if (r < bytes) multiplyLast(a + (r >> 3) * bytes, r, before, w, row, product);

  let sum: f64 = 0;
  for (let at = first; at < bytes; at += 8) sum += load<f64>(product + at) * load<f64>(row + at);
  const half = 0.5 * tau * tau * sum;
  for (let at = first; at < bytes; at += 8) {
    store<f64>(w + at, tau * load<f64>(product + at) - half * load<f64>(row + at));
  }
}

/** row[from…] −= v_i w + w_i v. */
@inline
function subtractOuter(row: usize, i: usize, end: usize, v: usize, w: usize): void {
  const vi = load<f64>(v + i);
  const wi = load<f64>(w + i);
  for (let at = i; at < end; at += 8) {
    store<f64>(row + at, load<f64>(row + at) - vi * load<f64>(w + at) - wi * load<f64>(v + at));
  }
}

/** Turns x = row[first…] into v, with v[first] = 1: H x = β e. Writes β, and returns τ: 0 where x has nothing but its first number. */
@inline
function makeReflection(row: usize, first: usize, end: usize, beside: usize): f64 {
  const head = load<f64>(row + first);
  let squares: f64 = 0;
  for (let at = first + 8; at < end; at += 8) squares += load<f64>(row + at) * load<f64>(row + at);
  store<f64>(row + first, 1);
  if (squares == 0) {
    for (let at = first + 8; at < end; at += 8) store<f64>(row + at, 0);
    store<f64>(beside, head);
    return 0;
  }
  const length = Math.sqrt(head * head + squares);
  const beta = head > 0 ? -length : length;
  const factor = 1 / (head - beta);
  for (let at = first + 8; at < end; at += 8) store<f64>(row + at, load<f64>(row + at) * factor);
  store<f64>(beside, beta);
  return (beta - head) / beta;
}

/** Rows r and r + 1 of A −= v wᵀ + w vᵀ, and what they contribute to p = A x, on both sides of the diagonal. */
function multiplyTwoRows(row: usize, bytes: usize, r: usize, v: usize, w: usize, x: usize, p: usize): void {
  const s = r + 8;
  const next = row + bytes;
  const vr = load<f64>(v + r);
  const wr = load<f64>(w + r);
  const xr = load<f64>(x + r);
  const vs = load<f64>(v + s);
  const ws = load<f64>(w + s);
  const xs = load<f64>(x + s);
  const rr = load<f64>(row + r) - 2 * vr * wr;
  const rs = load<f64>(row + s) - vr * ws - wr * vs;
  const ss = load<f64>(next + s) - 2 * vs * ws;
  store<f64>(row + r, rr);
  store<f64>(row + s, rs);
  store<f64>(next + s, ss);
  let pr = rr * xr + rs * xs;
  let ps = rs * xr + ss * xs;

  const vrs = f64x2.splat(vr);
  const wrs = f64x2.splat(wr);
  const xrs = f64x2.splat(xr);
  const vss = f64x2.splat(vs);
  const wss = f64x2.splat(ws);
  const xss = f64x2.splat(xs);
  let prs = f64x2.splat(0);
  let pss = f64x2.splat(0);
  let at = s + 8;
  for (; at + 16 <= bytes; at += 16) {
    const w2 = v128.load(w + at);
    const v2 = v128.load(v + at);
    const x2 = v128.load(x + at);
    const ar = subtractProduct<f64>(wrs, v2, subtractProduct<f64>(vrs, w2, v128.load(row + at)));
    v128.store(row + at, ar);
    const as = subtractProduct<f64>(wss, v2, subtractProduct<f64>(vss, w2, v128.load(next + at)));
    v128.store(next + at, as);
    prs = multiplyAdd<f64>(ar, x2, prs);
    pss = multiplyAdd<f64>(as, x2, pss);
    v128.store(p + at, multiplyAdd<f64>(as, xss, multiplyAdd<f64>(ar, xrs, v128.load(p + at))));
  }
  if (at < bytes) {
    const ar = load<f64>(row + at) - vr * load<f64>(w + at) - wr * load<f64>(v + at);
    const as = load<f64>(next + at) - vs * load<f64>(w + at) - ws * load<f64>(v + at);
    store<f64>(row + at, ar);
    store<f64>(next + at, as);
    pr += ar * load<f64>(x + at);
    ps += as * load<f64>(x + at);
    store<f64>(p + at, load<f64>(p + at) + ar * xr + as * xs);
  }
  pr += f64x2.extract_lane(prs, 0) + f64x2.extract_lane(prs, 1);
  ps += f64x2.extract_lane(pss, 0) + f64x2.extract_lane(pss, 1);
  store<f64>(p + r, load<f64>(p + r) + pr);
  store<f64>(p + s, load<f64>(p + s) + ps);
}

/** The last row of all, which is its diagonal element, where their number is odd. */
@inline
function multiplyLast(row: usize, r: usize, v: usize, w: usize, x: usize, p: usize): void {
  const element = load<f64>(row + r) - 2 * load<f64>(v + r) * load<f64>(w + r);
  store<f64>(row + r, element);
  store<f64>(p + r, load<f64>(p + r) + element * load<f64>(x + r));
}
