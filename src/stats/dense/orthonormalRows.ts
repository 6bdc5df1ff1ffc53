import type { Steps } from '../steps.js';
import { projectOut } from './multiply.js';
import { type Matrix, rowsOf, type Workspace } from './workspace.js';

/** Rows that are made orthonormal among each other after what they have of those before was taken out. */
const GROUP = 16;

/**
 * Makes rows orthonormal, each to those before it, and completes them with what the unit vectors have that they cover least.
 *
 * @param rows linearly independent
 * @param count of rows of the result
 */
export function* orthonormalRows(workspace: Workspace, rows: Matrix, count: number): Steps<Matrix> {
  const { columns } = rows;
  const basis = workspace.matrix(count, columns);
  workspace.valuesOf(rowsOf(basis, 0, rows.rows)).set(workspace.valuesOf(rows));
  const covered = rows.rows < count ? new Float64Array(columns) : undefined;
  for (let first = 0; first < count;) {
    const isGiven = first < rows.rows;
    const last = isGiven ? Math.min(first + GROUP, rows.rows) : first + 1;
    const group = rowsOf(basis, first, last);
    if (covered && !isGiven) {
      const least = covered.indexOf(covered.reduce((a, b) => Math.min(a, b)));
      workspace
        .valuesOf(group)
        .fill(0)
        .fill(1, least, least + 1);
    }
    // Twice, since once leaves rounding of the first difference.
    for (let turn = 0; turn < 2; turn++) {
      yield* workspace.scratch(() => projectOut(workspace, group, rowsOf(basis, 0, first)));
      orthonormalize(workspace.valuesOf(group), columns);
      yield 2 * (last - first) ** 2 * columns;
    }
    if (covered) addSquares(workspace.valuesOf(group), covered);
    first = last;
  }
  return basis;
}

/** Each row to those before it, by Gram and Schmidt. */
function orthonormalize(values: Float64Array, columns: number): void {
  for (let row = 0; row < values.length; row += columns) {
    const vector = values.subarray(row, row + columns);
    for (let before = 0; before < row; before += columns) {
      const other = values.subarray(before, before + columns);
      const product = dot(vector, other);
      for (let c = 0; c < columns; c++) vector[c]! -= product * other[c]!;
    }
    const length = Math.sqrt(dot(vector, vector));
    for (let c = 0; c < columns; c++) vector[c]! /= length;
  }
}

function addSquares(values: Float64Array, sums: Float64Array): void {
  for (let at = 0; at < values.length; at++) sums[at % sums.length]! += values[at]! ** 2;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += a[c]! * b[c]!;
  return sum;
}
