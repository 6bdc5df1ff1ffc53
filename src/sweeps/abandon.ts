import type { MetricRow } from '../arrow/schemas.js';
import type { Objective, SweepEntry } from '../config/sweepEntry.js';
import { quantilesInPlace } from '../stats/quantiles.js';

/** A metric with the place where it was measured. */
export interface TrialMetric extends MetricRow {
  readonly pipeline: string;
  readonly step: string;
}

/** What a trial is held to, epoch by epoch. */
export interface Watch {
  readonly objective: Objective;
  readonly minimize: boolean;
  /** By epoch − 1; null where nothing is asked. */
  readonly thresholds: readonly (number | null)[];
}

/** Whether a metric is the one that the sweep is after. */
export function isObjective({ pipeline, step, metric }: TrialMetric, objective: Objective): boolean {
  return pipeline === objective.pipeline && step === objective.step && metric === objective.metric;
}

/**
 * What later trials are held to: at each epoch from `after` on the quantile of the objective of those first trials that
 * came so far. A function of their metrics alone, so that the order in which trials end changes nothing.
 *
 * @param startup the metrics of each of the first trials
 * @returns undefined if nobody is to be stopped
 */
export function watchOf(
  { objective, minimize, abandon }: SweepEntry,
  startup: readonly (readonly TrialMetric[])[],
): Watch | undefined {
  if (!objective || !abandon) return undefined;
  const byEpoch: number[][] = [];
  for (const { epoch, value, ...metric } of startup.flat()) {
    if (epoch === undefined || !Number.isFinite(value) || !isObjective({ ...metric, value }, objective)) continue;
    (byEpoch[epoch - 1] ??= []).push(value);
  }
  const probability = minimize ? 1 - abandon.quantile : abandon.quantile;
  const thresholds = Array.from(byEpoch, (values: number[] | undefined, index) =>
    values && index + 1 >= abandon.after ? quantilesInPlace(Float64Array.from(values), [probability])[0]! : null,
  );
  return thresholds.some((threshold) => threshold !== null) ? { objective, minimize, thresholds } : undefined;
}

/** Whether a trial that has just measured this is to stop. What is no number is worse than any. */
export function fallsBehind({ objective, minimize, thresholds }: Watch, metric: TrialMetric): boolean {
  const threshold = metric.epoch === undefined ? undefined : thresholds[metric.epoch - 1];
  if (threshold === undefined || threshold === null || !isObjective(metric, objective)) return false;
  return minimize ? !(metric.value <= threshold) : !(metric.value >= threshold);
}
