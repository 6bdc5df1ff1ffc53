import { TILE_COLUMNS, TILE_ROWS } from './blocks';
import { leftPanels, rightPanels } from './scratch';

// A line is a row of A or a column of B. A panel has as many lines as a tile: the first terms of all of them, then the second
// ones, and so on. What it has beyond the last line of the operand is anything; it only reaches sums that nobody reads.

/** Packs a block of A, which is rows × terms, or stored as terms × rows. */
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
  const step: usize = 4 * <usize>TILE_ROWS;
  const stored: usize = 4 * <usize>(isTransposed ? rows : terms);
  let to = leftPanels;
  for (const end = row + nRows; row < end; row += TILE_ROWS) {
    const lines = min(TILE_ROWS, end - row);
    if (isTransposed) copyLines(a + <usize>term * stored + 4 * <usize>row, stored, lines, nTerms, to, step);
    else turnLines(a + <usize>row * stored + 4 * <usize>term, stored, lines, nTerms, to, step);
    to += step * <usize>nTerms;
  }
}

/** Packs a block of B, which is terms × columns, or stored as columns × terms. */
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
  const step: usize = 4 * <usize>TILE_COLUMNS;
  const stored: usize = 4 * <usize>(isTransposed ? terms : columns);
  let to = rightPanels;
  for (const end = column + nColumns; column < end; column += TILE_COLUMNS) {
    const lines = min(TILE_COLUMNS, end - column);
    if (isTransposed) {
      const from = b + <usize>column * stored + 4 * <usize>term;
      for (let line = 0; line < lines; line += 4) {
        turnLines(from + <usize>line * stored, stored, min(4, lines - line), nTerms, to + 4 * <usize>line, step);
      }
    } else {
      const from = b + <usize>term * stored + 4 * <usize>column;
      if (lines == TILE_COLUMNS) copyWholeLines(from, stored, nTerms, to);
      else {
        for (let line = 0; line < lines; line += 4) {
          const at: usize = 4 * <usize>line;
          copyLines(from + at, stored, min(4, lines - line), nTerms, to + at, step);
        }
      }
    }
    to += step * <usize>nTerms;
  }
}

/** The lines of a whole panel of B, whose terms lie side by side. */
function copyWholeLines(from: usize, stored: usize, terms: i32, to: usize): void {
  const step: usize = 4 * <usize>TILE_COLUMNS;
  for (const end = to + step * <usize>terms; to < end; to += step) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    if (TILE_COLUMNS > 8) v128.store(to, v128.load(from, 32), 32);
    from += stored;
  }
}

/** Up to 4 lines, whose terms lie side by side. A vector may reach into the next terms' place, which is filled afterwards. */
function copyLines(from: usize, stored: usize, lines: i32, terms: i32, to: usize, step: usize): void {
  const end = to + step * <usize>terms;
  if (lines == 4) {
    for (; to < end; to += step) {
      v128.store(to, v128.load(from));
      from += stored;
    }
  } else if (lines == 3) {
    for (; to < end; to += step) {
      v128.store(to, v128.load32_lane(from, v128.load64_zero(from), 2, 8));
      from += stored;
    }
  } else {
    for (; to < end; to += step) {
      store<f32>(to, load<f32>(from));
      if (lines == 2) store<f32>(to, load<f32>(from, 4), 4);
      from += stored;
    }
  }
}

/** Up to 4 lines, each of which lies in one piece: 4 × 4 numbers are transposed at a time, the last line in place of missing ones. */
function turnLines(a: usize, stored: usize, lines: i32, terms: i32, to: usize, step: usize): void {
  const b = lines > 1 ? a + stored : a;
  const c = lines > 2 ? b + stored : b;
  const d = lines > 3 ? c + stored : c;
  const whole: usize = 4 * <usize>(terms & ~3);
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const a4 = v128.load(a + at);
    const b4 = v128.load(b + at);
    const c4 = v128.load(c + at);
    const d4 = v128.load(d + at);
    const ab = v128.shuffle<f32>(a4, b4, 0, 4, 1, 5);
    const cd = v128.shuffle<f32>(c4, d4, 0, 4, 1, 5);
    const abEnd = v128.shuffle<f32>(a4, b4, 2, 6, 3, 7);
    const cdEnd = v128.shuffle<f32>(c4, d4, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
    v128.store(to + step, v128.shuffle<f64>(ab, cd, 1, 3));
    v128.store(to + 2 * step, v128.shuffle<f64>(abEnd, cdEnd, 0, 2));
    v128.store(to + 3 * step, v128.shuffle<f64>(abEnd, cdEnd, 1, 3));
    to += 4 * step;
  }
  for (const end: usize = 4 * <usize>terms; at < end; at += 4) {
    let numbers = v128.load32_zero(a + at);
    numbers = v128.load32_lane(b + at, numbers, 1);
    numbers = v128.load32_lane(c + at, numbers, 2);
    v128.store(to, v128.load32_lane(d + at, numbers, 3));
    to += step;
  }
}
