import { ColumnQuantiles } from './columnQuantiles.js';
import { Comoments, pairCount } from './comoments.js';
import { Extremes } from './extremes.js';
import { Moments } from './moments.js';
import { checkColumnCount, type FloatArray, rowCountOf } from './rows.js';

const PROBABILITIES = { quantile25: 0.25, median: 0.5, quantile75: 0.75 } as const;

/** What can be said of the rows of a column. */
export const poolStatistics = [
  'mean',
  'standardDeviation',
  'minimum',
  'maximum',
  'quantile25',
  'median',
  'quantile75',
  'covariance',
] as const;
export type PoolStatistic = (typeof poolStatistics)[number];

/** Numbers of a statistic: one for each column, but one for each pair of columns i ≤ j, j fastest, of covariance. */
export function statisticSize(statistic: PoolStatistic, columnCount: number): number {
  return statistic === 'covariance' ? pairCount(columnCount) : columnCount;
}

/**
 * Statistics of each column of a set of rows that arrives in chunks, one set after the other. Standard deviation and covariance divide by n; quantiles
 * are exact and are the only ones that keep the rows of the set. The same bytes however a set is split.
 */
export class Pooling {
  readonly #columnCount: number;
  readonly #statistics: readonly PoolStatistic[];
  readonly #moments: Moments | undefined;
  readonly #comoments: Comoments | undefined;
  readonly #extremes: Extremes | undefined;
  readonly #quantiles: ColumnQuantiles | undefined;

  /** @throws RangeError unless there is a column */
  constructor(columnCount: number, statistics: readonly PoolStatistic[]) {
    checkColumnCount(columnCount);
    this.#columnCount = columnCount;
    this.#statistics = statistics;
    const has = (...names: readonly PoolStatistic[]): boolean => names.some((name) => statistics.includes(name));
    this.#moments = has('mean', 'standardDeviation') ? new Moments(columnCount) : undefined;
    this.#comoments = has('covariance') ? new Comoments(columnCount) : undefined;
    this.#extremes = has('minimum', 'maximum') ? new Extremes(columnCount) : undefined;
    this.#quantiles = has('quantile25', 'median', 'quantile75') ? new ColumnQuantiles(columnCount) : undefined;
  }

  /** Numbers of a set: those of the first statistic, then of the second … */
  get size(): number {
    return this.#statistics.reduce((sum, statistic) => sum + statisticSize(statistic, this.#columnCount), 0);
  }

  /**
   * Adds rows to the set at hand.
   * @param values row-major
   * @throws RangeError for partial rows
   */
  add(values: FloatArray): void {
    rowCountOf(values, this.#columnCount);
    for (const each of this.#accumulators()) each?.add(values);
  }

  /**
   * Ends a set of one row at least, and begins the next.
   * @param out receives `size` numbers
   * @throws RangeError naming statistic and column where the result is not finite, since a value was not or is out of range of `out`
   */
  finish(out: FloatArray): void {
    const probabilities: number[] = [];
    const quantiles: FloatArray[] = [];
    let end = 0;
    for (const statistic of this.#statistics) {
      const part = out.subarray(end, (end += statisticSize(statistic, this.#columnCount)));
      if (statistic === 'mean') this.#moments!.writeMeans(part);
      else if (statistic === 'standardDeviation') this.#moments!.writeStandardDeviations(part);
      else if (statistic === 'covariance') this.#comoments!.writeCovariances(part);
      else if (statistic === 'minimum') this.#extremes!.writeMinima(part);
      else if (statistic === 'maximum') this.#extremes!.writeMaxima(part);
      else {
        probabilities.push(PROBABILITIES[statistic]);
        quantiles.push(part);
      }
    }
    this.#quantiles?.write(probabilities, quantiles);
    for (const each of this.#accumulators()) each?.reset();
    this.#expectFinite(out);
  }

  #accumulators() {
    return [this.#moments, this.#comoments, this.#extremes, this.#quantiles];
  }

  #expectFinite(out: FloatArray): void {
    let end = 0;
    for (const statistic of this.#statistics) {
      const begin = end;
      end += statisticSize(statistic, this.#columnCount);
      for (let at = begin; at < end; at++) {
        if (Number.isFinite(out[at])) continue;
        const of = statistic === 'covariance' ? 'pair' : 'column';
        throw new RangeError(`${statistic} of ${of} ${at - begin}: expected a finite number, got ${out[at]}`);
      }
    }
  }
}
