import { CovarianceFit } from './covariance.js';
import type { Pca } from './pca.js';
import { checkColumnCount, checkFinite, type FloatArray, rowCountOf } from './rows.js';

const FIRST_ROWS = 64;

/**
 * Principal components of rows that arrive in chunks. The result is the same bytes however they are split.
 *
 * Memory: the rows, in float64, up to as many as there are columns; then two matrices of columns × columns instead.
 */
export class PcaFit {
  readonly #columnCount: number;
  #rows: Float64Array;
  #rowCount = 0;
  #covariance: CovarianceFit | undefined;

  /** @throws RangeError */
  constructor(columnCount: number) {
    checkColumnCount(columnCount);
    this.#columnCount = columnCount;
    this.#rows = new Float64Array(Math.min(FIRST_ROWS, columnCount) * columnCount);
  }

  /**
   * Takes the rows in, all or none of them.
   *
   * @param values row-major
   * @throws RangeError for partial rows or for a value that is not finite (naming its row and column)
   */
  add(values: FloatArray): void {
    if (this.#covariance) return this.#covariance.add(values);
    const columnCount = this.#columnCount;
    const count = this.#rowCount + rowCountOf(values, columnCount);
    checkFinite(values, columnCount);
    const before = this.#rowCount * columnCount;
    if (count > columnCount) {
      this.#covariance = new CovarianceFit(columnCount);
      this.#covariance.add(this.#rows.subarray(0, before));
      this.#rows = new Float64Array(0);
      this.#covariance.add(values);
      return;
    }
    if (before + values.length > this.#rows.length) {
      const grown = new Float64Array(Math.min(Math.max(2 * this.#rowCount, count), columnCount) * columnCount);
      grown.set(this.#rows.subarray(0, before));
      this.#rows = grown;
    }
    this.#rows.set(values, before);
    this.#rowCount = count;
  }

  /**
   * To be called once, after the last row.
   * @throws RangeError if there were fewer than two rows; for a number of components that there cannot be
   */
  async finish(components: number): Promise<Pca> {
    const { fitPca, fitPcaOfRows } = await import('./fitPca.js'); // with its solver, of which nobody else has need
    const columnCount = this.#columnCount;
    if (!this.#covariance) {
      return fitPcaOfRows(this.#rows.subarray(0, this.#rowCount * columnCount), columnCount, components);
    }
    const { covariance, mean } = this.#covariance.finish();
    return fitPca(covariance, mean, components);
  }
}
