import { projectRows } from './projectRows.js';
import { checkLength, type FloatArray } from './rows.js';

/** What a fit finds, and all that is needed to apply it. */
export interface PcaParameters {
  /** One mean a column, subtracted before the projection. */
  readonly mean: Float64Array;
  /** components × columns, row-major: orthonormal eigenvectors of the covariance, by descending eigenvalue. */
  readonly components: Float64Array;
  /** The eigenvalue of each component: the variance of its code over the training data. */
  readonly explainedVariance: Float64Array;
  /** The same as a fraction of the variance of all columns; 0 where that is 0. */
  readonly explainedVarianceRatio: Float64Array;
}

/** Projection on principal components and back: the linear code of smallest squared error. */
export class Pca implements PcaParameters {
  readonly mean: Float64Array;
  readonly components: Float64Array;
  readonly explainedVariance: Float64Array;
  readonly explainedVarianceRatio: Float64Array;
  /** columns × components. */
  readonly #transposed: Float64Array;
  /** A zero for each place of a code. */
  readonly #zeros: Float64Array;

  /** @throws RangeError if the lengths do not fit each other */
  constructor({ mean, components, explainedVariance, explainedVarianceRatio }: PcaParameters) {
    checkLength('components', components, mean.length * explainedVariance.length);
    checkLength('explainedVarianceRatio', explainedVarianceRatio, explainedVariance.length);
    this.mean = mean;
    this.components = components;
    this.explainedVariance = explainedVariance;
    this.explainedVarianceRatio = explainedVarianceRatio;
    this.#transposed = transpose(components, explainedVariance.length, mean.length);
    this.#zeros = new Float64Array(explainedVariance.length);
  }

  /**
   * code = components · (row − mean), in float64.
   *
   * @param rows rows × columns
   * @param codes receives rows × components, rounded to its precision
   * @throws RangeError for partial rows, or if `codes` has another length
   */
  transform(rows: FloatArray, codes: FloatArray): void {
    projectRows(rows, this.mean, this.components, this.#zeros, codes);
  }

  /**
   * row = mean + componentsᵀ · code, in float64.
   *
   * @param codes rows × components
   * @param rows receives rows × columns, rounded to its precision
   * @throws RangeError for partial codes, or if `rows` has another length
   */
  inverse(codes: FloatArray, rows: FloatArray): void {
    projectRows(codes, this.#zeros, this.#transposed, this.mean, rows);
  }
}

function transpose(matrix: Float64Array, rowCount: number, columnCount: number): Float64Array {
  const transposed = new Float64Array(matrix.length);
  for (let row = 0; row < rowCount; row++) {
    for (let c = 0; c < columnCount; c++) transposed[c * rowCount + row] = matrix[row * columnCount + c]!;
  }
  return transposed;
}
