import { multiplyAdd } from '../../soap/assembly/simd';
import { TILE_COLUMNS, TILE_ROWS } from './blocks';

/** Adds a tile of the product of two panels to C. The sums stay in vectors: of 3 rows × 3 vectors with fused arithmetic, of 4 × 2 without. */
export function addTile(a: usize, b: usize, terms: i32, c: usize, cRow: usize, sign: f64): void {
  const zero = f64x2.splat(0);
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
  const end = b + 8 * <usize>(TILE_COLUMNS * terms);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = TILE_COLUMNS > 4 ? v128.load(b, 32) : zero;
    const a0 = v128.load64_splat(a);
    c00 = multiplyAdd<f64>(a0, b0, c00);
    c01 = multiplyAdd<f64>(a0, b1, c01);
    if (TILE_COLUMNS > 4) c02 = multiplyAdd<f64>(a0, b2, c02);
    const a1 = v128.load64_splat(a, 8);
    c10 = multiplyAdd<f64>(a1, b0, c10);
    c11 = multiplyAdd<f64>(a1, b1, c11);
    if (TILE_COLUMNS > 4) c12 = multiplyAdd<f64>(a1, b2, c12);
    const a2 = v128.load64_splat(a, 16);
    c20 = multiplyAdd<f64>(a2, b0, c20);
    c21 = multiplyAdd<f64>(a2, b1, c21);
    if (TILE_COLUMNS > 4) c22 = multiplyAdd<f64>(a2, b2, c22);
    if (TILE_ROWS > 3) {
      const a3 = v128.load64_splat(a, 24);
      c30 = multiplyAdd<f64>(a3, b0, c30);
      c31 = multiplyAdd<f64>(a3, b1, c31);
    }
    a += 8 * <usize>TILE_ROWS;
    b += 8 * <usize>TILE_COLUMNS;
  }
  const signs = f64x2.splat(sign);
  addRow(c, c00, c01, c02, signs);
  addRow(c + cRow, c10, c11, c12, signs);
  addRow(c + 2 * cRow, c20, c21, c22, signs);
  if (TILE_ROWS > 3) addRow(c + 3 * cRow, c30, c31, zero, signs);
}

@inline
function addRow(c: usize, sum0: v128, sum1: v128, sum2: v128, signs: v128): void {
  v128.store(c, f64x2.add(v128.load(c), f64x2.mul(signs, sum0)));
  v128.store(c, f64x2.add(v128.load(c, 16), f64x2.mul(signs, sum1)), 16);
  if (TILE_COLUMNS > 4) v128.store(c, f64x2.add(v128.load(c, 32), f64x2.mul(signs, sum2)), 32);
}
