import { TILE_COLUMNS, TILE_ROWS } from './blocks';
import { leftPanels, rightPanels } from './scratch';

/**
 * Packs a block of A, which is rows × terms, or stored as terms × rows: panels of 4 rows, in each the first terms of all
 * its rows, then the second ones. Rows beyond the last are 0.
 */
export function packLeft(
  a: usize,
  rows: i32,
  terms: i32,
  isTransposed: bool,
  row: i32,
  nRows: i32,
  term: i32,
  nTerms: i32,
): void {
  const panelBytes: usize = 4 * TILE_ROWS * <usize>nTerms;
  const stored: usize = 4 * <usize>(isTransposed ? rows : terms);
  let to = leftPanels;
  for (const end = row + nRows; row < end; row += TILE_ROWS) {
    const lines = min(TILE_ROWS, end - row);
    if (isTransposed) copyLines(a + <usize>term * stored + 4 * <usize>row, stored, lines, nTerms, to, 4 * TILE_ROWS);
    else turnLines(a + <usize>row * stored + 4 * <usize>term, stored, lines, nTerms, to, 4 * TILE_ROWS);
    to += panelBytes;
  }
}

/** Packs a block of B, which is terms × columns, or stored as columns × terms, likewise: panels of 8 columns. */
export function packRight(
  b: usize,
  terms: i32,
  columns: i32,
  isTransposed: bool,
  term: i32,
  nTerms: i32,
  column: i32,
  nColumns: i32,
): void {
  const panelBytes: usize = 4 * TILE_COLUMNS * <usize>nTerms;
  const stored: usize = 4 * <usize>(isTransposed ? terms : columns);
  let to = rightPanels;
  for (const end = column + nColumns; column < end; column += TILE_COLUMNS) {
    const lines = min(4, end - column);
    const more = max(0, min(4, end - column - 4));
    if (isTransposed) {
      const from = b + <usize>column * stored + 4 * <usize>term;
      turnLines(from, stored, lines, nTerms, to, 4 * TILE_COLUMNS);
      turnLines(from + 4 * stored, stored, more, nTerms, to + 16, 4 * TILE_COLUMNS);
    } else {
      const from = b + <usize>term * stored + 4 * <usize>column;
      if (more == 4) copyEightLines(from, stored, nTerms, to);
      else {
        copyLines(from, stored, lines, nTerms, to, 4 * TILE_COLUMNS);
        copyLines(from + 16, stored, more, nTerms, to + 16, 4 * TILE_COLUMNS);
      }
    }
    to += panelBytes;
  }
}

function copyEightLines(from: usize, stored: usize, terms: i32, to: usize): void {
  for (const end = to + 32 * <usize>terms; to < end; to += 32) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += stored;
  }
}

/** Up to 4 lines, whose terms lie side by side. */
function copyLines(from: usize, stored: usize, lines: i32, terms: i32, to: usize, step: usize): void {
  if (lines < 4) return copyFewLines(from, stored, 4, lines, terms, to, step);
  for (const end = to + <usize>terms * step; to < end; to += step) {
    v128.store(to, v128.load(from));
    from += stored;
  }
}

/** Up to 4 lines, each of which lies in one piece: 4 × 4 numbers are transposed at a time. */
function turnLines(from: usize, stored: usize, lines: i32, terms: i32, to: usize, step: usize): void {
  if (lines < 4) return copyFewLines(from, 4, stored, lines, terms, to, step);
  const whole = terms & ~3;
  for (let term = 0; term < whole; term += 4) {
    const a = v128.load(from);
    const b = v128.load(from + stored);
    const c = v128.load(from + 2 * stored);
    const d = v128.load(from + 3 * stored);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const abEnd = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cdEnd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
    v128.store(to + step, v128.shuffle<f64>(ab, cd, 1, 3));
    v128.store(to + 2 * step, v128.shuffle<f64>(abEnd, cdEnd, 0, 2));
    v128.store(to + 3 * step, v128.shuffle<f64>(abEnd, cdEnd, 1, 3));
    from += 16;
    to += 4 * step;
  }
  copyFewLines(from, 4, stored, 4, terms - whole, to, step);
}

/** Fewer than 4 lines, or few terms, of numbers that lie anywhere; what is missing of 4 lines is 0. */
function copyFewLines(
  from: usize,
  termStep: usize,
  lineStep: usize,
  lines: i32,
  terms: i32,
  to: usize,
  step: usize,
): void {
  for (let term = 0; term < terms; term++) {
    v128.store(to, f32x4.splat(0));
    for (let line = 0; line < lines; line++) {
      store<f32>(to + 4 * <usize>line, load<f32>(from + <usize>line * lineStep));
    }
    from += termStep;
    to += step;
  }
}
