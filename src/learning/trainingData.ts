import { ValueError } from '../errors.js';
import { checkFinite } from '../stats/rows.js';

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
export function checkTrainingData(features: Float32Array, labels: Uint8Array, classCount: number): TrainingData {
  const featureCount = features.length / labels.length;
  if (!Number.isInteger(featureCount) || featureCount < 1) {
    throw new RangeError(`features: expected a row for each of ${labels.length} labels, got ${features.length} values`);
  }
  checkFinite(features, featureCount);
  const row = labels.findIndex((label) => label >= classCount);
  if (row !== -1) throw new ValueError({ row }, `labels: expected 0 to ${classCount - 1}, got ${labels[row]}`);
  return { features, labels, featureCount };
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
