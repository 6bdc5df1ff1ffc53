import { CovarianceFit } from './covariance.js';
import { fitPca, fitPcaOfRows } from './fitPca.js';
import { KeptRows } from './keptRows.js';
import type { Pca } from './pca.js';
import { checkColumnCount, checkFinite, type FloatArray, rowCountOf } from './rows.js';
import type { Steps } from './steps.js';

/** Columns from which passes through the rows take less time than their covariance, if there are so many for each component. */
const WIDE = 480;
const WIDE_FOR_EACH = 30;

/** Whether rows are kept, up to a bound, however many they are. */
export function keepsRows(columnCount: number, components: number): boolean {
  return columnCount >= Math.max(WIDE, WIDE_FOR_EACH * components);
}

/**
 * Principal components of rows that arrive in chunks. The result is the same bytes however they are split.
 *
 * Memory: the rows, up to as many as there are columns, or up to `maxBytes` where columns are many and components few. Beyond, two
 * matrices of columns × columns instead.
 */
export class PcaFit {
  readonly #columnCount: number;
  readonly #components: number;
  readonly #maxBytes: number;
  readonly #rows: KeptRows;
  #covariance: CovarianceFit | undefined;

  /** @throws RangeError */
  constructor(columnCount: number, components: number, maxBytes: number) {
    checkColumnCount(columnCount);
    this.#columnCount = columnCount;
    this.#components = components;
    this.#maxBytes = keepsRows(columnCount, components) ? maxBytes : 0;
    this.#rows = new KeptRows(columnCount);
  }

  /**
   * Takes the rows in, all or none of them, step by step.
   *
   * @param values row-major
   * @throws RangeError for partial rows or for a value that is not finite (naming its row and column)
   * @throws TypeError if float32 and float64 chunks are mixed
   */
  *add(values: FloatArray): Steps<void> {
    if (this.#covariance) return yield* this.#covariance.add(values);
    const rows = this.#rows;
    const count = rows.rowCount + rowCountOf(values, this.#columnCount);
    checkFinite(values, this.#columnCount);
    rows.checkPrecision(values);
    if (count <= this.#columnCount || rows.bytesWith(values) <= this.#maxBytes) return rows.add(values);
    this.#covariance = new CovarianceFit(this.#columnCount);
    for (const kept of rows.taken()) yield* this.#covariance.add(kept);
    yield* this.#covariance.add(values);
  }

  /**
   * To be called once, after the last row.
   * @throws RangeError if there were fewer than two rows; for a number of components that there cannot be
   */
  *finish(): Steps<Pca> {
    if (!this.#covariance) return yield* fitPcaOfRows(this.#rows, this.#components);
    const { covariance, mean } = yield* this.#covariance.finish();
    return yield* fitPca(covariance, mean, this.#components);
  }
}
