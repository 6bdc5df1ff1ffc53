/**
 * The derivatives of blocks of the power spectrum with respect to the position of one point: what `../derivatives/plainPointDerivatives.ts`
 * computes, and where the formulas are. The host is `../derivatives/wasmPointDerivatives.ts`.
 */
import { coefficientRow, coefficientRowBytes } from './coefficients';
import {
  configureHarmonicGradients,
  gradientsX,
  gradientsY,
  gradientsZ,
  harmonicsOfPoint,
  writeHarmonicGradients,
} from './harmonicGradients';
import { reserve } from './memory';
import { One, Three, Two } from './numbers';
import { writeSlopes } from './radialRows';
import { lMax, nMax, nPadded } from './settings';
import { multiplyAdd } from './simd';

/** On which side of a block the point has part: the left, the right, or both. */
const LEFT: i32 = 0;
const RIGHT: i32 = 1;

/** Of the point, at l·nPadded + n: A and B. */
let a: usize = 0;
let b: usize = 0;
/** With the coefficients of one channel: T and V. */
let t: usize = 0;
let vx: usize = 0;
let vy: usize = 0;
let vz: usize = 0;
let directionX: v128 = f64x2.splat(0);
let directionY: v128 = f64x2.splat(0);
let directionZ: v128 = f64x2.splat(0);
/** With respect to x, y and z, each in so many bytes: of the point, of all points so far, and a block that is to be added. */
let gradient: usize = 0;
let gradientSum: usize = 0;
let addend: usize = 0;
let axisBytes: usize = 0;

/** Reserves memory; the host then writes the factors of the gradients. */
export function configureDerivatives(rowLength: i32): void {
  configureHarmonicGradients();
  const bytes: usize = 8 * <usize>((lMax + 1) * nPadded) + 16; // with what a vector may read beyond the end
  a = reserve(bytes);
  b = reserve(bytes);
  t = reserve(bytes);
  vx = reserve(bytes);
  vy = reserve(bytes);
  vz = reserve(bytes);
  axisBytes = 8 * <usize>rowLength + 16; // with what a vector may write beyond the end
  gradient = reserve(3 * axisBytes);
  gradientSum = reserve(3 * axisBytes);
  addend = reserve(3 * axisBytes);
  clearGradient();
  clearGradientSum();
}

/** For a point of another channel: blocks where it has no part are not written. */
export function clearGradient(): void {
  memory.fill(gradient, 0, 3 * axisBytes);
}

export function clearGradientSum(): void {
  memory.fill(gradientSum, 0, 3 * axisBytes);
}

/** A row with respect to an axis: x, y, z of the point, then of the sum over all points. */
export function gradientRow(axis: i32): usize {
  return axis < 3 ? gradient + <usize>axis * axisBytes : gradientSum + <usize>(axis - 3) * axisBytes;
}

/**
 * The point whose derivatives are next.
 *
 * @param x its direction from the centre, like y and z, of length 1 or, where r = 0, 0
 * @param weight of the point, times what all derivatives are to be multiplied with
 * @param slope of the weight, likewise
 */
export function setPoint(x: f64, y: f64, z: f64, r: f64, weight: f64, slope: f64): void {
  directionX = f64x2.splat(x);
  directionY = f64x2.splat(y);
  directionZ = f64x2.splat(z);
  writeHarmonicGradients(x, y, z, r == 0 ? 0 : 1);
  writeSlopes(r, weight, slope, a, b);
}

/**
 * Writes the derivatives of a block: of all n' or, where the point has part in both sides, of those from n on. Adds them to the sum.
 *
 * @param start of the block in the row; the blocks of a point are written from the first to the last
 * @param isAdded where the point has part in this block already
 */
export function differentiateBlock(side: i32, other: i32, start: i32, length: i32, isAdded: bool): void {
  const offset: usize = 8 * <usize>start;
  const bytes: usize = 8 * <usize>length;
  const to = isAdded ? addend : gradient + offset;
  project(other);
  if (side == LEFT) writeBlock<One>(to);
  else if (side == RIGHT) writeBlock<Two>(to);
  else writeBlock<Three>(to);
  for (let axis: usize = 0; axis < 3 * axisBytes; axis += axisBytes) {
    store<f64>(to + axis + bytes, 0); // until the next block is written
    if (isAdded) addTo(gradient + axis + offset, to + axis, bytes);
    addTo(gradientSum + axis + offset, to + axis, bytes);
  }
}

@inline
function addTo(sums: usize, values: usize, bytes: usize): void {
  const end = sums + bytes;
  for (; sums + 16 <= end; sums += 16, values += 16) {
    v128.store(sums, v128.add<f64>(v128.load(sums), v128.load(values)));
  }
  if (sums < end) store<f64>(sums, load<f64>(sums) + load<f64>(values));
}

/** T and V: the coefficients of a channel, times the harmonics and the gradients of the point. */
function project(channel: i32): void {
  for (let l = 0; l <= lMax; l++) {
    const row = coefficientRow(l) + 8 * <usize>(channel * nPadded);
    const harmonic: usize = 8 * <usize>(l * l);
    const end: usize = harmonic + 8 * <usize>(2 * l + 1);
    const to: usize = 8 * <usize>(l * nPadded);
    let n = 0;
    for (; n + 4 <= nPadded; n += 4) projectVectors<Two>(row + 8 * <usize>n, harmonic, end, to + 8 * <usize>n);
    if (n < nPadded) projectVectors<One>(row + 8 * <usize>n, harmonic, end, to + 8 * <usize>n);
  }
}

/** V vectors of functions. */
@inline
function projectVectors<V>(row: usize, harmonic: usize, end: usize, to: usize): void {
  const zero = f64x2.splat(0);
  let t0 = zero;
  let t1 = zero;
  let x0 = zero;
  let x1 = zero;
  let y0 = zero;
  let y1 = zero;
  let z0 = zero;
  let z1 = zero;
  const step = coefficientRowBytes();
  do {
    const value = v128.load64_splat(harmonicsOfPoint + harmonic);
    const x = v128.load64_splat(gradientsX + harmonic);
    const y = v128.load64_splat(gradientsY + harmonic);
    const z = v128.load64_splat(gradientsZ + harmonic);
    const c0 = v128.load(row);
    t0 = multiplyAdd<f64>(value, c0, t0);
    x0 = multiplyAdd<f64>(x, c0, x0);
    y0 = multiplyAdd<f64>(y, c0, y0);
    z0 = multiplyAdd<f64>(z, c0, z0);
    if (offsetof<V>() > 1) {
      const c1 = v128.load(row, 16);
      t1 = multiplyAdd<f64>(value, c1, t1);
      x1 = multiplyAdd<f64>(x, c1, x1);
      y1 = multiplyAdd<f64>(y, c1, y1);
      z1 = multiplyAdd<f64>(z, c1, z1);
    }
    row += step;
    harmonic += 8;
  } while (harmonic < end);
  v128.store(t + to, t0);
  v128.store(vx + to, x0);
  v128.store(vy + to, y0);
  v128.store(vz + to, z0);
  if (offsetof<V>() > 1) {
    v128.store(t + to, t1, 16);
    v128.store(vx + to, x1, 16);
    v128.store(vy + to, y1, 16);
    v128.store(vz + to, z1, 16);
  }
}

/**
 * The derivatives, the point having part in the left side (One), the right side (Two) or both (Three, a triangle): n of the left, n' of the
 * right, in vectors. What a vector writes beyond the last n' gives way to what comes next.
 */
@inline
function writeBlock<S>(to: usize): void {
  for (let l = 0; l <= lMax; l++) {
    const first: usize = 8 * <usize>(l * nPadded);
    const end: usize = first + 8 * <usize>nMax;
    for (let n = first; n < end; n += 8) {
      const an = v128.load64_splat(a + n);
      const bn = v128.load64_splat(b + n);
      const tn = v128.load64_splat(t + n);
      const xn = v128.load64_splat(vx + n);
      const yn = v128.load64_splat(vy + n);
      const zn = v128.load64_splat(vz + n);
      const start = offsetof<S>() == 3 ? n : first;
      for (let other = start, at = to; other < end; other += 16, at += 16) {
        let radial = f64x2.splat(0);
        if (offsetof<S>() != 2) radial = v128.mul<f64>(an, v128.load(t + other));
        if (offsetof<S>() != 1) radial = multiplyAdd<f64>(tn, v128.load(a + other), radial);
        let x = v128.mul<f64>(directionX, radial);
        let y = v128.mul<f64>(directionY, radial);
        let z = v128.mul<f64>(directionZ, radial);
        if (offsetof<S>() != 2) {
          x = multiplyAdd<f64>(bn, v128.load(vx + other), x);
          y = multiplyAdd<f64>(bn, v128.load(vy + other), y);
          z = multiplyAdd<f64>(bn, v128.load(vz + other), z);
        }
        if (offsetof<S>() != 1) {
          const bOther = v128.load(b + other);
          x = multiplyAdd<f64>(xn, bOther, x);
          y = multiplyAdd<f64>(yn, bOther, y);
          z = multiplyAdd<f64>(zn, bOther, z);
        }
        v128.store(at, x);
        v128.store(at + axisBytes, y);
        v128.store(at + 2 * axisBytes, z);
      }
      to += end - start;
    }
  }
}
