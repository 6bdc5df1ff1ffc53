import type { CloudValues } from '../clouds/cloud.js';
import { quoted } from '../clouds/text.js';
import type { CommentLine, FailComment } from './commentLine.js';
import { ipiCell } from './ipiCell.js';
import { decimalsOf, itemsOf, rowsOf, withoutBrackets } from './numbers.js';

/** Lattice vectors, and along which of them a frame repeats. */
export type FrameCell = Required<Pick<CloudValues, 'cell' | 'pbc'>>;

/** Of a frame without a lattice: a cluster. */
export const noCell = (): FrameCell => ({ cell: new Float64Array(9), pbc: new Uint8Array(3) });

/**
 * Lattice vectors and periodicity as the comment line tells them: `Lattice` and `pbc` of extended XYZ, or the `CELL` of i-PI. A lattice whose
 * frame says nothing else is periodic along all of its vectors; undefined if there is none, and nothing that says otherwise.
 *
 * @param line as it stands in the file
 * @param fail throws, with the place
 */
export function latticeOf(comment: CommentLine, line: string, fail: FailComment): FrameCell | undefined {
  const lattice = comment.frameValue('lattice', fail);
  const periodic = comment.frameValue('pbc', fail);
  const pbc = periodic === undefined ? undefined : flagsOf(periodic, fail);
  const cell = lattice === undefined ? ipiCell(line, fail) : vectorsOf(lattice, fail);
  if (cell) return { cell, pbc: pbc ?? Uint8Array.of(1, 1, 1) };
  if (pbc?.includes(1)) {
    fail(`expected Lattice= with pbc=${quoted(periodic!)}, which says that the frame repeats (option cell), got none`);
  }
  return pbc && noCell();
}

function vectorsOf(lattice: string, fail: FailComment): Float64Array {
  const rows = rowsOf(lattice);
  const numbers = rows ? rows.flat() : decimalsOf(withoutBrackets(lattice));
  const isMatrix = !rows || (rows.length === 3 && rows.every(({ length }) => length === 3));
  if (!isMatrix || ![3, 9].includes(numbers.length) || !numbers.every(Number.isFinite)) {
    fail(
      `expected Lattice= with 9 finite numbers, or 3 for a cell of right angles (option cell), got ${quoted(lattice)}`,
    );
  }
  if (numbers.length === 3) return Float64Array.of(numbers[0]!, 0, 0, 0, numbers[1]!, 0, 0, 0, numbers[2]!);
  // The specification has the vectors in the rows of a matrix, its reader in the columns.
  if (rows && !rows.every((row, i) => row.every((value, j) => value === rows[j]![i]))) {
    fail(
      `expected Lattice= with a symmetric matrix, or the vectors one after the other as 9 numbers in quotes, since programs disagree ` +
        `on whether they are rows or columns of a matrix in brackets, got ${quoted(lattice)}`,
    );
  }
  return Float64Array.from(numbers);
}

/** One flag for all three vectors, or one for each. */
function flagsOf(periodic: string, fail: FailComment): Uint8Array {
  const flags = itemsOf(withoutBrackets(periodic)).map(flagOf);
  if (![1, 3].includes(flags.length) || flags.includes(undefined)) {
    fail(`expected pbc= with three of T and F, or one for all, got ${quoted(periodic)}`);
  }
  return Uint8Array.from({ length: 3 }, (_, i) => flags[flags.length === 1 ? 0 : i]!);
}

function flagOf(text: string): number | undefined {
  if (/^(?:t|true|1)$/i.test(text)) return 1;
  return /^(?:f|false|0)$/i.test(text) ? 0 : undefined;
}
