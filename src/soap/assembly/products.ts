import { coefficientRow, coefficientRowBytes } from './coefficients';
import { firstSectorRow, zonalRow } from './harmonics';
import { norm } from './norms';
import { Four, One, Three, Two } from './numbers';
import { lMax, nMax, nPadded, PANEL_BYTES } from './settings';
import { radialRowsFrom } from './shells';
import { lanes, multiplyAdd } from './simd';

/**
 * Adds a panel to the coefficients of a channel: c_nlm += Σ_p G_nl(p) Y_lm(p) over its columns from `start` to `end`. The functions n
 * lie side by side in the vectors; the sums of up to four vectors times two harmonics stay in registers.
 */
export function addProducts<T>(channel: i32, start: i32, end: i32): void {
  const rows = radialRowsFrom(start);
  const bytes = <usize>(end - start) * sizeof<T>();
  for (let l = 0; l <= lMax; l++) {
    for (let n = 0; n < nMax; n += 4 * lanes<T>()) {
      const radial = <usize>(l * nPadded + n) * sizeof<T>();
      const coefficients = coefficientRow(l) + 8 * <usize>(channel * nPadded + n);
      switch (min(4, (nMax - n + lanes<T>() - 1) / lanes<T>())) {
        case 1:
          addDegree<T, One>(l, rows, radial, bytes, coefficients);
          break;
        case 2:
          addDegree<T, Two>(l, rows, radial, bytes, coefficients);
          break;
        case 3:
          addDegree<T, Three>(l, rows, radial, bytes, coefficients);
          break;
        default:
          addDegree<T, Four>(l, rows, radial, bytes, coefficients);
      }
    }
  }
}

/** V vectors of functions, so far into their rows, times all harmonics of degree l. */
@inline
function addDegree<T, V>(l: i32, rows: usize, radial: usize, bytes: usize, coefficients: usize): void {
  addOne<T, V>(rows, radial, zonalRow(l), bytes, coefficients, norm(l, 0));
  coefficients += coefficientRowBytes();
  let harmonic = firstSectorRow(l);
  let m = 1;
  if (offsetof<V>() < 3) {
    for (; m < l; m += 2) {
      const next = harmonic + 2 * <usize>(lMax - m) * PANEL_BYTES;
      addFour<T, V>(rows, radial, harmonic, next, bytes, coefficients, norm(l, m), norm(l, m + 1));
      coefficients += 4 * coefficientRowBytes();
      harmonic = next + 2 * <usize>(lMax - m - 1) * PANEL_BYTES;
    }
  }
  for (; m <= l; m++) {
    if (offsetof<V>() > 2) addColumns<T, V>(rows, radial, harmonic, bytes, coefficients, norm(l, m));
    else addColumnPairs<T, V>(rows, radial, harmonic, bytes, coefficients, norm(l, m));
    coefficients += 2 * coefficientRowBytes();
    harmonic += 2 * <usize>(lMax - m) * PANEL_BYTES;
  }
}

/** One row of harmonics. Two columns, a and b, are summed apart from each other, so that the processor need not wait for the sums. */
@inline
function addOne<T, V>(rows: usize, radial: usize, harmonic: usize, bytes: usize, coefficients: usize, scale: f64): void {
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
    const rowA = load<usize>(rows) + radial;
    const yA = v128.load_splat<T>(harmonic);
    a0 = multiplyAdd<T>(v128.load(rowA), yA, a0);
    if (offsetof<V>() > 1) a1 = multiplyAdd<T>(v128.load(rowA, 16), yA, a1);
    if (offsetof<V>() > 2) a2 = multiplyAdd<T>(v128.load(rowA, 32), yA, a2);
    if (offsetof<V>() > 3) a3 = multiplyAdd<T>(v128.load(rowA, 48), yA, a3);
    const rowB = load<usize>(rows, sizeof<usize>()) + radial;
    const yB = v128.load_splat<T>(harmonic, sizeof<T>());
    b0 = multiplyAdd<T>(v128.load(rowB), yB, b0);
    if (offsetof<V>() > 1) b1 = multiplyAdd<T>(v128.load(rowB, 16), yB, b1);
    if (offsetof<V>() > 2) b2 = multiplyAdd<T>(v128.load(rowB, 32), yB, b2);
    if (offsetof<V>() > 3) b3 = multiplyAdd<T>(v128.load(rowB, 48), yB, b3);
    harmonic += 2 * sizeof<T>();
    rows += 2 * sizeof<usize>();
  } while (harmonic < end);
  addSums<T, V>(
    v128.add<T>(a0, b0),
    v128.add<T>(a1, b1),
    v128.add<T>(a2, b2),
    v128.add<T>(a3, b3),
    coefficients,
    scale,
  );
}

/** The rows of cos mφ and sin mφ, with three or four vectors: six or eight sums keep the processor busy. */
@inline
function addColumns<T, V>(
  rows: usize,
  radial: usize,
  harmonic: usize,
  bytes: usize,
  coefficients: usize,
  scale: f64,
): void {
  const zero = v128.splat<T>(<T>0);
  let c0 = zero;
  let c1 = zero;
  let c2 = zero;
  let c3 = zero;
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  const end = harmonic + bytes;
  do {
    const row = load<usize>(rows) + radial;
    const cos = v128.load_splat<T>(harmonic);
    const sin = v128.load_splat<T>(harmonic, PANEL_BYTES);
    const g0 = v128.load(row);
    const g1 = v128.load(row, 16);
    const g2 = v128.load(row, 32);
    c0 = multiplyAdd<T>(g0, cos, c0);
    s0 = multiplyAdd<T>(g0, sin, s0);
    c1 = multiplyAdd<T>(g1, cos, c1);
    s1 = multiplyAdd<T>(g1, sin, s1);
    c2 = multiplyAdd<T>(g2, cos, c2);
    s2 = multiplyAdd<T>(g2, sin, s2);
    if (offsetof<V>() > 3) {
      const g3 = v128.load(row, 48);
      c3 = multiplyAdd<T>(g3, cos, c3);
      s3 = multiplyAdd<T>(g3, sin, s3);
    }
    harmonic += sizeof<T>();
    rows += sizeof<usize>();
  } while (harmonic < end);
  addSums<T, V>(c0, c1, c2, c3, coefficients, scale);
  addSums<T, V>(s0, s1, s2, s3, coefficients + coefficientRowBytes(), scale);
}

/** The same with one or two vectors: two columns are summed apart from each other. */
@inline
function addColumnPairs<T, V>(
  rows: usize,
  radial: usize,
  harmonic: usize,
  bytes: usize,
  coefficients: usize,
  scale: f64,
): void {
  const zero = v128.splat<T>(<T>0);
  let cA0 = zero;
  let cA1 = zero;
  let cB0 = zero;
  let cB1 = zero;
  let sA0 = zero;
  let sA1 = zero;
  let sB0 = zero;
  let sB1 = zero;
  const end = harmonic + bytes;
  do {
    const rowA = load<usize>(rows) + radial;
    const cosA = v128.load_splat<T>(harmonic);
    const sinA = v128.load_splat<T>(harmonic, PANEL_BYTES);
    const gA0 = v128.load(rowA);
    cA0 = multiplyAdd<T>(gA0, cosA, cA0);
    sA0 = multiplyAdd<T>(gA0, sinA, sA0);
    if (offsetof<V>() > 1) {
      const gA1 = v128.load(rowA, 16);
      cA1 = multiplyAdd<T>(gA1, cosA, cA1);
      sA1 = multiplyAdd<T>(gA1, sinA, sA1);
    }
    const rowB = load<usize>(rows, sizeof<usize>()) + radial;
    const cosB = v128.load_splat<T>(harmonic, sizeof<T>());
    const sinB = v128.load_splat<T>(harmonic, PANEL_BYTES + sizeof<T>());
    const gB0 = v128.load(rowB);
    cB0 = multiplyAdd<T>(gB0, cosB, cB0);
    sB0 = multiplyAdd<T>(gB0, sinB, sB0);
    if (offsetof<V>() > 1) {
      const gB1 = v128.load(rowB, 16);
      cB1 = multiplyAdd<T>(gB1, cosB, cB1);
      sB1 = multiplyAdd<T>(gB1, sinB, sB1);
    }
    harmonic += 2 * sizeof<T>();
    rows += 2 * sizeof<usize>();
  } while (harmonic < end);
  addSums<T, V>(v128.add<T>(cA0, cB0), v128.add<T>(cA1, cB1), zero, zero, coefficients, scale);
  const next = coefficients + coefficientRowBytes();
  addSums<T, V>(v128.add<T>(sA0, sB0), v128.add<T>(sA1, sB1), zero, zero, next, scale);
}

/** With one or two vectors: the rows of cos mφ, sin mφ, cos (m+1)φ and sin (m+1)φ, so that a column is read once for all. */
@inline
function addFour<T, V>(
  rows: usize,
  radial: usize,
  harmonic: usize,
  next: usize,
  bytes: usize,
  coefficients: usize,
  scale: f64,
  nextScale: f64,
): void {
  const zero = v128.splat<T>(<T>0);
  let a0 = zero;
  let a1 = zero;
  let b0 = zero;
  let b1 = zero;
  let c0 = zero;
  let c1 = zero;
  let d0 = zero;
  let d1 = zero;
  const end = harmonic + bytes;
  do {
    const row = load<usize>(rows) + radial;
    const a = v128.load_splat<T>(harmonic);
    const b = v128.load_splat<T>(harmonic, PANEL_BYTES);
    const c = v128.load_splat<T>(next);
    const d = v128.load_splat<T>(next, PANEL_BYTES);
    const g0 = v128.load(row);
    a0 = multiplyAdd<T>(g0, a, a0);
    b0 = multiplyAdd<T>(g0, b, b0);
    c0 = multiplyAdd<T>(g0, c, c0);
    d0 = multiplyAdd<T>(g0, d, d0);
    if (offsetof<V>() > 1) {
      const g1 = v128.load(row, 16);
      a1 = multiplyAdd<T>(g1, a, a1);
      b1 = multiplyAdd<T>(g1, b, b1);
      c1 = multiplyAdd<T>(g1, c, c1);
      d1 = multiplyAdd<T>(g1, d, d1);
    }
    harmonic += sizeof<T>();
    next += sizeof<T>();
    rows += sizeof<usize>();
  } while (harmonic < end);
  addSums<T, V>(a0, a1, zero, zero, coefficients, scale);
  addSums<T, V>(b0, b1, zero, zero, coefficients + coefficientRowBytes(), scale);
  addSums<T, V>(c0, c1, zero, zero, coefficients + 2 * coefficientRowBytes(), nextScale);
  addSums<T, V>(d0, d1, zero, zero, coefficients + 3 * coefficientRowBytes(), nextScale);
}

/** Adds V vectors of sums, times the scale, to the coefficients of their functions. */
@inline
function addSums<T, V>(a: v128, b: v128, c: v128, d: v128, coefficients: usize, scale: f64): void {
  const factor = f64x2.splat(scale);
  addVector<T>(coefficients, a, factor);
  if (offsetof<V>() > 1) addVector<T>(coefficients + 8 * lanes<T>(), b, factor);
  if (offsetof<V>() > 2) addVector<T>(coefficients + 16 * lanes<T>(), c, factor);
  if (offsetof<V>() > 3) addVector<T>(coefficients + 24 * lanes<T>(), d, factor);
}

/** Coefficients are float64 in any case. */
@inline
function addVector<T>(coefficients: usize, sums: v128, factor: v128): void {
  if (sizeof<T>() == 8) {
    addPair(coefficients, f64x2.mul(sums, factor));
  } else {
    addPair(coefficients, f64x2.mul(f64x2.promote_low_f32x4(sums), factor));
    const high = v128.shuffle<f64>(sums, sums, 1, 1);
    addPair(coefficients + 16, f64x2.mul(f64x2.promote_low_f32x4(high), factor));
  }
}

@inline
function addPair(coefficients: usize, values: v128): void {
  v128.store(coefficients, f64x2.add(v128.load(coefficients), values));
}
