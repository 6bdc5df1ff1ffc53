import type { Plan } from '../pipelines/plan.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import type { FileRetry } from '../io/retries.js';
import type { RunRecord } from '../io/runRecord.js';
import type { SweepReport } from '../sweeps/runSweep.js';
import { formatBytes, formatCount, formatDuration, formatTable } from '../format.js';
import { shortest } from './progress.js';
import { formatBest } from './sweepView.js';

/** What a run has done: a row for each pipeline, its outputs, and the figures that it measured; then what its source has to tell. */
export function summaryLines(reports: readonly PipelineReport[]): string[] {
  if (reports.length === 0) return [];
  const isLong = reports.some(takesLong);
  const rows = reports.map((report) => [
    report.pipeline,
    formatDuration(report.seconds),
    formatCount(rowsOf(report)),
    formatBytes(report.outputs.reduce((sum, { bytes }) => sum + bytes, 0)),
    ...(isLong ? [takesLong(report) ? bottleneckCell(report) : ''] : []),
    finalMetrics(report).join(', '),
  ]);
  const header = ['pipeline', 'time', 'rows', 'written', ...(isLong ? ['waited for'] : []), 'metrics'];
  const notices = reports.flatMap(({ pipeline, notices: lines }) => lines.map((line) => `${pipeline}: ${line}`));
  return [...formatTable([header, ...rows], [false, true, true, true, false]), ...notices];
}

/** Pipelines that were passed over, each with what its latest run has left. */
export function skippedLines(records: readonly RunRecord[]): string[] {
  return records.map(({ name, started, outputs }) => {
    const rows = outputs.find(({ role }) => role === 'rows')?.rows;
    const left = rows === undefined ? [] : [`${formatCount(rows)} rows`];
    const day = `${started.slice(0, 10)} ${started.slice(11, 16)} UTC`;
    return [`${name}: unchanged since its run of ${day}`, ...left].join(', ');
  });
}

/** That a run was limited, so that nobody takes its figures for those of a whole one. */
export function limitLines({ origin: { limit, outDirectory } }: Plan): string[] {
  if (limit === undefined) return [];
  return [
    `limited: at most the first ${formatCount(limit)} rows of each source were read; outputs are in ${shortest(outDirectory)}`,
  ];
}

/** How often each file operation was tried again. */
export function countRetries(
  retries: readonly FileRetry[],
): (Omit<FileRetry, 'failures' | 'waitMs'> & { times: number })[] {
  const counts = new Map<string, Omit<FileRetry, 'failures' | 'waitMs'> & { times: number }>();
  for (const { operation, path, code } of retries) {
    const key = JSON.stringify([operation, path, code]);
    const times = (counts.get(key)?.times ?? 0) + 1;
    counts.set(key, { operation, path, code, times });
  }
  return [...counts.values()];
}

/** Faults of files that have passed. */
export function retryLines(retries: readonly FileRetry[]): string[] {
  if (retries.length === 0) return [];
  const [first, second, ...others] = countRetries(retries).map(
    ({ operation, path, code, times }) =>
      `${operation} ${shortest(path)} (${code}${times > 1 ? `, ${times} times` : ''})`,
  );
  const rest = others.length > 0 ? [`${others.length} more`] : [];
  const list = [first, second, ...rest].filter((each) => each !== undefined).join(', ');
  const operations = retries.length === 1 ? 'a file operation was' : `file operations were ${retries.length} times`;
  return [`${operations} tried again: ${list}`];
}

/** What sweeps have done: a line each for their trials, and one for the best. */
export function sweepSummary(reports: readonly SweepReport[]): string[] {
  return reports.flatMap(({ sweep, trials, objective, best }) => {
    const { total, done, abandoned, diverged } = trials;
    const ends = Object.entries({ done, abandoned, diverged }).filter(([end, count]) => count > 0 || end === 'done');
    const counts = ends.map(([end, count]) => `${formatCount(count)} ${end}`).join(', ');
    const head = `${sweep}: ${formatCount(total)} trials, ${counts}`;
    return best ? [head, `  best ${objective}: ${formatBest(best)}`] : [head];
  });
}

/** Of what is over in a moment nobody asks what held it up (s). */
const LONG = 5;

function takesLong({ seconds }: PipelineReport): boolean {
  return seconds >= LONG;
}

/** `soap 93 %`, as far as that can be told. */
function bottleneckCell({ bottleneck }: PipelineReport): string {
  if (!bottleneck || bottleneck.certainty === 'unclear') return 'unclear';
  const { step, share, certainty } = bottleneck;
  return `${certainty === 'likely' ? 'probably ' : ''}${step} ${(100 * share).toFixed(0)} %`;
}

/** Rows that were written, to each of several outputs; where only metrics are, those that were fitted on. */
function rowsOf({ steps, outputs }: PipelineReport): number {
  const written = outputs.find(({ role }) => role === 'rows');
  if (written) return written.rows;
  return steps.findLast(({ kind }) => kind === 'step')?.rowsIn ?? 0;
}

/** Single values, and of those that belong to epochs the last. */
function finalMetrics({ metrics }: PipelineReport): string[] {
  const last = new Map<string, { value: number; epoch: number | undefined }>();
  for (const { metric, value, epoch, actual } of metrics) {
    if (actual === undefined) last.set(metric, { value, epoch });
  }
  return [...last].map(([metric, { value }]) => `${metric} ${Number.isInteger(value) ? value : value.toFixed(4)}`);
}
