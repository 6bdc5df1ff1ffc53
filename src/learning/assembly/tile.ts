import { multiplyAdd } from '../../soap/assembly/simd';
import { TILE_COLUMNS, TILE_ROWS } from './blocks';
import { spareBias, spareTile } from './scratch';
import { finish, floorOf } from './sums';

/**
 * A tile of the product from a panel of each operand. The sums stay in vectors, as many as keep the processor busy: of 3 rows × 3 vectors
 * with fused arithmetic, of 4 × 2 without.
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
  let c30 = zero;
  let c31 = zero;
  const end = b + 4 * <usize>(TILE_COLUMNS * terms);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = TILE_COLUMNS > 8 ? v128.load(b, 32) : zero;
    const a0 = v128.load32_splat(a);
    c00 = multiplyAdd<f32>(a0, b0, c00);
    c01 = multiplyAdd<f32>(a0, b1, c01);
    if (TILE_COLUMNS > 8) c02 = multiplyAdd<f32>(a0, b2, c02);
    const a1 = v128.load32_splat(a, 4);
    c10 = multiplyAdd<f32>(a1, b0, c10);
    c11 = multiplyAdd<f32>(a1, b1, c11);
    if (TILE_COLUMNS > 8) c12 = multiplyAdd<f32>(a1, b2, c12);
    const a2 = v128.load32_splat(a, 8);
    c20 = multiplyAdd<f32>(a2, b0, c20);
    c21 = multiplyAdd<f32>(a2, b1, c21);
    if (TILE_COLUMNS > 8) c22 = multiplyAdd<f32>(a2, b2, c22);
    if (TILE_ROWS > 3) {
      const a3 = v128.load32_splat(a, 12);
      c30 = multiplyAdd<f32>(a3, b0, c30);
      c31 = multiplyAdd<f32>(a3, b1, c31);
    }
    a += 4 * <usize>TILE_ROWS;
    b += 4 * <usize>TILE_COLUMNS;
  }
  finishRow(c, c00, c01, c02, isFirst, bias, isRectified);
  finishRow(c + rowBytes, c10, c11, c12, isFirst, bias, isRectified);
  finishRow(c + 2 * rowBytes, c20, c21, c22, isFirst, bias, isRectified);
  if (TILE_ROWS > 3) finishRow(c + 3 * rowBytes, c30, c31, zero, isFirst, bias, isRectified);
}

@inline
function finishRow(c: usize, sum0: v128, sum1: v128, sum2: v128, isFirst: bool, bias: usize, isRectified: bool): void {
  const zero = f32x4.splat(0);
  const floor = floorOf(isRectified);
  finish(c, sum0, isFirst, bias == 0 ? zero : v128.load(bias), floor);
  finish(c + 16, sum1, isFirst, bias == 0 ? zero : v128.load(bias, 16), floor);
  if (TILE_COLUMNS > 8) finish(c + 32, sum2, isFirst, bias == 0 ? zero : v128.load(bias, 32), floor);
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
