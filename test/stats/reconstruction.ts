import type { Pca } from '#dist/stats/pca.js';
import type { FloatArray } from '#dist/stats/rows.js';

/** Mean squared difference between the values of the rows and what their codes give back. */
export function reconstructionMse(pca: Pca, rows: FloatArray): number {
  const codes = new Float64Array((rows.length / pca.mean.length) * pca.explainedVariance.length);
  const reconstructed = new Float64Array(rows.length);
  pca.transform(rows, codes);
  pca.inverse(codes, reconstructed);
  return reconstructed.reduce((sum, value, at) => sum + (rows[at]! - value) ** 2, 0) / rows.length;
}
