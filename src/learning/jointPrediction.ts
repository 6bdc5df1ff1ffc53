import { leastProbability } from '../stats/leastProbability.js';
import type { FloatArray } from '../stats/rows.js';
import { mostProbable } from './metrics.js';

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
export function meanLogProbability(classCount: number): JointPrediction {
  const logs = new Float64Array(classCount);
  const products = new Float64Array(classCount).fill(1);
  let rowCount = 0;

  function takeLogs(): void {
    for (let c = 0; c < classCount; c++) logs[c]! += Math.log(products[c]!);
    products.fill(1);
  }

  return {
    add(probabilities) {
      for (let at = 0; at < probabilities.length; at += classCount) {
        for (let c = 0; c < classCount; c++) products[c]! *= Math.max(probabilities[at + c]!, leastProbability);
        if (++rowCount % ROWS_A_PRODUCT === 0) takeLogs();
      }
    },
    finish(out) {
      takeLogs();
      const means = logs.map((log) => log / rowCount);
      logs.fill(0);
      rowCount = 0;
      expectFinite(means);
      const best = mostProbable(means, classCount)[0]!;
      const shares = means.map((mean) => Math.exp(mean - means[best]!));
      const sum = shares.reduce((total, share) => total + share, 0);
      out.set(shares.map((share) => share / sum));
      return best;
    },
  };
}

/** The class that most rows hold for the likeliest. The probabilities are the shares of the rows. */
export function majorityVote(classCount: number): JointPrediction {
  const votes = new Float64Array(classCount);
  let rowCount = 0;
  return {
    add(probabilities) {
      expectFinite(probabilities, classCount);
      for (const best of mostProbable(probabilities, classCount)) votes[best]!++;
      rowCount += probabilities.length / classCount;
    },
    finish(out) {
      const best = mostProbable(votes, classCount)[0]!;
      out.set(votes.map((count) => count / rowCount));
      votes.fill(0);
      rowCount = 0;
      return best;
    },
  };
}

function expectFinite(probabilities: FloatArray, classCount = probabilities.length): void {
  const at = probabilities.findIndex((each) => !Number.isFinite(each));
  if (at >= 0) throw new RangeError(`probabilities: expected finite numbers, got others for class ${at % classCount}`);
}
