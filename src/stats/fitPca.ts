import { PCA } from 'ml-pca';
import { Pca } from './pca.js';
import { checkFinite, checkLength } from './rows.js';

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
  if (!Number.isInteger(components) || components < 1 || components > columnCount) {
    throw new RangeError(`components: expected an integer from 1 to ${columnCount} (columns), got ${components}`);
  }
  checkFinite(covariance, columnCount);
  checkFinite(mean, columnCount);

  const rows = Array.from({ length: columnCount }, (_, i) =>
    Array.from(covariance.subarray(i * columnCount, (i + 1) * columnCount)),
  );
  const decomposition = new PCA(rows, { isCovarianceMatrix: true });
  const eigenvectors = decomposition.getEigenvectors();
  const kept = new Float64Array(components * columnCount);
  for (let i = 0; i < components; i++) kept.set(withPositivePeak(eigenvectors.getColumn(i)), i * columnCount);
  const explainedVariance = Float64Array.from(decomposition.getEigenvalues().slice(0, components), (value) =>
    Math.max(value, 0),
  );
  const total = rows.reduce((sum, row, i) => sum + row[i]!, 0);
  const explainedVarianceRatio = explainedVariance.map((value) => (total > 0 ? value / total : 0));
  return new Pca({ mean, components: kept, explainedVariance, explainedVarianceRatio });
}

/** The vector or its negative, whichever has a positive element of largest magnitude (the first of equal ones). */
function withPositivePeak(vector: number[]): number[] {
  const peak = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best));
  return peak < 0 ? vector.map((value) => -value) : vector;
}
