import type { SweepReport } from '../sweeps/runSweep.js';
import type { BestTrial, SweepMonitor } from '../sweeps/sweepMonitor.js';
import { formatValues } from '../sweeps/trials.js';
import { formatCount, formatDuration } from '../format.js';
import type { ProgressView } from './progress.js';

/** A running sweep: trials, time left, and the best so far. */
export function sweepView(monitor: SweepMonitor): ProgressView {
  return { lines: () => [headline(monitor), ...bestLine(monitor)], line: () => oneLine(monitor) };
}

/** A sweep that has ended. */
export function sweepOutcome({ sweep, seconds, trials, kept }: SweepReport): string[] {
  const earlier = kept > 0 ? [`${formatCount(kept)} of them by earlier runs`] : [];
  return [sweep, formatDuration(seconds), `${formatCount(trials.total)} trials`, ...earlier];
}

/** `trial 7 with 0.6912 at rCut = 63, nMax = 7` */
export function formatBest({ trial, value, values }: BestTrial): string {
  return `trial ${trial} with ${value.toFixed(4)} at ${formatValues(new Map(Object.entries(values)))}`;
}

function headline({ sweep, ended, total, running, elapsedMs, remainingMs }: SweepMonitor): string {
  const parts = [sweep, `${formatCount(ended)} of ${formatCount(total)} trials`, `${running} under way`];
  parts.push(formatDuration(elapsedMs / 1000));
  if (remainingMs !== undefined && ended < total) parts.push(`about ${formatDuration(remainingMs / 1000)} left`);
  return parts.join(' · ');
}

function bestLine({ best }: SweepMonitor): string[] {
  return best ? [`  best so far: ${formatBest(best)}`] : [];
}

function oneLine(monitor: SweepMonitor): string {
  return [headline(monitor), ...bestLine(monitor).map((line) => line.trim())].join(' · ');
}
