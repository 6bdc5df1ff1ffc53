import { quoted, shown } from '../clouds/text.js';
import { decimalsOf } from './numbers.js';

/** `CELL(abcABC): numbers`, also in square brackets or braces. */
const CELL = /\bCELL[([{](\w+)[)\]}]:/;
const UNIT = /\b(cell|positions)\{(\w*)\}/g;

/**
 * The vectors of the cell that i-PI writes into the comment line, row by row; undefined if there is none. `abcABC` are lengths and angles in
 * degrees, `H` a matrix with the vectors in its columns, `GENH` one with them in its rows.
 *
 * @param fail throws, with the place; where lengths are not in ångström, too
 * @see https://github.com/i-pi/i-pi/blob/main/ipi/utils/io/backends/io_xyz.py
 */
export function ipiCell(line: string, fail: (detail: string) => never): Float64Array | undefined {
  const found = CELL.exec(line);
  const form = found?.[1];
  if (!found || form === undefined) return undefined;
  for (const [, what, unit] of line.matchAll(UNIT)) {
    if (unit !== 'angstrom') fail(`expected ${what}{angstrom}, got ${what}{${shown(unit!)}}: convert the file first`);
  }
  if (!['abcABC', 'H', 'GENH'].includes(form)) fail(`expected CELL(abcABC), CELL(H) or CELL(GENH), got ${shown(form)}`);
  const text = line.slice(found.index + found[0].length).trim();
  const expected = form === 'abcABC' ? 6 : 9;
  const numbers = decimalsOf(text).slice(0, expected);
  if (numbers.length !== expected || !numbers.every(Number.isFinite)) {
    fail(`expected ${expected} finite numbers after CELL(${form}):, got ${quoted(text)}`);
  }
  if (form === 'abcABC')
    return vectorsOf(numbers) ?? fail(`expected lengths and angles of a cell, got ${quoted(text)}`);
  return Float64Array.from(
    form === 'GENH' ? numbers : numbers.map((_, i) => numbers[3 * (i % 3) + Math.floor(i / 3)]!),
  );
}

/** a along x, b in the plane of x and y; undefined where no cell has these angles. */
function vectorsOf([a, b, c, alpha, beta, gamma]: readonly number[]): Float64Array | undefined {
  const [cosAlpha, cosBeta, cosGamma] = [alpha!, beta!, gamma!].map(cosine) as [number, number, number];
  const sinGamma = Math.sqrt(1 - cosGamma ** 2);
  const cy = (cosAlpha - cosBeta * cosGamma) / sinGamma;
  const square = 1 - cosBeta ** 2 - cy ** 2;
  if (!(square > 0) || ![a!, b!, c!].every((length) => length > 0)) return undefined;
  return Float64Array.of(a!, 0, 0, b! * cosGamma, b! * sinGamma, 0, c! * cosBeta, c! * cy, c! * Math.sqrt(square));
}

/** Of an angle in degrees; 0 for a right one, whose cosine rounds to 6e-17 otherwise. */
function cosine(angle: number): number {
  return angle === 90 ? 0 : Math.cos((angle * Math.PI) / 180);
}
