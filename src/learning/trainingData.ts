import { checkFinite } from '../stats/rows.js';

/** Labelled rows. */
export interface TrainingData {
  readonly features: Float32Array; // rows × featureCount
  readonly labels: Uint8Array; // rows
  readonly featureCount: number;
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
  if (row !== -1) throw new RangeError(`labels: expected 0 to ${classCount - 1}, got ${labels[row]} at row ${row}`);
  return { features, labels, featureCount };
}

/** The rows with the given numbers, in their order, as data of their own. */
export function takeRows({ features, labels, featureCount }: TrainingData, rows: Uint32Array): TrainingData {
  const taken = {
    features: new Float32Array(rows.length * featureCount),
    labels: new Uint8Array(rows.length),
    featureCount,
  };
  for (const [i, row] of rows.entries()) {
    const begin = row * featureCount;
    taken.features.set(features.subarray(begin, begin + featureCount), i * featureCount);
    taken.labels[i] = labels[row]!;
  }
  return taken;
}
