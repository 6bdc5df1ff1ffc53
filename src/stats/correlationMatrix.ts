/**
 * Pearson's correlation coefficients out of a covariance matrix: r_ij = c_ij / (√c_ii √c_jj), within [−1, 1] whatever the rounding, and 1
 * on the diagonal. A column that does not vary correlates with nothing: 0, but 1 with itself.
 *
 * @param covariance columns × columns, symmetric
 * @returns as many numbers, symmetric
 */
export function correlationMatrix(covariance: Float64Array, columnCount: number): Float64Array {
  if (covariance.length !== columnCount * columnCount) {
    throw new RangeError(`covariance: expected ${columnCount} × ${columnCount} values, got ${covariance.length}`);
  }
  const deviations = Float64Array.from({ length: columnCount }, (_, c) => Math.sqrt(covariance[c * columnCount + c]!));
  const correlation = new Float64Array(covariance.length);
  for (let i = 0; i < columnCount; i++) {
    correlation[i * columnCount + i] = 1;
    for (let j = i + 1; j < columnCount; j++) {
      // Dividing twice: the product of two deviations may leave the range of a float64.
      const ratio = covariance[i * columnCount + j]! / deviations[i]! / deviations[j]!;
      const isConstant = deviations[i] === 0 || deviations[j] === 0;
      const coefficient = isConstant ? 0 : Math.max(-1, Math.min(1, ratio));
      correlation[i * columnCount + j] = coefficient;
      correlation[j * columnCount + i] = coefficient;
    }
  }
  return correlation;
}
