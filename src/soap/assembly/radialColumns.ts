import { reserve } from './memory';
import { paddedFunctions, radialRowBytes } from './radialRows';
import { STRIDE } from './settings';
import { columnRow } from './shells';

/** The radial functions of the block, a row each: the rows of `radialRows` turned into columns. */
let columns: usize = 0;

export function configureRadialColumns<T>(): void {
  columns = reserve(<usize>paddedFunctions() * STRIDE * sizeof<T>());
}

/** The row of the function l·nMax + n. */
@inline
export function radialFunction<T>(index: i32): usize {
  return columns + <usize>index * STRIDE * sizeof<T>();
}

export function gatherRadialColumns<T>(count: i32): void {
  if (sizeof<T>() == 8) {
    for (let column = 0; column < count; column += 2) transposeTwo(column);
  } else {
    for (let column = 0; column < count; column += 4) transposeFour(column);
  }
}

/** Two columns in float64, four functions at a time. */
@inline
function transposeTwo(column: i32): void {
  let a = columnRow(column);
  let b = columnRow(column + 1);
  const end = a + radialRowBytes();
  let to = columns + 8 * <usize>column;
  for (; a < end; a += 32, b += 32, to += 4 * STRIDE * 8) {
    const a0 = v128.load(a);
    const b0 = v128.load(b);
    const a1 = v128.load(a, 16);
    const b1 = v128.load(b, 16);
    v128.store(to, v128.shuffle<f64>(a0, b0, 0, 2));
    v128.store(to, v128.shuffle<f64>(a0, b0, 1, 3), STRIDE * 8);
    v128.store(to, v128.shuffle<f64>(a1, b1, 0, 2), 2 * STRIDE * 8);
    v128.store(to, v128.shuffle<f64>(a1, b1, 1, 3), 3 * STRIDE * 8);
  }
}

/** Four columns in float32, four functions at a time. */
@inline
function transposeFour(column: i32): void {
  let a = columnRow(column);
  let b = columnRow(column + 1);
  let c = columnRow(column + 2);
  let d = columnRow(column + 3);
  const end = a + radialRowBytes();
  let to = columns + 4 * <usize>column;
  for (; a < end; a += 16, b += 16, c += 16, d += 16, to += 4 * STRIDE * 4) {
    const ab = v128.load(a);
    const low = v128.load(b);
    const cd = v128.load(c);
    const high = v128.load(d);
    const ab01 = v128.shuffle<f32>(ab, low, 0, 4, 1, 5);
    const ab23 = v128.shuffle<f32>(ab, low, 2, 6, 3, 7);
    const cd01 = v128.shuffle<f32>(cd, high, 0, 4, 1, 5);
    const cd23 = v128.shuffle<f32>(cd, high, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(ab01, cd01, 0, 2));
    v128.store(to, v128.shuffle<f64>(ab01, cd01, 1, 3), STRIDE * 4);
    v128.store(to, v128.shuffle<f64>(ab23, cd23, 0, 2), 2 * STRIDE * 4);
    v128.store(to, v128.shuffle<f64>(ab23, cd23, 1, 3), 3 * STRIDE * 4);
  }
}
