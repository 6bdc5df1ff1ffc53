import { multiplyAdd } from '../../soap/assembly/simd';
import { finish, finishOne, floorOf } from './sums';
import { blockOfTerms } from './blocks';

/** Rows below which packing B costs more than it saves. */
export const FEW_ROWS: i32 = 4;

/** What `multiply` does, for a few rows and a B that is not transposed: B is read where it is. The sums are the same. */
export function multiplyFewRows(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  rows: i32,
  columns: i32,
  terms: i32,
  isTransposedA: bool,
  isRectified: bool,
): void {
  const rowBytes: usize = 4 * <usize>columns;
  const rowStep: usize = isTransposedA ? 4 : 4 * <usize>terms;
  const termStep: usize = isTransposedA ? 4 * <usize>rows : 4;
  for (let row = 0; row < rows; row++) {
    let left = a + <usize>row * rowStep;
    let right = b;
    let rest = terms;
    do {
      const nTerms = blockOfTerms(rest);
      const isLast = nTerms == rest;
      const to = c + <usize>row * rowBytes;
      addRow(left, termStep, right, nTerms, to, columns, rest == terms, isLast ? bias : 0, isLast && isRectified);
      left += <usize>nTerms * termStep;
      right += <usize>nTerms * rowBytes;
      rest -= nTerms;
    } while (rest > 0);
  }
}

function addRow(
  a: usize,
  termStep: usize,
  b: usize,
  terms: i32,
  c: usize,
  columns: i32,
  isFirst: bool,
  bias: usize,
  isRectified: bool,
): void {
  const floor = floorOf(isRectified);
  const rowBytes: usize = 4 * <usize>columns;
  const aEnd = a + <usize>terms * termStep;
  let at: usize = 0;
  for (; at + 128 <= rowBytes; at += 128) {
    addEightVectors(a, termStep, aEnd, b + at, rowBytes, c + at, isFirst, bias == 0 ? 0 : bias + at, floor);
  }
  for (; at + 16 <= rowBytes; at += 16) {
    let sums = f32x4.splat(0);
    let right = b + at;
    for (let left = a; left != aEnd; left += termStep) {
      sums = multiplyAdd<f32>(v128.load32_splat(left), v128.load(right), sums);
      right += rowBytes;
    }
    finish(c + at, sums, isFirst, bias == 0 ? f32x4.splat(0) : v128.load(bias + at), floor);
  }
  for (; at < rowBytes; at += 4) {
    let sums = f32x4.splat(0);
    let right = b + at;
    for (let left = a; left != aEnd; left += termStep) {
      sums = multiplyAdd<f32>(v128.load32_splat(left), v128.load32_zero(right), sums);
      right += rowBytes;
    }
    finishOne(c + at, sums, isFirst, bias == 0 ? f32x4.splat(0) : v128.load32_zero(bias + at), floor);
  }
}

function addEightVectors(
  a: usize,
  termStep: usize,
  aEnd: usize,
  b: usize,
  rowBytes: usize,
  c: usize,
  isFirst: bool,
  bias: usize,
  floor: v128,
): void {
  const zero = f32x4.splat(0);
  let c0 = zero;
  let c1 = zero;
  let c2 = zero;
  let c3 = zero;
  let c4 = zero;
  let c5 = zero;
  let c6 = zero;
  let c7 = zero;
  for (; a != aEnd; a += termStep) {
    const left = v128.load32_splat(a);
    c0 = multiplyAdd<f32>(left, v128.load(b), c0);
    c1 = multiplyAdd<f32>(left, v128.load(b, 16), c1);
    c2 = multiplyAdd<f32>(left, v128.load(b, 32), c2);
    c3 = multiplyAdd<f32>(left, v128.load(b, 48), c3);
    c4 = multiplyAdd<f32>(left, v128.load(b, 64), c4);
    c5 = multiplyAdd<f32>(left, v128.load(b, 80), c5);
    c6 = multiplyAdd<f32>(left, v128.load(b, 96), c6);
    c7 = multiplyAdd<f32>(left, v128.load(b, 112), c7);
    b += rowBytes;
  }
  finish(c, c0, isFirst, bias == 0 ? zero : v128.load(bias), floor);
  finish(c + 16, c1, isFirst, bias == 0 ? zero : v128.load(bias, 16), floor);
  finish(c + 32, c2, isFirst, bias == 0 ? zero : v128.load(bias, 32), floor);
  finish(c + 48, c3, isFirst, bias == 0 ? zero : v128.load(bias, 48), floor);
  finish(c + 64, c4, isFirst, bias == 0 ? zero : v128.load(bias, 64), floor);
  finish(c + 80, c5, isFirst, bias == 0 ? zero : v128.load(bias, 80), floor);
  finish(c + 96, c6, isFirst, bias == 0 ? zero : v128.load(bias, 96), floor);
  finish(c + 112, c7, isFirst, bias == 0 ? zero : v128.load(bias, 112), floor);
}
