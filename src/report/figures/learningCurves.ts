import * as Plot from '@observablehq/plot';
import { type Figure, type Panel, panels, seriesTable, sourceOf } from '../figure.js';
import { type Markup, markup } from '../markup.js';
import { formatMetric, tickText } from '../numbers.js';
import { CENTRED, frame, plot } from '../plot.js';
import type { EpochValue, StepMetrics } from '../readMetrics.js';
import { seriesLegend, seriesStyle, type SeriesStyle } from '../series.js';
import { formatCount } from '../../format.js';

/** More points than this cannot be told apart in a panel. */
const DRAWN_EPOCHS = 500;
/** Losses over a wider range than this are drawn on a logarithmic scale. */
const LINEAR_RANGE = 12;

const POINT = { x: 'epoch', y: 'value' } as const;

interface Curve {
  readonly metric: string;
  readonly values: readonly EpochValue[];
}

/** Loss and accuracy by epoch, with the best epoch marked; nothing if the step was not trained by epochs. */
export function learningCurves(metrics: StepMetrics): Figure | undefined {
  const curves = [...metrics.byEpoch].map(([metric, values]): Curve => ({ metric, values }));
  if (curves.length === 0) return undefined;
  const losses = curves.filter(({ metric }) => /loss/i.test(metric));
  const others = curves.filter(({ metric }) => !/loss/i.test(metric));
  const best = bestEpoch(metrics);
  const drawn: Panel[] = [
    ...(losses.length > 0 ? [panel('loss', losses, best)] : []),
    ...others.map((curve) => panel(readable(curve.metric), [curve], best)),
  ];
  const epochs = Math.max(...curves.map(({ values }) => values.length));
  const thinned = epochs > DRAWN_EPOCHS ? `Of ${formatCount(epochs)} epochs every ${stepOf(epochs)}th is drawn. ` : '';
  const bestText =
    best === undefined ? undefined : markup`The vertical line marks ${best.why}, epoch ${formatCount(best.epoch)}. `;
  return {
    kind: 'figure',
    body: markup`${isCompared(curves) ? seriesLegend(['training', 'validation'], { marked: false }) : undefined}${panels(drawn)}`,
    caption: markup`<b>Learning curves</b> of <code>${metrics.pipeline}.${metrics.step}</code>, ${listOf(
      curves.map(({ metric }) => readable(metric)),
    )} by epoch. ${bestText}${thinned}${sourceOf(metrics.from)}`,
    ...(epochs <= 60 && { data: table(curves) }),
  };
}

/** As training says, else where the validation loss, else where the validation accuracy is best. */
function bestEpoch({ single, byEpoch }: StepMetrics): { readonly epoch: number; readonly why: string } | undefined {
  const stated = single.get('bestEpoch');
  if (stated !== undefined) return { epoch: stated, why: 'the best epoch, whose weights were kept' };
  const loss = byEpoch.get('validationLoss');
  if (loss) return { epoch: extreme(loss, (a, b) => a < b), why: 'the epoch of the smallest validation loss' };
  const accuracy = byEpoch.get('validationAccuracy');
  return (
    accuracy && { epoch: extreme(accuracy, (a, b) => a > b), why: 'the epoch of the greatest validation accuracy' }
  );
}

function extreme(values: readonly EpochValue[], better: (a: number, b: number) => boolean): number {
  return values.reduce((best, each) => (better(each.value, best.value) ? each : best)).epoch;
}

function panel(label: string, curves: readonly Curve[], best: { readonly epoch: number } | undefined): Panel {
  const points = curves.flatMap(({ metric, values }) =>
    thin(values, best?.epoch).map(({ epoch, value }) => ({ epoch, value, metric, style: styleOf(metric) })),
  );
  const finite = points.map(({ value }) => value).filter((value) => value > 0);
  const logarithmic = finite.length === points.length && Math.max(...finite) / Math.min(...finite) > LINEAR_RANGE;
  const marked = points.filter(({ epoch }) => epoch === best?.epoch);
  const few = Math.max(...curves.map(({ values }) => values.length)) <= 30;
  const epochs = points.map(({ epoch }) => epoch);
  const drawing = plot({
    title: `${label} by epoch`,
    description: curves.map(({ metric, values }) => summary(metric, values)).join(' '),
    ...frame(400, 250, [12, 16, 40, 56]),
    x: {
      ...CENTRED,
      label: 'epoch',
      domain: [Math.min(...epochs), Math.max(...epochs, Math.min(...epochs) + 1)],
      ...(few && { ticks: integerTicks(Math.max(...epochs)) }),
      tickFormat: (epoch: number) => formatCount(epoch),
    },
    y: {
      label: null,
      grid: true,
      nice: true,
      type: logarithmic ? 'log' : 'linear',
      ticks: 5,
      tickFormat: tickText,
    },
    marks: [
      best ? Plot.ruleX([best.epoch], { stroke: 'var(--muted)', strokeDasharray: '3 3' }) : null,
      ...curves.map(({ metric }) =>
        Plot.line(
          points.filter((point) => point.metric === metric),
          { ...POINT, stroke: styleOf(metric).color, strokeWidth: 2, strokeDasharray: styleOf(metric).dash },
        ),
      ),
      ...marked.map((point) =>
        Plot.dot([point], {
          ...POINT,
          r: 4,
          fill: point.style.color,
          stroke: 'var(--paper)',
          symbol: point.style.symbol,
        }),
      ),
      Plot.frame({ anchor: 'bottom', stroke: 'var(--ink)' }),
    ],
  });
  return { label: logarithmic ? `${label}, logarithmic scale` : label, drawing };
}

/** Training and validation look the same in all panels. */
function styleOf(metric: string): SeriesStyle {
  return seriesStyle(metric.startsWith('validation') ? 1 : 0);
}

function isCompared(curves: readonly Curve[]): boolean {
  return new Set(curves.map(({ metric }) => metric.startsWith('validation'))).size > 1;
}

function summary(metric: string, values: readonly EpochValue[]): string {
  const [first, last] = [values[0]!, values.at(-1)!];
  return `${readable(metric)} goes from ${formatMetric(metric, first.value)} in epoch ${first.epoch} to ${formatMetric(metric, last.value)} in epoch ${last.epoch}.`;
}

function stepOf(epochs: number): number {
  return Math.ceil(epochs / DRAWN_EPOCHS);
}

/** First, last and best are always there. */
function thin(values: readonly EpochValue[], best: number | undefined): EpochValue[] {
  const step = stepOf(values.length);
  return values.filter(({ epoch }, i) => i % step === 0 || i === values.length - 1 || epoch === best);
}

function integerTicks(last: number): number[] {
  const step = Math.max(1, Math.ceil(last / 10));
  return Array.from({ length: Math.floor(last / step) }, (_, i) => (i + 1) * step);
}

/** `validationLoss` → validation loss. */
function readable(metric: string): string {
  return metric.replaceAll(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
}

function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

function table(curves: readonly Curve[]): Markup {
  const series = curves.map(({ metric, values }) => ({
    name: metric,
    values: new Map(values.map(({ epoch, value }) => [epoch, value])),
    text: (value: number) => formatMetric(metric, value),
  }));
  return seriesTable({ name: 'epoch', text: String }, series);
}
