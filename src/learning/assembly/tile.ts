import { multiplyAdd } from '../../soap/assembly/simd';
import { TILE_COLUMNS } from './blocks';
import { spareBias, spareTile } from './scratch';
import { finish, floorOf } from './sums';

/**
 * A tile of the product from a panel of each operand. The sums stay in vectors, as many as keep the processor busy.
 *
 * @param isFirst whether what is in C does not count
 * @param bias 0 for none
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
  if (ASC_FEATURE_RELAXED_SIMD) multiplyThreeByTwelve(a, b, terms, c, rowBytes, isFirst, bias, isRectified);
  else multiplyFourByEight(a, b, terms, c, rowBytes, isFirst, bias, isRectified);
}

@inline
function multiplyFourByEight(
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
  const floor = floorOf(isRectified);
  finish(c, c00, isFirst, bias0, floor);
  finish(c + 16, c01, isFirst, bias1, floor);
  c += rowBytes;
  finish(c, c10, isFirst, bias0, floor);
  finish(c + 16, c11, isFirst, bias1, floor);
  c += rowBytes;
  finish(c, c20, isFirst, bias0, floor);
  finish(c + 16, c21, isFirst, bias1, floor);
  c += rowBytes;
  finish(c, c30, isFirst, bias0, floor);
  finish(c + 16, c31, isFirst, bias1, floor);
}

@inline
function multiplyThreeByTwelve(
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
  let c02 = zero;
  let c10 = zero;
  let c11 = zero;
  let c12 = zero;
  let c20 = zero;
  let c21 = zero;
  let c22 = zero;
  const end = b + 48 * <usize>terms;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const a0 = v128.load32_splat(a);
    c00 = multiplyAdd<f32>(a0, b0, c00);
    c01 = multiplyAdd<f32>(a0, b1, c01);
    c02 = multiplyAdd<f32>(a0, b2, c02);
    const a1 = v128.load32_splat(a, 4);
    c10 = multiplyAdd<f32>(a1, b0, c10);
    c11 = multiplyAdd<f32>(a1, b1, c11);
    c12 = multiplyAdd<f32>(a1, b2, c12);
    const a2 = v128.load32_splat(a, 8);
    c20 = multiplyAdd<f32>(a2, b0, c20);
    c21 = multiplyAdd<f32>(a2, b1, c21);
    c22 = multiplyAdd<f32>(a2, b2, c22);
    a += 12;
    b += 48;
  }
  const bias0 = bias == 0 ? zero : v128.load(bias);
  const bias1 = bias == 0 ? zero : v128.load(bias, 16);
  const bias2 = bias == 0 ? zero : v128.load(bias, 32);
  const floor = floorOf(isRectified);
  finish(c, c00, isFirst, bias0, floor);
  finish(c + 16, c01, isFirst, bias1, floor);
  finish(c + 32, c02, isFirst, bias2, floor);
  c += rowBytes;
  finish(c, c10, isFirst, bias0, floor);
  finish(c + 16, c11, isFirst, bias1, floor);
  finish(c + 32, c12, isFirst, bias2, floor);
  c += rowBytes;
  finish(c, c20, isFirst, bias0, floor);
  finish(c + 16, c21, isFirst, bias1, floor);
  finish(c + 32, c22, isFirst, bias2, floor);
}

/** What `multiplyTile` does where only some rows and columns of the tile are within C: computes all of it aside. */
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
