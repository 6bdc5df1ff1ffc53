import { ColumnStore } from './columnStore.js';
import { quantilesInPlace } from './quantiles.js';
import { checkLength, rowCountOf, type FloatArray } from './rows.js';
import type { Steps } from './steps.js';

/** How rescaled values grow far from the median. */
export const tailScales = ['linear', 'logarithmic'] as const;
export type TailScale = (typeof tailScales)[number];

/**
 * Robust rescaling: z = (x − center) / scale per component, with the median and the interquartile range of the training data. Fitted
 * once, then applied unchanged to validation, test and noisy data. With logarithmic tails it is asinh z: almost z near 0, almost
 * ±log |2z| far away.
 */
export class RobustScaler {
  readonly centers: Float64Array;
  readonly scales: Float64Array;
  readonly tails: TailScale;

  /** @throws RangeError if the lengths differ, a center is not finite, or a scale is not a positive finite number */
  constructor(centers: Float64Array, scales: Float64Array, tails: TailScale = 'linear') {
    checkLength('scales', scales, centers.length);
    checkEach('center', centers, 'a finite number', Number.isFinite);
    checkEach('scale', scales, 'a finite number > 0', (scale) => scale > 0 && scale < Infinity);
    this.centers = centers;
    this.scales = scales;
    this.tails = tails;
  }

  get columnCount(): number {
    return this.centers.length;
  }

  /**
   * Writes the rescaled rows to `out`, which may be `values` itself.
   *
   * @param values row-major
   * @param out as many values; the arithmetic is float64, rounded to the precision of `out`
   * @throws RangeError for partial rows, or if the lengths differ
   */
  transform(values: FloatArray, out: FloatArray): void {
    const { centers, scales, columnCount } = this;
    const rowCount = rowCountOf(values, columnCount);
    checkLength('out', out, values.length);
    const isLogarithmic = this.tails === 'logarithmic';
    for (let row = 0, at = 0; row < rowCount; row++) {
      for (let c = 0; c < columnCount; c++, at++) {
        const z = (values[at]! - centers[c]!) / scales[c]!;
        out[at] = isLogarithmic ? Math.asinh(z) : z;
      }
    }
  }
}

/**
 * Fits a `RobustScaler` on rows that arrive in chunks. The result does not depend on how they are split.
 *
 * Memory: every value, since exact quantiles need them all; 120,000 × 308 float32 take 148 MB.
 */
export class RobustScalerFit {
  readonly #store: ColumnStore;
  readonly #tails: TailScale;

  /**
   * @param maxBytes bound of the memory that keeps the rows
   * @throws RangeError
   */
  constructor(columnCount: number, maxBytes: number, tails: TailScale = 'linear') {
    this.#store = new ColumnStore(columnCount, maxBytes);
    this.#tails = tails;
  }

  /**
   * Takes a copy of the rows, all or none of them, step by step.
   *
   * @param values row-major
   * @throws RangeError for partial rows, for a value that is not finite (naming its row and column), or beyond `maxBytes`
   * @throws TypeError if float32 and float64 chunks are mixed
   */
  *add(values: FloatArray): Steps<void> {
    yield* this.#store.add(values);
  }

  /**
   * Median and q75 − q25 of each component; the scale is 1 where they coincide.
   *
   * As scikit-learn's RobustScaler, which however takes any range below 10 machine epsilons (2.2e-15) for 0, whatever the unit.
   *
   * Goes on column by column.
   *
   * @throws RangeError if there were no rows
   */
  *finish(): Steps<RobustScaler> {
    const { columnCount } = this.#store;
    if (this.#store.rowCount === 0) throw new RangeError('values: expected at least one row, got none');
    const centers = new Float64Array(columnCount);
    const scales = new Float64Array(columnCount);
    const column = this.#store.columnBuffer();
    for (let c = 0; c < columnCount; c++) {
      this.#store.copyColumn(c, column);
      const quartiles = quantilesInPlace(column, [0.25, 0.5, 0.75]);
      centers[c] = quartiles[1]!;
      scales[c] = quartiles[2]! - quartiles[0]! || 1;
      yield column.length;
    }
    return new RobustScaler(centers, scales, this.#tails);
  }
}

function checkEach(name: string, values: Float64Array, expected: string, isGood: (value: number) => boolean): void {
  const column = values.findIndex((value) => !isGood(value));
  if (column >= 0)
    throw new RangeError(`column ${column}: expected the ${name} to be ${expected}, got ${values[column]}`);
}
