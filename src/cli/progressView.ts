import type { PipelineMonitor, StepMeter } from '../pipelines/monitor.js';
import { formatCount, formatDuration, formatTable } from './format.js';
import type { ProgressView } from './progress.js';

export function pipelineView(monitor: PipelineMonitor): ProgressView {
  return { lines: () => progressLines(monitor), line: () => progressLine(monitor) };
}

/** A running pipeline in a few lines: each step with its rows and its load, and the one that holds the rest up. */
function progressLines(monitor: PipelineMonitor): string[] {
  const { bottleneck } = monitor;
  const rows = monitor.meters.map((meter) => [
    meter === bottleneck ? '▸' : ' ',
    meter.id,
    formatCount(Math.max(meter.rowsIn, meter.rowsOut)),
    rate(meter, monitor),
    load(meter, monitor),
    meter.inFlight > 0 ? `${meter.inFlight} in flight` : (working(meter) ?? ''),
  ]);
  const header = [' ', 'step', 'rows', 'rows/s', 'busy', ''];
  return [
    headline(monitor),
    ...formatTable([header, ...rows], [false, false, true, true, true, false]).map((line) => `  ${line}`),
  ];
}

/** The same in one line, for logs. */
function progressLine(monitor: PipelineMonitor): string {
  const { bottleneck } = monitor;
  const parts = [headline(monitor)];
  if (bottleneck) {
    const rows = Math.max(bottleneck.rowsIn, bottleneck.rowsOut);
    parts.push(
      `busiest: ${bottleneck.id}, ${working(bottleneck) ?? `${formatCount(rows)} rows, ${rate(bottleneck, monitor)} rows/s`}`,
    );
  }
  return parts.join(' · ');
}

function headline(monitor: PipelineMonitor): string {
  const parts = [monitor.pipeline];
  if (monitor.total) parts.push(`${((100 * monitor.done) / monitor.total).toFixed(1)} % read`);
  parts.push(formatDuration(monitor.elapsedMs / 1000));
  const left = timeLeft(monitor);
  if (left !== undefined) parts.push(`about ${formatDuration(left / 1000)} left`);
  return parts.join(' · ');
}

/** Of the long work under way if there is some, else of the source. */
function timeLeft(monitor: PipelineMonitor): number | undefined {
  const meter = monitor.meters.find(({ progress }) => progress);
  if (!meter?.progress) return monitor.remainingMs;
  const { done, total, sinceMs } = meter.progress;
  return done > 0 ? (sinceMs * (total - done)) / done : undefined;
}

function working({ progress }: StepMeter): string | undefined {
  return progress && `${formatCount(progress.done)} of ${formatCount(progress.total)} ${progress.unit}`;
}

function rate(meter: StepMeter, monitor: PipelineMonitor): string {
  return formatCount(Math.max(meter.rowsIn, meter.rowsOut) / (monitor.elapsedMs / 1000));
}

function load({ busyMs, parallelism }: StepMeter, { elapsedMs }: PipelineMonitor): string {
  return `${Math.min(100, (100 * busyMs) / (parallelism * elapsedMs)).toFixed(0)} %`;
}
