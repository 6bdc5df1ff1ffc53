import { formatCount, formatDuration } from '../../format.js';
import { type Figure, panels, rowsText } from '../figure.js';
import { type Markup, markup } from '../markup.js';
import type { RunRecord, StepReport } from '../../io/runRecord.js';
import { coordinate, svg } from '../svg.js';

const BOX = { width: 108, height: 26, gap: 16, below: 32 };
const BOXES_PER_LINE = 6;
const ROW = { title: 24, padding: 10, gap: 14 };
const LANE = 10;
const LABEL_LENGTH = 16;

interface Row {
  readonly record: RunRecord;
  readonly boxes: readonly StepReport[];
  readonly top: number;
  readonly height: number;
}

/** What ran, as rows of boxes: source, steps, sinks; arrows at the left lead from a pipeline to those that read what it made. */
export function pipelineGraph(records: readonly RunRecord[]): Figure {
  const rows: Row[] = [];
  let top = 1;
  for (const record of records) {
    const lines = Math.ceil(record.steps.length / BOXES_PER_LINE);
    const height = ROW.title + lines * (BOX.height + BOX.below) + ROW.padding;
    rows.push({ record, boxes: record.steps, top, height });
    top += height + ROW.gap;
  }
  const lanes = assignLanes(rows);
  const laneCount = Math.max(0, ...lanes.map(({ lane }) => lane + 1));
  const left = laneCount === 0 ? 1 : laneCount * LANE + 14;
  const longest = Math.max(...rows.map(({ boxes }) => Math.min(BOXES_PER_LINE, boxes.length)), 3);
  const rowWidth = longest * (BOX.width + BOX.gap) - BOX.gap + 24;
  const drawing = svg({
    width: left + rowWidth + 1,
    height: top - ROW.gap + 1,
    className: 'graph',
    title: 'Pipelines and their steps',
    description: records.map(described).join(' '),
    content: [...rows.map((row) => drawRow(row, left, rowWidth)), ...lanes.map((lane) => drawLane(lane, left))],
  });
  return {
    kind: 'figure',
    body: markup`<div class="scroll">${panels([{ drawing }], 'one')}</div>`,
    caption: markup`<b>Pipelines</b> with the rows that left each step (or went in, where it ends them) and the time that it was at work, all threads together; the darker a box, the greater its share of its pipeline’s, and the busiest is set in bold.${
      laneCount > 0 ? ' Arrows at the left lead to pipelines that read what others made.' : undefined
    } From <code>runs/*.json</code> (${formatCount(records.length)} ${records.length === 1 ? 'file' : 'files'}).`,
  };
}

function described({ name, kind, steps, dependsOn }: RunRecord): string {
  const what = steps.length > 0 ? `: ${steps.map(({ id }) => id).join(', ')}` : ` (${kind})`;
  return `${name}${what}${dependsOn.length > 0 ? `; after ${dependsOn.join(', ')}` : ''}.`;
}

function drawRow({ record, boxes, top, height }: Row, left: number, width: number): Markup {
  const { name, kind, trials, seconds } = record;
  const busiest = boxes.reduce<StepReport | undefined>(
    (most, step) => (step.busySeconds > (most?.busySeconds ?? 0) ? step : most),
    undefined,
  );
  const about = [
    ...(kind === 'sweep' ? [trials ? `sweep of ${formatCount(trials.total)} trials` : 'sweep'] : []),
    formatDuration(seconds),
  ];
  return markup`<g><rect class="row" x="${left}" y="${top}" width="${width}" height="${height}" rx="5"/><text class="rowTitle" x="${left + 12}" y="${top + 17}"><tspan class="name">${name}</tspan><tspan class="quiet" dx="8">${about.join(', ')}</tspan></text>${boxes.map(
    (step, i) => drawBox(step, i, { left: left + 12, top: top + ROW.title, last: i === boxes.length - 1, busiest }),
  )}</g>`;
}

function drawBox(
  step: StepReport,
  index: number,
  of: { readonly left: number; readonly top: number; readonly last: boolean; readonly busiest: StepReport | undefined },
): Markup {
  const [line, place] = [Math.floor(index / BOXES_PER_LINE), index % BOXES_PER_LINE];
  const x = of.left + place * (BOX.width + BOX.gap);
  const y = of.top + line * (BOX.height + BOX.below);
  const share = of.busiest ? step.busySeconds / of.busiest.busySeconds : 0;
  const middle = x + BOX.width / 2;
  const wraps = place === BOXES_PER_LINE - 1;
  const arrow = of.last ? undefined : flow(x + BOX.width, y + BOX.height / 2, wraps ? 10 : BOX.gap);
  const arrival = index > 0 && place === 0 ? flow(x - 11, y + BOX.height / 2, 11) : undefined;
  const isBusiest = step === of.busiest;
  return markup`<g class="${isBusiest ? 'box busiest' : 'box'} ${step.kind}"><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="${step.kind === 'step' ? 3 : 13}"/><rect class="busy" fill-opacity="${(share * 0.3).toFixed(3)}" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="${step.kind === 'step' ? 3 : 13}"/><text class="label" x="${middle}" y="${y + 17}" text-anchor="middle">${shortened(step.id)}</text><text class="quiet" x="${middle}" y="${y + BOX.height + 13}" text-anchor="middle">${flowText(step)}</text><text class="time" x="${middle}" y="${y + BOX.height + 26}" text-anchor="middle">${timeText(step.busySeconds)}</text>${arrow}${arrival}</g>`;
}

/** An arrow to the right of that length, head included. */
function flow(x: number, y: number, length: number): Markup {
  return markup`<path class="flow" d="M${x + 1} ${y}h${length - 6}"/><path class="head" d="M${x + length - 1} ${y}l-5 -3v6z"/>`;
}

/** Fits and sinks of metrics hand no rows on. */
function flowText({ rowsIn, rowsOut }: StepReport): string {
  if (rowsOut > 0) return rowsText(rowsOut);
  return rowsIn > 0 ? `${rowsText(rowsIn)} in` : '–';
}

function timeText(seconds: number): string {
  return seconds < 0.05 ? '< 0.1 s' : formatDuration(seconds);
}

function shortened(id: string): string {
  return id.length > LABEL_LENGTH ? `${id.slice(0, LABEL_LENGTH - 1)}…` : id;
}

interface Lane {
  readonly lane: number;
  readonly from: Row;
  readonly to: readonly Row[];
}

/** A vertical lane for each pipeline that others depend on; two share one where their stretches do not touch. */
function assignLanes(rows: readonly Row[]): Lane[] {
  const ends: number[] = [];
  return rows.flatMap((from) => {
    const to = rows.filter(({ record }) => record.dependsOn.includes(from.record.name) && record !== from.record);
    if (to.length === 0) return [];
    const tops = [from, ...to].map(({ top }) => top);
    const [start, end] = [Math.min(...tops), Math.max(...tops)];
    const free = ends.findIndex((until) => until < start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = end;
    return [{ lane, from, to }];
  });
}

/** Out of a row below its middle, into others above it, so that arrows in and out do not touch. */
function drawLane({ lane, from, to }: Lane, left: number): Markup {
  const x = left - 12 - lane * LANE;
  const out = from.top + from.height * 0.68;
  return markup`<g class="lane"><circle cx="${left}" cy="${coordinate(out)}" r="2.5"/>${to.map((row) => {
    const into = row.top + row.height * 0.32;
    return markup`<path d="M${left} ${coordinate(out)}H${x + 5}Q${x} ${coordinate(out)} ${x} ${coordinate(out + (into > out ? 5 : -5))}V${coordinate(into + (into > out ? -5 : 5))}Q${x} ${coordinate(into)} ${x + 5} ${coordinate(into)}H${left - 5}"/><path class="head" d="M${left} ${coordinate(into)}l-6 -3.5v7z"/>`;
  })}</g>`;
}
