import { ValueError } from '../errors.js';
import type { FloatArray } from '../stats/rows.js';

/** The likeliest class of each row, the first of them in a tie. */
export function mostProbable(probabilities: FloatArray, classCount: number): Uint8Array {
  const classes = new Uint8Array(probabilities.length / classCount);
  for (let row = 0; row < classes.length; row++) {
    const begin = row * classCount;
    let best = 0;
    for (let c = 1; c < classCount; c++) if (probabilities[begin + c]! > probabilities[begin + best]!) best = c;
    classes[row] = best;
  }
  return classes;
}

/** Counts of (actual class, predicted class), from which the usual figures of a classifier follow. */
export class ConfusionMatrix {
  readonly classCount: number;
  /** Rows are actual classes, columns predicted ones; classCount × classCount, row after row. */
  readonly counts: Float64Array;

  constructor(classCount: number) {
    if (!Number.isInteger(classCount) || classCount < 1) {
      throw new RangeError(`classCount: expected an integer >= 1, got ${classCount}`);
    }
    this.classCount = classCount;
    this.counts = new Float64Array(classCount * classCount);
  }

  /** Counts one prediction per row. @throws RangeError naming the row of a class that is out of range */
  add(actual: Uint8Array, predicted: Uint8Array): void {
    if (actual.length !== predicted.length) {
      throw new RangeError(`predicted: expected ${actual.length} rows as in actual, got ${predicted.length}`);
    }
    checkClasses('actual', actual, this.classCount);
    checkClasses('predicted', predicted, this.classCount);
    for (let row = 0; row < actual.length; row++) {
      const cell = actual[row]! * this.classCount + predicted[row]!;
      this.counts[cell]!++;
    }
  }

  /** Adds the counts of another one. */
  addCounts(counts: Float64Array): void {
    for (const [cell, count] of counts.entries()) this.counts[cell]! += count;
  }
}

/** The figures of one confusion matrix, each from 0 to 1. */
export interface Metrics {
  readonly accuracy: number;
  readonly macroPrecision: number;
  readonly macroRecall: number;
  readonly macroF1: number;
}

/**
 * Accuracy, and the unweighted means over classes of precision TP/(TP+FP), recall TP/(TP+FN) and F1 = 2TP/(2TP+FP+FN).
 * The conventions are those of scikit-learn with `average='macro', zero_division=0`: 0/0 counts as 0, and the means are
 * over the classes that occur among the actual or the predicted ones. All are 0 where nothing was counted.
 */
export function metricsOf({ counts, classCount }: ConfusionMatrix): Metrics {
  let total = 0;
  let correct = 0;
  let occurring = 0;
  const sums = { precision: 0, recall: 0, f1: 0 };
  for (let c = 0; c < classCount; c++) {
    let actual = 0;
    let predicted = 0;
    for (let other = 0; other < classCount; other++) {
      actual += counts[c * classCount + other]!;
      predicted += counts[other * classCount + c]!;
    }
    const hits = counts[c * classCount + c]!;
    total += actual;
    correct += hits;
    if (actual + predicted > 0) occurring++;
    sums.precision += ratio(hits, predicted);
    sums.recall += ratio(hits, actual);
    sums.f1 += ratio(2 * hits, actual + predicted);
  }
  return {
    accuracy: ratio(correct, total),
    macroPrecision: ratio(sums.precision, occurring),
    macroRecall: ratio(sums.recall, occurring),
    macroF1: ratio(sums.f1, occurring),
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function checkClasses(name: string, classes: Uint8Array, classCount: number): void {
  const row = classes.findIndex((c) => c >= classCount);
  if (row !== -1)
    throw new ValueError({ row }, `${name}: expected classes 0 to ${classCount - 1}, got ${classes[row]}`);
}
