import { leastProbability } from '../stats/leastProbability.js';
import type { FloatArray } from '../stats/rows.js';

/** One prediction out of the predictions of many rows, one set of rows after the other. */
export interface JointPrediction {
  /** Takes in rows of the set at hand. @param probabilities row-major, whole rows */
  add(probabilities: FloatArray): void;
  /**
   * Ends a set of one row at least, and begins the next.
   * @param out receives a probability for each class
   * @returns the predicted class, the first of several that are as likely
   * @throws RangeError where probabilities were not finite
   */
  finish(out: Float32Array): number;
}

/** Products of so many probabilities, each of 1e-7 at least, are far from underflow. */
const ROWS_A_PRODUCT = 32;

/**
 * The class whose mean log-probability over the rows is greatest, as if the rows were independent. The probabilities are the softmax of these
 * means: the normalised geometric mean of those of the rows, which does not sharpen with their number.
 *
 * Probabilities below 1e-7 count as that. Logarithms are taken of products of 32 rows, counted from the first of the set: the same
 * bytes however it is split.
 */
export class MeanLogProbability implements JointPrediction {
  readonly #logs: Float64Array;
  readonly #products: Float64Array;
  #rowCount = 0;

  constructor(classCount: number) {
    this.#logs = new Float64Array(classCount);
    this.#products = new Float64Array(classCount).fill(1);
  }

  add(probabilities: FloatArray): void {
    const products = this.#products;
    const classCount = products.length;
    for (let at = 0; at < probabilities.length; at += classCount) {
      for (let c = 0; c < classCount; c++) products[c]! *= Math.max(probabilities[at + c]!, leastProbability);
      if (++this.#rowCount % ROWS_A_PRODUCT === 0) this.#takeLogs();
    }
  }

  finish(out: Float32Array): number {
    this.#takeLogs();
    const means = this.#logs.map((log) => log / this.#rowCount);
    this.#logs.fill(0);
    this.#rowCount = 0;
    const c = means.findIndex((mean) => !Number.isFinite(mean));
    if (c >= 0) throw new RangeError(`probabilities: expected finite numbers, got others for class ${c}`);
    const best = greatest(means);
    const shares = means.map((mean) => Math.exp(mean - means[best]!));
    const sum = shares.reduce((total, share) => total + share, 0);
    out.set(shares.map((share) => share / sum));
    return best;
  }

  #takeLogs(): void {
    for (let c = 0; c < this.#logs.length; c++) this.#logs[c]! += Math.log(this.#products[c]!);
    this.#products.fill(1);
  }
}

/** The class that most rows hold for the likeliest. The probabilities are the shares of the rows. */
export class MajorityVote implements JointPrediction {
  readonly #votes: Float64Array;
  #rowCount = 0;

  constructor(classCount: number) {
    this.#votes = new Float64Array(classCount);
  }

  add(probabilities: FloatArray): void {
    const classCount = this.#votes.length;
    for (let at = 0; at < probabilities.length; at += classCount) {
      let best = 0;
      for (let c = 0; c < classCount; c++) {
        if (!Number.isFinite(probabilities[at + c])) {
          throw new RangeError(`probabilities: expected finite numbers, got others for class ${c}`);
        }
        if (probabilities[at + c]! > probabilities[at + best]!) best = c;
      }
      this.#votes[best]!++;
      this.#rowCount++;
    }
  }

  finish(out: Float32Array): number {
    const best = greatest(this.#votes);
    out.set(this.#votes.map((votes) => votes / this.#rowCount));
    this.#votes.fill(0);
    this.#rowCount = 0;
    return best;
  }
}

/** Where the greatest is, the first of several. */
function greatest(values: Float64Array): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if (values[c]! > values[best]!) best = c;
  return best;
}
