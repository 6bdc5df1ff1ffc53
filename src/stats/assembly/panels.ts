/**
 * Packs lines, rows of a left operand or columns of a right one, into panels of `width` lines: the first terms of all of them, then the
 * second ones, and so on. What a panel has beyond the last line is anything; it only reaches sums that nobody reads.
 *
 * @param lineStep from a line to the next, in numbers; likewise from a term to the next
 * @param width even where lines are adjacent, but for 3
 */
export function packLines(
  from: usize,
  lineStep: i32,
  termStep: i32,
  lines: i32,
  terms: i32,
  width: i32,
  to: usize,
): void {
  const lineBytes: usize = 8 * <usize>lineStep;
  const termBytes: usize = 8 * <usize>termStep;
  const step: usize = 8 * <usize>width;
  for (let line = 0; line < lines; line += width) {
    const start = from + <usize>line * lineBytes;
    const n = min(width, lines - line);
    if (lineStep == 1 && n == width) copyPanel(start, termBytes, terms, width, to);
    else {
      for (let i = 0; i < n; i++) copyLine(start + <usize>i * lineBytes, termBytes, terms, to + 8 * <usize>i, step);
    }
    to += step * <usize>terms;
  }
}

/** All lines of a panel, whose terms lie side by side. */
function copyPanel(from: usize, termBytes: usize, terms: i32, width: i32, to: usize): void {
  const step: usize = 8 * <usize>width;
  for (const end = to + step * <usize>terms; to < end; to += step) {
    v128.store(to, v128.load(from));
    if (width == 3) store<f64>(to, load<f64>(from, 16), 16);
    else {
      v128.store(to, v128.load(from, 16), 16);
      if (width == 6) v128.store(to, v128.load(from, 32), 32);
    }
    from += termBytes;
  }
}

function copyLine(from: usize, termBytes: usize, terms: i32, to: usize, step: usize): void {
  for (let term = 0; term < terms; term++) {
    store<f64>(to, load<f64>(from));
    from += termBytes;
    to += step;
  }
}
