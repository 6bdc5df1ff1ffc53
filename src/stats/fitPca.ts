import { CenteredRows } from './dense/centeredRows.js';
import { isFullDecomposition, largestOf } from './dense/largestOf.js';
import { orthonormalRows } from './dense/orthonormalRows.js';
import { RowProducts } from './dense/rowProducts.js';
import { SymmetricMatrix } from './dense/symmetricMatrix.js';
import { Workspace } from './dense/workspace.js';
import type { KeptRows } from './keptRows.js';
import { Pca } from './pca.js';
import { checkFinite, checkLength } from './rows.js';
import type { Steps } from './steps.js';

/**
 * Principal components: the eigenvectors of the covariance matrix, by descending eigenvalue. The sign of each is such that its
 * element of largest magnitude is positive, the rule of scikit-learn. Eigenvalues that rounding made negative count as 0.
 *
 * @param covariance columns × columns, symmetric
 * @param mean one mean a column
 * @param components how many to keep, from 1 to the number of columns
 * @throws RangeError for another number of components, sizes that do not fit each other, or values that are not finite
 */
export function* fitPca(covariance: Float64Array, mean: Float64Array, components: number): Steps<Pca> {
  const columnCount = mean.length;
  checkLength('covariance', covariance, columnCount ** 2);
  checkComponents(components, columnCount);
  checkFinite(covariance, columnCount);
  checkFinite(mean, columnCount);

  const workspace = new Workspace();
  const matrix = workspace.matrix(columnCount, columnCount);
  let total = 0;
  for (let at = 0; at < covariance.length; at += columnCount + 1) total += covariance[at]!;
  const scale = powerAbove(total);
  const values = workspace.valuesOf(matrix);
  for (let at = 0; at < values.length; at++) values[at] = covariance[at]! / scale;
  const eigen = yield* largestOf(workspace, new SymmetricMatrix(workspace, matrix), components);
  const variances = eigen.values.slice(0, components).map((value) => Math.max(value, 0) * scale);
  return pcaOf(mean, workspace.valuesOf(eigen.vectors).slice(), variances, total);
}

/**
 * The same of rows that are all there. Where they are few, by the eigenvectors u of their Gram matrix X Xᵀ: Xᵀ u is an eigenvector of the
 * covariance to the same eigenvalue, and all its others are 0.
 *
 * Beyond the rank, where any direction explains as little, unit vectors complete the components.
 *
 * @throws RangeError as `fitPca`; if there are fewer than two rows, or their variance is beyond float64
 */
export function* fitPcaOfRows(rows: KeptRows, components: number): Steps<Pca> {
  const { columnCount, rowCount } = rows;
  checkComponents(components, columnCount);
  if (rowCount < 2) throw new RangeError(`values: expected at least two rows, got ${rowCount}`);

  const workspace = new Workspace();
  const centered = new CenteredRows(workspace, rows);
  yield* centered.center();
  if (!Number.isFinite(centered.squares)) {
    throw new RangeError(`values: expected a variance in the range of float64, got ${centered.squares}`);
  }
  const scale = powerAbove(centered.squares);
  const products = new RowProducts(workspace, centered, scale, isGramLess(rowCount, columnCount, components));
  const eigen = yield* largestOf(workspace, products, Math.min(components, products.order));
  const rank = eigen.values.findIndex((value) => value <= products.order * Number.EPSILON * eigen.values[0]!);
  const known = Math.min(eigen.vectors.rows, rank < 0 ? Infinity : rank);
  const vectors = yield* orthonormalRows(workspace, yield* products.directions(eigen.vectors, known), components);
  const variances = Float64Array.from({ length: components }, (_, i) =>
    i < known ? eigen.values[i]! * (scale / (rowCount - 1)) : 0,
  );
  return pcaOf(centered.mean, workspace.valuesOf(vectors).slice(), variances, centered.squares / (rowCount - 1));
}

/** Whether the Gram matrix is less work than the covariance: each product with it takes two passes through the rows, not one. */
function isGramLess(rowCount: number, columnCount: number, components: number): boolean {
  const isFull = isFullDecomposition(rowCount, Math.min(components, rowCount));
  return (isFull ? 1 : 2) * rowCount <= columnCount;
}

function checkComponents(components: number, columnCount: number): void {
  if (!Number.isInteger(components) || components < 1 || components > columnCount) {
    throw new RangeError(`components: expected an integer from 1 to ${columnCount} (columns), got ${components}`);
  }
}

/** A power of two, by which numbers are divided exactly. */
function powerAbove(total: number): number {
  return total > 0 ? 2 ** Math.ceil(Math.log2(total)) : 1;
}

/** @param components is overwritten */
function pcaOf(mean: Float64Array, components: Float64Array, explainedVariance: Float64Array, total: number): Pca {
  for (let at = 0; at < components.length; at += mean.length) {
    makePeakPositive(components.subarray(at, at + mean.length));
  }
  const explainedVarianceRatio = explainedVariance.map((value) => (total > 0 ? value / total : 0));
  return new Pca({ mean, components, explainedVariance, explainedVarianceRatio });
}

/** Turns the vector round if its element of largest magnitude is negative (the first of equal ones). */
function makePeakPositive(vector: Float64Array): void {
  const peak = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best));
  if (peak < 0) for (let c = 0; c < vector.length; c++) vector[c] = -vector[c]!;
}
