import { PCA } from 'ml-pca';
import { addInnerProducts } from './innerProducts.js';
import { Pca } from './pca.js';
import { checkFinite, checkLength, rowCountOf } from './rows.js';

/**
 * Principal components: the eigenvectors of the covariance matrix, by descending eigenvalue. The sign of each is such that its
 * element of largest magnitude is positive, the rule of scikit-learn. Eigenvalues that rounding made negative count as 0.
 *
 * @param covariance columns × columns, symmetric
 * @param mean one mean a column
 * @param components how many to keep, from 1 to the number of columns
 * @throws RangeError for another number of components, sizes that do not fit each other, or values that are not finite
 */
export function fitPca(covariance: Float64Array, mean: Float64Array, components: number): Pca {
  const columnCount = mean.length;
  checkLength('covariance', covariance, columnCount ** 2);
  checkComponents(components, columnCount);
  checkFinite(covariance, columnCount);
  checkFinite(mean, columnCount);

  const { values, vector, total } = eigenOf(covariance, columnCount);
  const kept = new Float64Array(components * columnCount);
  for (let i = 0; i < components; i++) kept.set(withPositivePeak(vector(i)), i * columnCount);
  return pcaOf(mean, kept, values.slice(0, components), total);
}

/**
 * The same of few rows, by the eigenvectors u of their Gram matrix X Xᵀ / (rows − 1): Xᵀ u is an eigenvector of the covariance to the same
 * eigenvalue, and all its others are 0. That takes rows³ work, not columns³.
 *
 * Beyond the rank, where any direction explains as little, unit vectors complete the components.
 *
 * @param rows row-major, at least two
 * @throws RangeError as `fitPca`
 */
export function fitPcaOfRows(rows: Float64Array, columnCount: number, components: number): Pca {
  const rowCount = rowCountOf(rows, columnCount);
  checkComponents(components, columnCount);
  checkFinite(rows, columnCount);
  if (rowCount < 2) throw new RangeError(`values: expected at least two rows, got ${rowCount}`);

  const { mean, centered } = center(rows, columnCount, rowCount);
  const gram = new Float64Array(rowCount * rowCount);
  const all = { values: centered, start: 0, end: rowCount };
  addInnerProducts(all, all, columnCount, gram, rowCount);
  const { values, vector, total } = eigenOf(
    gram.map((sum) => sum / (rowCount - 1)),
    rowCount,
  );
  const rank = values.findIndex((value) => value <= rowCount * Number.EPSILON * values[0]!);
  const known = Math.min(components, rank < 0 ? rowCount : rank);
  const basis: Float64Array[] = [];
  for (let i = 0; i < known; i++) basis.push(orthonormal(combination(centered, vector(i), columnCount), basis));
  while (basis.length < components) basis.push(orthonormal(leastCovered(basis, columnCount), basis));
  const kept = new Float64Array(components * columnCount);
  for (const [i, component] of basis.entries()) kept.set(withPositivePeak(component), i * columnCount);
  const variances = Float64Array.from({ length: components }, (_, i) => (i < known ? values[i]! : 0));
  return pcaOf(mean, kept, variances, total);
}

function checkComponents(components: number, columnCount: number): void {
  if (!Number.isInteger(components) || components < 1 || components > columnCount) {
    throw new RangeError(`components: expected an integer from 1 to ${columnCount} (columns), got ${components}`);
  }
}

interface Eigen {
  /** Descending; those that rounding made negative are 0. */
  readonly values: Float64Array;
  readonly vector: (index: number) => Float64Array;
  /** The sum of all eigenvalues, as the matrix has it. */
  readonly total: number;
}

/** @param matrix symmetric, order × order */
function eigenOf(matrix: Float64Array, order: number): Eigen {
  const rows = Array.from({ length: order }, (_, i) => Array.from(matrix.subarray(i * order, (i + 1) * order)));
  const decomposition = new PCA(rows, { isCovarianceMatrix: true });
  const vectors = decomposition.getEigenvectors();
  return {
    values: Float64Array.from(decomposition.getEigenvalues(), (value) => Math.max(value, 0)),
    vector: (index) => Float64Array.from(vectors.getColumn(index)),
    total: rows.reduce((sum, row, i) => sum + row[i]!, 0),
  };
}

function pcaOf(mean: Float64Array, components: Float64Array, explainedVariance: Float64Array, total: number): Pca {
  const explainedVarianceRatio = explainedVariance.map((value) => (total > 0 ? value / total : 0));
  return new Pca({ mean, components, explainedVariance, explainedVarianceRatio });
}

/** The vector or its negative, whichever has a positive element of largest magnitude (the first of equal ones). */
function withPositivePeak(vector: Float64Array): Float64Array {
  const peak = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best));
  return peak < 0 ? vector.map((value) => -value) : vector;
}

/** Rows less their means. All is relative to the first row, so that offsets cost no digits. */
function center(
  rows: Float64Array,
  columnCount: number,
  rowCount: number,
): { readonly mean: Float64Array; readonly centered: Float64Array } {
  const origin = rows.subarray(0, columnCount);
  const centered = rows.map((value, at) => value - origin[at % columnCount]!);
  const offset = new Float64Array(columnCount);
  for (let at = 0; at < centered.length; at++) offset[at % columnCount]! += centered[at]!;
  for (let c = 0; c < columnCount; c++) offset[c]! /= rowCount;
  for (let at = 0; at < centered.length; at++) centered[at]! -= offset[at % columnCount]!;
  return { mean: origin.map((value, c) => value + offset[c]!), centered };
}

/** Σ weights[row] · row. */
function combination(rows: Float64Array, weights: Float64Array, columnCount: number): Float64Array {
  const sum = new Float64Array(columnCount);
  for (const [row, weight] of weights.entries()) {
    for (let c = 0, at = row * columnCount; c < columnCount; c++, at++) sum[c]! += weight * rows[at]!;
  }
  return sum;
}

/** What of a vector no vector of the basis covers, of length 1. Twice, since once leaves rounding of the first difference. */
function orthonormal(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  for (let turn = 0; turn < 2; turn++) {
    for (const other of basis) {
      const product = vector.reduce((sum, value, c) => sum + value * other[c]!, 0);
      for (let c = 0; c < vector.length; c++) vector[c]! -= product * other[c]!;
    }
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    for (let c = 0; c < vector.length; c++) vector[c]! /= length;
  }
  return vector;
}

/** The unit vector that a basis covers least (the first of equal ones). */
function leastCovered(basis: readonly Float64Array[], columnCount: number): Float64Array {
  const covered = new Float64Array(columnCount);
  for (const vector of basis) for (let c = 0; c < columnCount; c++) covered[c]! += vector[c]! ** 2;
  const least = covered.indexOf(covered.reduce((a, b) => Math.min(a, b)));
  return new Float64Array(columnCount).fill(1, least, least + 1);
}
