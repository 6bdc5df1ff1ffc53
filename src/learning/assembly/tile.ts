import { multiplyAdd } from '../../soap/assembly/simd';
import { TILE_COLUMNS } from './blocks';
import { spareBias, spareTile } from './scratch';

/**
 * A tile of the product, 4 × 8, from a panel of each operand: to each pair of a row of `a`, 4 numbers, and one of `b`, 8
 * numbers, belongs a term. The sums stay in eight vectors, which keeps the processor busy without exceeding its registers.
 */
export function multiplyTile(
  a: usize,
  b: usize,
  terms: i32,
  c: usize,
  rowBytes: usize,
  isFirst: bool,
  bias: usize,
  isRectified: bool,
): void {
  const zero = f32x4.splat(0);
  let c00 = zero;
  let c01 = zero;
  let c10 = zero;
  let c11 = zero;
  let c20 = zero;
  let c21 = zero;
  let c30 = zero;
  let c31 = zero;
  const end = b + 32 * <usize>terms;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = multiplyAdd<f32>(a0, b0, c00);
    c01 = multiplyAdd<f32>(a0, b1, c01);
    const a1 = v128.load32_splat(a, 4);
    c10 = multiplyAdd<f32>(a1, b0, c10);
    c11 = multiplyAdd<f32>(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8);
    c20 = multiplyAdd<f32>(a2, b0, c20);
    c21 = multiplyAdd<f32>(a2, b1, c21);
    const a3 = v128.load32_splat(a, 12);
    c30 = multiplyAdd<f32>(a3, b0, c30);
    c31 = multiplyAdd<f32>(a3, b1, c31);
    a += 16;
    b += 32;
  }
  const bias0 = bias == 0 ? zero : v128.load(bias);
  const bias1 = bias == 0 ? zero : v128.load(bias, 16);
  const floor = f32x4.splat(isRectified ? 0 : -Infinity);
  finishRow(c, c00, c01, isFirst, bias0, bias1, floor);
  finishRow(c + rowBytes, c10, c11, isFirst, bias0, bias1, floor);
  finishRow(c + 2 * rowBytes, c20, c21, isFirst, bias0, bias1, floor);
  finishRow(c + 3 * rowBytes, c30, c31, isFirst, bias0, bias1, floor);
}

/** Puts a row of sums where it belongs. NaN stays NaN, since the floor is taken only where a sum is below it. */
@inline
function finishRow(c: usize, sum0: v128, sum1: v128, isFirst: bool, bias0: v128, bias1: v128, floor: v128): void {
  if (!isFirst) {
    sum0 = f32x4.add(v128.load(c), sum0);
    sum1 = f32x4.add(v128.load(c, 16), sum1);
  }
  v128.store(c, f32x4.pmax(f32x4.add(sum0, bias0), floor));
  v128.store(c, f32x4.pmax(f32x4.add(sum1, bias1), floor), 16);
}

/** The same where only some rows and columns of the tile are within C: computes all of it aside. */
export function multiplyPartOfTile(
  a: usize,
  b: usize,
  terms: i32,
  c: usize,
  rowBytes: usize,
  isFirst: bool,
  bias: usize,
  isRectified: bool,
  rows: i32,
  columns: i32,
): void {
  const spareRowBytes: usize = 4 * <usize>TILE_COLUMNS;
  if (bias != 0) copyNumbers(spareBias, bias, columns);
  if (!isFirst) {
    for (let row = 0; row < rows; row++) {
      copyNumbers(spareTile + <usize>row * spareRowBytes, c + <usize>row * rowBytes, columns);
    }
  }
  multiplyTile(a, b, terms, spareTile, spareRowBytes, isFirst, bias == 0 ? 0 : spareBias, isRectified);
  for (let row = 0; row < rows; row++) {
    copyNumbers(c + <usize>row * rowBytes, spareTile + <usize>row * spareRowBytes, columns);
  }
}

/** Of float32; a call of memory.copy would take longer. */
@inline
function copyNumbers(to: usize, from: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<f32>(to + 4 * <usize>i, load<f32>(from + 4 * <usize>i));
}
