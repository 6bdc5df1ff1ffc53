/** One pass through the training rows. */
export interface EpochReport {
  readonly epoch: number; // from 1
  readonly loss: number; // mean loss of the training rows under dropout, each before its step
  readonly validationLoss?: number | undefined; // mean loss after the epoch; undefined without validation rows
  readonly validationAccuracy?: number | undefined; // of a classifier: share of rows whose likeliest class is right
  readonly learningRate: number; // of the epoch's last step
}

/** By which of its figures an epoch is judged: accuracy is to be large, loss to be small. */
export type Measure = 'validationAccuracy' | 'validationLoss';

/** The number of the epoch that did best on the validation rows, the first of equals; undefined without such rows. */
export function bestEpochOf(history: readonly EpochReport[], measure: Measure): number | undefined {
  const sign = measure === 'validationLoss' ? -1 : 1;
  let best: { epoch: number; score: number } | undefined;
  for (const report of history) {
    const value = report[measure];
    if (value === undefined) continue;
    if (!best || sign * value > best.score) best = { epoch: report.epoch, score: sign * value };
  }
  return best?.epoch;
}
