import * as Plot from '@observablehq/plot';
import type { SweptParameter } from '../../io/runRecord.js';
import { type Figure, type Panel, panels, seriesTable, sourceOf } from '../figure.js';
import { type Markup, markup, type Part } from '../markup.js';
import { formatMetric, formatNumber, formatPercent, tickText } from '../numbers.js';
import { CENTRED, frame, plot } from '../plot.js';
import { metricName, metricPlace, type Sweep, type Trial } from '../readSweep.js';
import { seriesLegend, seriesStyle } from '../series.js';

/** A curve: one metric of one place, for one case of the categorical parameters. */
interface Curve {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly baseline: number | undefined;
}

/** Means over the classes, which share a figure. */
const MACRO = /^macro/;
/** Of no interest beside the metrics themselves. */
const LEFT_OUT = new Set(['bestEpoch']);

/** A figure for each metric of a sweep over one numeric parameter (figures 18, 19 and 20 of the paper), that of the objective first. */
export function sweepCurves(sweep: Sweep): Figure[] {
  const [parameter] = sweep.numeric;
  if (!parameter) return [];
  const objective = sweep.objective === undefined ? [] : [metricName(sweep.objective)];
  const names = [...new Set([...objective, ...sweep.metrics.map(metricName)])].filter((name) => !LEFT_OUT.has(name));
  const measured = names
    .map((name) => ({ name, curves: curvesOf(sweep, parameter, name) }))
    .filter(({ curves }) => curves.length > 0);
  const macro = measured.filter(({ name }) => MACRO.test(name));
  return [
    ...measured.filter((each) => !macro.includes(each)).map((each) => metricFigure(sweep, parameter, each)),
    ...(macro.length > 0 ? [overviewFigure(sweep, parameter, macro)] : []),
  ];
}

interface Measured {
  readonly name: string;
  readonly curves: readonly Curve[];
}

/** One metric in full: an error on both scales, a score also as a share of the baseline. */
function metricFigure(sweep: Sweep, parameter: SweptParameter, { name, curves }: Measured): Figure {
  const isError = /mse|loss/i.test(name);
  const drawn: Panel[] = [
    {
      label: isError && spreads(curves) ? `${name}, linear scale` : name,
      drawing: chart({ parameter, name, curves, type: 'linear' }),
    },
  ];
  if (isError && spreads(curves)) {
    drawn.push({ label: `${name}, logarithmic scale`, drawing: chart({ parameter, name, curves, type: 'log' }) });
  }
  const shares = isError ? [] : curves.flatMap(sharesOf);
  if (shares.length === curves.length) {
    const drawing = chart({
      parameter,
      name: `share of the baseline’s ${name}`,
      curves: shares,
      type: 'linear',
      percent: true,
    });
    drawn.push({ label: `${name} as a share of the baseline`, drawing });
  }
  return curvesFigure(sweep, parameter, [{ name, curves }], {
    body: panels(drawn),
    shares,
    baselines: baselineText(curves),
  });
}

/** Whether a logarithmic scale shows more than a linear one: all values are positive, and some several times others. */
function spreads(curves: readonly Curve[]): boolean {
  const values = curves.flatMap(({ points }) => points.map(({ y }) => y));
  return Math.min(...values) > 0 && Math.max(...values) > 3 * Math.min(...values);
}

/** Several metrics with the same series, a panel each. */
function overviewFigure(sweep: Sweep, parameter: SweptParameter, measured: readonly Measured[]): Figure {
  const styles = labelsOf(measured);
  const drawn = measured.map(({ name, curves }): Panel => ({
    label: name,
    drawing: chart({ parameter, name, curves, type: 'linear', styles, small: true }),
  }));
  const baselines = 'Dashed horizontal lines, where there are any, are baselines. ';
  return curvesFigure(sweep, parameter, measured, { body: panels(drawn, 'three'), shares: [], baselines });
}

function labelsOf(measured: readonly Measured[]): string[] {
  return [...new Set(measured.flatMap(({ curves }) => curves.map(({ label }) => label)))];
}

/** Drawings of curves with what there is to say about them. */
function curvesFigure(
  sweep: Sweep,
  parameter: SweptParameter,
  measured: readonly Measured[],
  { body, shares, baselines }: { readonly body: Markup; readonly shares: readonly Curve[]; readonly baselines: Part },
): Figure {
  const labels = labelsOf(measured);
  const drawn = [...measured.flatMap(({ curves }) => curves), ...shares];
  return {
    kind: 'figure',
    body: markup`${labels.length > 1 ? seriesLegend(labels, { marked: true }) : undefined}${body}`,
    caption: markup`<b>${measured.map(({ name }) => name).join(', ')}</b> against <code>${parameter.name}</code>${labels.length === 1 ? markup` (<code>${labels[0]}</code>)` : undefined}${axisText(sweep, parameter, drawn)}${baselines}${sourceOf(sweep.from)}`,
    data: table(parameter, measured),
  };
}

function sharesOf({ label, points, baseline }: Curve): Curve[] {
  if (!baseline) return [];
  return [{ label, baseline: 1, points: points.map(({ x, y }) => ({ x, y: y / baseline })) }];
}

/** What a reader may take wrongly: scales, and what is left out. */
function axisText(sweep: Sweep, parameter: SweptParameter, curves: readonly Curve[]): string {
  const stopped = sweep.trials.filter(({ baseline, status }) => !baseline && status !== 'done').length;
  const fromZero = linearDomain(curves.flatMap(valuesOf))[0] <= 0;
  return [
    parameter.scale === 'log' ? ', on a logarithmic axis. ' : '. ',
    fromZero ? '' : 'Vertical axes do not start at zero. ',
    stopped > 0 ? `${stopped} abandoned or diverged trials are not drawn. ` : '',
  ].join('');
}

function curvesOf(sweep: Sweep, parameter: SweptParameter, name: string): Curve[] {
  const columns = sweep.metrics.filter((column) => metricName(column) === name);
  const cases = new Map<string, Trial[]>();
  for (const trial of sweep.trials.filter(({ baseline, status }) => !baseline && status === 'done')) {
    const key = caseOf(sweep, trial);
    cases.set(key, [...(cases.get(key) ?? []), trial]);
  }
  const curves = columns.flatMap((column) =>
    [...cases].map(([key, trials]) => ({
      column,
      key,
      points: trials
        .flatMap((trial) => {
          const [x, y] = [trial.settings.get(parameter.name), trial.metrics.get(column)];
          return typeof x === 'number' && y !== undefined && (parameter.scale !== 'log' || x > 0) ? [{ x, y }] : [];
        })
        .toSorted((a, b) => a.x - b.x),
      baseline: baselineOf(sweep, column, key, columns),
    })),
  );
  const filled = curves.filter(({ points }) => points.length > 0);
  const severalColumns = new Set(filled.map(({ column }) => column)).size > 1;
  const severalCases = new Set(filled.map(({ key }) => key)).size > 1;
  return filled.map(({ column, key, points, baseline }) => ({
    label: [severalCases && key, (severalColumns || !severalCases) && metricPlace(column)].filter(Boolean).join(' · '),
    points,
    baseline,
  }));
}

/** The values of the categorical parameters, which make the series. */
function caseOf({ categorical }: Sweep, trial: Trial): string {
  return categorical.map(({ name }) => String(trial.settings.get(name) ?? '–')).join(', ');
}

/**
 * What a curve is compared with: its own metric in the baseline of its case, or in the only baseline; or the only metric of that
 * name that the baseline has, where the baseline runs other pipelines.
 */
function baselineOf(sweep: Sweep, column: string, key: string, columns: readonly string[]): number | undefined {
  const baselines = sweep.trials.filter(({ baseline, status }) => baseline && status === 'done');
  const baseline = baselines.find((trial) => caseOf(sweep, trial) === key) ?? baselines[0];
  if (!baseline) return undefined;
  const own = baseline.metrics.get(column);
  if (own !== undefined) return own;
  const values = columns.flatMap((other) => baseline.metrics.get(other) ?? []);
  return values.length === 1 ? values[0] : undefined;
}

function baselineText(curves: readonly Curve[]): Markup | undefined {
  const baselines = curves.flatMap(({ label, baseline }) => (baseline === undefined ? [] : [{ label, baseline }]));
  if (baselines.length === 0) return undefined;
  const values = [...new Set(baselines.map(({ baseline }) => baseline))];
  if (values.length === 1) return markup`The dashed horizontal line is the baseline, ${formatNumber(values[0]!)}. `;
  return markup`Dashed horizontal lines are baselines: ${baselines.map(({ label, baseline }) => `${label} ${formatNumber(baseline)}`).join(', ')}. `;
}

interface Chart {
  readonly parameter: SweptParameter;
  readonly name: string;
  readonly curves: readonly Curve[];
  readonly type: 'linear' | 'log';
  readonly percent?: boolean;
  /** Labels in the order of their looks, by default those of the curves. */
  readonly styles?: readonly string[];
  readonly small?: boolean;
}

function chart({ parameter, name, curves, type, percent = false, styles, small = false }: Chart): Markup {
  const labels = styles ?? curves.map(({ label }) => label);
  const drawn = curves.map((curve) => ({ ...curve, style: seriesStyle(labels.indexOf(curve.label)) }));
  const values = curves.flatMap(valuesOf).filter((value) => type === 'linear' || value > 0);
  const domain = type === 'log' ? logDomain(values) : linearDomain(values);
  const baselines = [...new Set(curves.flatMap(({ baseline }) => baseline ?? []))];
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted((a, b) => a - b);
  const valueText = (value: number): string => (percent ? formatPercent(value) : formatMetric(name, value));
  return plot({
    title: `${name} against ${parameter.name}`,
    description: curves.map((curve) => summary(curve, parameter.name)).join(' '),
    ...frame(small ? 300 : 420, small ? 230 : 280, [12, 16, 40, 56]),
    x: {
      ...CENTRED,
      label: parameter.name,
      type: parameter.scale === 'log' ? 'log' : 'linear',
      inset: 6,
      ...(xs.length === 1 && { domain: [xs[0]! / 2, xs[0]! * 2] }),
      ticks: parameter.scale === 'log' ? parameterTicks(xs) : 6,
      tickFormat: tickText,
    },
    y: {
      label: null,
      type,
      domain,
      grid: true,
      ticks: type === 'log' ? logTicks(domain) : 6,
      tickFormat: percent ? (value: number) => formatPercent(value) : tickText,
    },
    marks: [
      Plot.ruleY(
        baselines.filter((value) => type === 'linear' || value > 0),
        { stroke: 'var(--muted)', strokeDasharray: '5 4' },
      ),
      ...drawn.map(({ points, style }) =>
        Plot.line(points, { x: 'x', y: 'y', stroke: style.color, strokeWidth: 1.8, strokeDasharray: style.dash }),
      ),
      ...drawn.map(({ points, style, label }) =>
        Plot.dot(points, {
          x: 'x',
          y: 'y',
          r: 3.2,
          fill: style.color,
          stroke: 'var(--paper)',
          strokeWidth: 0.7,
          symbol: style.symbol,
          title: ({ x, y }: Curve['points'][number]) =>
            `${label}\n${parameter.name} ${formatNumber(x)}: ${valueText(y)}`,
        }),
      ),
      Plot.frame({ anchor: 'bottom', stroke: 'var(--ink)' }),
    ],
  });
}

function valuesOf({ points, baseline }: Curve): number[] {
  return [...points.map(({ y }) => y), ...(baseline === undefined ? [] : [baseline])];
}

/** From zero, unless the values lie close together far from it: then from a little below them, which captions say. */
function linearDomain(values: readonly number[]): [number, number] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  if (least < greatest / 2) return [Math.min(0, least), greatest > 0 ? greatest * 1.05 : 1];
  const margin = Math.max((greatest - least) * 0.08, Math.abs(greatest) * 0.005);
  return [least - margin, greatest + margin];
}

function logDomain(values: readonly number[]): [number, number] {
  return [Math.min(...values) / 1.2, Math.max(...values) * 1.2];
}

/** Of a logarithmic axis: the values of the parameter themselves, if they are round and stand far enough apart; else round numbers. */
function parameterTicks(xs: readonly number[]): number[] {
  const [first, last] = [xs[0]!, xs.at(-1)!];
  const round = xs.every((x) => Number(x.toPrecision(2)) === x);
  const closest = Math.min(...xs.slice(1).map((x, i) => x / xs[i]!));
  const apart = xs.length < 2 || Math.log(closest) / Math.log(last / first) > 0.09;
  return round && apart ? [...xs] : logTicks([first, last]);
}

/** Powers of ten inside; where there are fewer than three, also 2 and 5 times them, or all their multiples. */
function logTicks([from, to]: readonly [number, number]): number[] {
  const powers = Array.from({ length: 40 }, (_, i) => i - 20);
  const inside = (factors: readonly number[]): number[] =>
    powers
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((value) => value >= from && value <= to);
  return [[1], [1, 2, 5]].map(inside).find((ticks) => ticks.length >= 3) ?? inside([1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

function summary({ label, points }: Curve, parameter: string): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  return `${label}: ${formatNumber(first.y)} at ${parameter} ${formatNumber(first.x)}, ${formatNumber(last.y)} at ${formatNumber(last.x)}.`;
}

function table(parameter: SweptParameter, measured: readonly Measured[]): Markup {
  const series = measured.flatMap(({ name, curves }) =>
    curves.map(({ label, points, baseline }) => ({
      name: measured.length > 1 ? `${name} ${label}` : label,
      values: new Map(points.map(({ x, y }) => [x, y])),
      text: (value: number) => formatMetric(name, value),
      baseline,
    })),
  );
  const baselines = series.map(({ text, baseline }) => (baseline === undefined ? '–' : text(baseline)));
  const rest = series.some(({ baseline }) => baseline !== undefined) ? [['baseline', ...baselines]] : [];
  return seriesTable({ name: parameter.name, text: formatNumber }, series, rest);
}
