import { formatBytes, formatCount, formatDuration } from '../../format.js';
import type { Table } from '../figure.js';
import { type Markup, markup } from '../markup.js';
import { formatMetric, formatScore } from '../numbers.js';
import type { StepMetrics } from '../readMetrics.js';
import type { Sweep } from '../readSweep.js';
import type { RunRecord } from '../../io/runRecord.js';
import { SCORES } from './confusionMatrix.js';
import { scored } from './trialColors.js';

/** What was read of a record's outputs. */
export interface Measured {
  readonly record: RunRecord;
  readonly metrics: readonly StepMetrics[];
  readonly sweeps: readonly Sweep[];
}

/** What was run, when, with which versions and settings. */
export function facts(records: readonly RunRecord[]): Markup {
  const each = (of: (record: RunRecord) => string | readonly string[]): string[] => [...new Set(records.flatMap(of))];
  const starts = records.map(({ started }) => Date.parse(started));
  const ends = records.map(({ started, seconds }) => Date.parse(started) + seconds * 1000);
  const rows: (readonly [string, string | undefined])[] = [
    ['Run', spanText(Math.min(...starts), Math.max(...ends))],
    ['Computing time', formatDuration(records.reduce((sum, { seconds }) => sum + seconds, 0))],
    ['Pipeline file', each(({ file }) => file).join(', ')],
    [
      'Versions',
      `soapstream ${each((record) => record.soapstream).join(', ')}; Node ${each(({ node }) => node.replace(/^v/, '')).join(', ')}`,
    ],
    ['Profile', each(({ profile }) => profile ?? []).join(', ') || undefined],
    [
      'Limited to',
      each(({ limit }) => (limit === undefined ? [] : `the first ${formatCount(limit)} rows of each source`)).join(
        ', ',
      ) || undefined,
    ],
    ['Settings', each(({ settings }) => settings).join(', ') || undefined],
    ['Seeds', seedsOf(records)],
    ['Configuration', each(({ run }) => run).join(', ')],
  ];
  return markup`<dl class="facts">${rows.map(([name, value]) =>
    value === undefined ? undefined : markup`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

/** 2026-11-22, 15:57 to 16:03 UTC */
function spanText(start: number, end: number): string {
  const [startDay, startTime] = dayAndTime(start);
  const [endDay, endTime] = dayAndTime(end);
  return `${startDay}, ${startTime} to ${endDay === startDay ? endTime : `${endDay}, ${endTime}`} UTC`;
}

function dayAndTime(time: number): readonly [day: string, time: string] {
  const text = new Date(time).toISOString();
  return [text.slice(0, 10), text.slice(11, 16)];
}

/** Variables named as seeds; otherwise the seeds that the definitions hold. */
function seedsOf(records: readonly RunRecord[]): string | undefined {
  const variables = records
    .flatMap((record) => Object.entries(record.variables))
    .filter(([name]) => /seed/i.test(name));
  const texts =
    variables.length > 0
      ? variables.map(([name, value]) => `${name} ${String(value)}`)
      : records.flatMap(({ definition }) => seedsIn(definition)).map(String);
  return texts.length > 0 ? [...new Set(texts)].join(', ') : undefined;
}

function seedsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === 'seed' ? [inner] : seedsIn(inner)));
}

/** Time, rows and main figures of everything that ran. */
export function runTable(measured: readonly Measured[]): Table {
  return {
    kind: 'table',
    caption: markup`<b>What ran</b>, those first that others depend on. Rows are those that left the last step; metrics by epoch are those of the epoch that was kept, or the last.`,
    head: ['pipeline', 'time', 'rows', 'written', 'main metrics'],
    rows: measured.map(({ record, metrics, sweeps }) => [
      markup`<a href="#${sectionId(record)}">${record.name}</a>${record.kind === 'sweep' ? markup` <span class="quiet">sweep</span>` : undefined}`,
      formatDuration(record.seconds),
      formatCount(rowsOf(record)),
      formatBytes(record.outputs.reduce((sum, { bytes }) => sum + bytes, 0)),
      [...metrics.flatMap(mainMetrics), ...sweeps.flatMap(mainResult)].join(', ') || '–',
    ]),
    right: [false, true, true, true, false],
  };
}

/** As an anchor: names of pipelines may hold what an id may not. */
export function sectionId({ kind, name }: RunRecord): string {
  return `${kind}-${encodeURIComponent(name)}`;
}

function rowsOf({ kind, steps, outputs, trials }: RunRecord): number {
  if (kind === 'sweep') return outputs.find(({ role }) => role === 'results')?.rows ?? trials?.done ?? 0;
  const last = steps.findLast((step) => step.kind === 'step') ?? steps[0];
  return last ? Math.max(last.rowsIn, last.rowsOut) : 0;
}

/** Single values, and of those by epoch the one of the epoch that was kept, or the last. */
function mainMetrics({ single, byEpoch }: StepMetrics): string[] {
  const kept = single.get('bestEpoch');
  const ofEpochs = [...byEpoch].map(([metric, values]) => {
    const at = values.find(({ epoch }) => epoch === kept) ?? values.at(-1)!;
    return [metric, at.value] as const;
  });
  return [...ofEpochs, ...single].map(([metric, value]) => metricText(metric, value));
}

/** Of one line: the spaces do not break. */
function metricText(metric: string, value: number): string {
  return `${metric}\u00A0${formatMetric(metric, value)}`;
}

function mainResult(sweep: Sweep): string[] {
  const of = scored(sweep);
  return of?.best ? [`best ${metricText(of.name, of.best.value)} (trial ${of.best.trial})`] : [];
}

/** Accuracy, recall, precision and F1 of everything that was tested (table 1 of the paper). */
export function scoreTable(measured: readonly Measured[]): Table | undefined {
  const tested = measured.flatMap(({ metrics }) => metrics.filter(({ single }) => single.has('accuracy')));
  if (tested.length === 0) return undefined;
  const total = ({ confusion }: StepMetrics): number => confusion.flat().reduce((sum, count) => sum + count, 0);
  return {
    kind: 'table',
    caption: markup`<b>Classification</b> of pixels, or of images where a pipeline pools or joins them. Recall, precision and F1 are means over the classes.`,
    head: ['pipeline', ...SCORES.map(([, heading]) => heading), 'rows'],
    rows: tested.map((metrics) =>
      [metrics.pipeline].concat(
        SCORES.map(([metric]) => (metrics.single.has(metric) ? formatScore(metrics.single.get(metric)!) : '–')),
        total(metrics) > 0 ? formatCount(total(metrics)) : '–',
      ),
    ),
    right: [false, true, true, true, true, true],
  };
}
