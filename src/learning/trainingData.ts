import { ValueError } from '../errors.js';
import { checkFinite, rowCountOf } from '../stats/rows.js';

/** Vectors to learn from. */
export interface Rows {
  readonly features: Float32Array; // rows × featureCount
  readonly featureCount: number;
}

/** Labelled rows. */
export interface TrainingData extends Rows {
  readonly labels: Uint8Array; // rows
}

/**
 * Checks that features and labels belong together and can be learnt from.
 *
 * @throws RangeError naming the row, and for features the column
 */
export function checkTrainingData({ features, featureCount, labels }: TrainingData, classCount: number): void {
  const rows = rowCountOf(features, featureCount);
  if (rows !== labels.length)
    throw new RangeError(`features: expected ${labels.length} rows, one a label, got ${rows}`);
  checkFinite(features, featureCount);
  const row = labels.findIndex((label) => label >= classCount);
  if (row !== -1) throw new ValueError({ row }, `labels: expected 0 to ${classCount - 1}, got ${labels[row]}`);
}

/** The rows with the given numbers, in their order, as data of their own. */
export function takeRows(data: TrainingData, rows: Uint32Array): TrainingData {
  return { ...takeFeatures(data, rows), labels: Uint8Array.from(rows, (row) => data.labels[row]!) };
}

/** The same of rows without labels. */
export function takeFeatures({ features, featureCount }: Rows, rows: Uint32Array): Rows {
  const taken = new Float32Array(rows.length * featureCount);
  for (const [i, row] of rows.entries()) {
    const begin = row * featureCount;
    taken.set(features.subarray(begin, begin + featureCount), i * featureCount);
  }
  return { features: taken, featureCount };
}
