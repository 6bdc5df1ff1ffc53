import { type Bottleneck, RecentBottleneck } from '../pipelines/bottleneck.js';
import type { PipelineMonitor, StepMeter } from '../pipelines/monitor.js';
import { formatCount, formatDuration, formatTable } from '../format.js';
import type { ProgressView } from './progress.js';

export function pipelineView(monitor: PipelineMonitor): ProgressView {
  const recent = new RecentBottleneck();
  return {
    lines: () => progressLines(monitor, recent.look(monitor.heldUp)),
    line: () => progressLine(monitor, recent.look(monitor.heldUp)),
  };
}

/** A running pipeline in a few lines: each step with its rows and its load, and who holds the others up. */
function progressLines(monitor: PipelineMonitor, bottleneck: Bottleneck | undefined): string[] {
  const rows = monitor.meters.map((meter) => [
    meter.id === bottleneck?.step && bottleneck.certainty !== 'unclear' ? '▸' : ' ',
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
    ...(bottleneck ? [`  ${bottleneckText(bottleneck)}`] : []),
  ];
}

/** The same in one line, for logs. */
function progressLine(monitor: PipelineMonitor, bottleneck: Bottleneck | undefined): string {
  const parts = [headline(monitor)];
  const work = monitor.meters.map(working).find((text) => text !== undefined);
  const last = monitor.meters.findLast(({ kind }) => kind !== 'sink');
  if (work !== undefined) parts.push(work);
  else if (last) parts.push(`${formatCount(Math.max(last.rowsIn, last.rowsOut))} rows, ${rate(last, monitor)} rows/s`);
  if (bottleneck) parts.push(bottleneckText(bottleneck));
  return parts.join(' · ');
}

/** `the others wait for soap, 93 % of the time`, as far as that can be told. */
function bottleneckText({ step, share, certainty }: Bottleneck): string {
  if (certainty === 'unclear') return `no clear bottleneck, most time goes to ${step} (${(100 * share).toFixed(0)} %)`;
  const word = certainty === 'likely' ? ' probably' : '';
  return `the others${word} wait for ${step}, ${(100 * share).toFixed(0)} % of the time`;
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
  return formatCount((Math.max(meter.rowsIn, meter.rowsOut) - meter.earlierRows) / (monitor.elapsedMs / 1000));
}

function load({ busyMs, parallelism }: StepMeter, { elapsedMs }: PipelineMonitor): string {
  return `${Math.min(100, (100 * busyMs) / (parallelism * elapsedMs)).toFixed(0)} %`;
}
