import * as Plot from '@observablehq/plot';
import { dataTable, type Figure, type Panel, panels, sourceOf } from '../figure.js';
import { type Markup, markup } from '../markup.js';
import { formatMetric, formatNumber, formatPercent, isFraction } from '../numbers.js';
import { plot } from '../plot.js';
import { metricName, metricPlace, type Parameter, type Sweep, type Trial } from '../readSweep.js';
import { seriesLegend, seriesStyle } from '../series.js';

/** A curve: one metric of one place, for one case of the categorical parameters. */
interface Curve {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly baseline: number | undefined;
}

/** A figure for each metric of a sweep over one numeric parameter (figures 18, 19 and 20 of the paper). */
export function sweepCurves(sweep: Sweep): Figure[] {
  const [parameter] = sweep.numeric;
  if (!parameter) return [];
  const names = [...new Set(sweep.metrics.map(metricName))];
  return names.flatMap((name) => {
    const curves = curvesOf(sweep, parameter, name);
    return curves.length > 0 ? [figure(sweep, parameter, name, curves)] : [];
  });
}

function figure(sweep: Sweep, parameter: Parameter, name: string, curves: readonly Curve[]): Figure {
  const positive = curves.every(({ points }) => points.every(({ y }) => y > 0));
  const [shared, ...others] = [...new Set(curves.map(({ baseline }) => baseline))];
  const single = others.length === 0 ? shared : undefined;
  const isError = /mse|loss/i.test(name);
  const drawn: Panel[] = [
    {
      label: isError ? `${name}, linear scale` : name,
      drawing: chart({ parameter, name, curves, axisOf: single, type: 'linear' }),
    },
  ];
  if (isError && positive) {
    drawn.push({
      label: `${name}, logarithmic scale`,
      drawing: chart({ parameter, name, curves, axisOf: undefined, type: 'log' }),
    });
  }
  const shares = curves.flatMap((curve): Curve[] => {
    const { baseline } = curve;
    if (isError || !baseline) return [];
    return [{ ...curve, baseline: 1, points: curve.points.map(({ x, y }) => ({ x, y: y / baseline })) }];
  });
  if (shares.length === curves.length) {
    drawn.push({
      label: `${name} as a share of the baseline`,
      drawing: chart({
        parameter,
        name: `share of the baseline’s ${name}`,
        curves: shares,
        axisOf: undefined,
        type: 'linear',
        percent: true,
      }),
    });
  }
  const labels = curves.map(({ label }) => label);
  const dropped = sweep.trials.filter((trial) => !trial.baseline && trial.status !== 'done').length;
  return {
    kind: 'figure',
    body: markup`${labels.length > 1 ? seriesLegend(labels, { marked: true }) : undefined}${panels(drawn)}`,
    caption: markup`<b>${name}</b> against <code>${parameter.name}</code>${labels.length === 1 ? markup` (<code>${labels[0]}</code>)` : undefined}${
      parameter.scale === 'log' ? ', on a logarithmic axis' : ''
    }. ${baselineText(curves)}${dropped > 0 ? `${dropped} trials were abandoned or diverged and are not drawn. ` : ''}${sourceOf(sweep.from)}`,
    data: table(parameter, name, curves),
  };
}

function curvesOf(sweep: Sweep, parameter: Parameter, name: string): Curve[] {
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
  readonly parameter: Parameter;
  readonly name: string;
  readonly curves: readonly Curve[];
  /** The baseline that the right-hand axis gives shares of. */
  readonly axisOf: number | undefined;
  readonly type: 'linear' | 'log';
  readonly percent?: boolean;
}

function chart({ parameter, name, curves, axisOf, type, percent = false }: Chart): Markup {
  const points = curves.flatMap(({ points: own, label }, series) => own.map((point) => ({ ...point, series, label })));
  const baselines = [...new Set(curves.flatMap(({ baseline }) => baseline ?? []))];
  const values = [...points.map(({ y }) => y), ...(type === 'log' ? baselines.filter((each) => each > 0) : baselines)];
  const fraction = isFraction(name) || percent;
  const domain = type === 'log' ? logDomain(values) : linearDomain(values, fraction);
  const shareAxis = axisOf !== undefined && axisOf > 0 && fraction && !percent;
  const xs = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b);
  return plot({
    title: `${name} against ${parameter.name}`,
    description: curves.map((curve) => summary(curve, parameter.name)).join(' '),
    width: 420,
    height: 280,
    marginLeft: 56,
    marginTop: shareAxis ? 24 : 12,
    marginRight: shareAxis ? 52 : 16,
    marginBottom: 40,
    x: {
      label: parameter.name,
      labelAnchor: 'center',
      labelArrow: 'none',
      type: parameter.scale === 'log' ? 'log' : 'linear',
      inset: 6,
      ...(xs.length === 1 && { domain: [xs[0]! / 2, xs[0]! * 2] }),
      ticks: parameter.scale === 'log' ? parameterTicks(xs) : 6,
      tickFormat: '~g',
    },
    y: {
      label: null,
      type,
      domain,
      grid: true,
      ticks: type === 'log' ? logTicks(domain) : 6,
      ...(percent
        ? { tickFormat: (value: number) => formatPercent(value) }
        : type === 'log'
          ? { tickFormat: powerText }
          : {}),
    },
    marks: [
      shareAxis
        ? Plot.axisY(shareTicks(domain, axisOf), {
            anchor: 'right',
            tickFormat: (value: number) => formatPercent(value / axisOf),
            label: null,
          })
        : null,
      shareAxis
        ? Plot.text(['of baseline'], {
            frameAnchor: 'top-right',
            dx: 48,
            dy: -20,
            textAnchor: 'end',
            fill: 'var(--muted)',
          })
        : null,
      Plot.ruleY(type === 'log' ? baselines.filter((each) => each > 0) : baselines, {
        stroke: 'var(--muted)',
        strokeDasharray: '5 4',
      }),
      ...curves.map((_, series) =>
        Plot.line(
          points.filter((point) => point.series === series),
          {
            x: 'x',
            y: 'y',
            stroke: seriesStyle(series).color,
            strokeWidth: 1.8,
            strokeDasharray: seriesStyle(series).dash,
          },
        ),
      ),
      ...curves.map((_, series) =>
        Plot.dot(
          points.filter((point) => point.series === series),
          {
            x: 'x',
            y: 'y',
            r: 3.2,
            fill: seriesStyle(series).color,
            stroke: 'var(--paper)',
            strokeWidth: 0.7,
            symbol: seriesStyle(series).symbol,
            title: ({ label, x, y }: (typeof points)[number]) =>
              `${label}\n${parameter.name} ${formatNumber(x)}: ${percent ? formatPercent(y) : formatMetric(name, y)}`,
          },
        ),
      ),
      Plot.frame({ anchor: 'bottom', stroke: 'var(--ink)' }),
    ],
  });
}

/** From zero unless that would flatten everything: then a little beyond the values, and the axis does not pretend to start at zero. */
function linearDomain(values: readonly number[], fraction: boolean): [number, number] {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  if (!fraction || least < greatest / 3) return [Math.min(0, least), greatest > 0 ? greatest * 1.05 : 1];
  const margin = Math.max((greatest - least) * 0.08, greatest * 0.005);
  return [least - margin, greatest + margin];
}

function logDomain(values: readonly number[]): [number, number] {
  return [Math.min(...values) / 1.2, Math.max(...values) * 1.2];
}

/** The values of the parameter themselves if they are few. */
function parameterTicks(xs: readonly number[]): number[] {
  return xs.length <= 8 ? [...xs] : logTicks([xs[0]!, xs.at(-1)!]);
}

/** Powers of ten inside; where there are fewer than three, also 2 and 5 times them. */
function logTicks([from, to]: readonly [number, number]): number[] {
  const powers = Array.from({ length: 40 }, (_, i) => i - 20);
  const inside = (factors: readonly number[]): number[] =>
    powers
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((value) => value >= from && value <= to);
  const tens = inside([1]);
  return tens.length >= 3 ? tens : inside([1, 2, 5]);
}

function powerText(value: number): string {
  return Math.abs(value) < 1e-3 || value >= 1e5
    ? value.toExponential(0).replace('-', '−').replace('+', '')
    : String(value);
}

/** Values at round shares of the baseline. */
function shareTicks([from, to]: readonly [number, number], baseline: number): number[] {
  const span = (to - from) / baseline;
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25].find((each) => span / each <= 7) ?? 0.5;
  const first = Math.ceil(from / baseline / step - 1e-9);
  const last = Math.floor(to / baseline / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step * baseline);
}

function summary({ label, points }: Curve, parameter: string): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  return `${label}: ${formatNumber(first.y)} at ${parameter} ${formatNumber(first.x)}, ${formatNumber(last.y)} at ${formatNumber(last.x)}.`;
}

function table(parameter: Parameter, name: string, curves: readonly Curve[]): Markup {
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted((a, b) => a - b);
  const at = curves.map(({ points }) => new Map(points.map(({ x, y }) => [x, y])));
  const text = (value: number | undefined): string => (value === undefined ? '–' : formatMetric(name, value));
  const baselines = curves.some(({ baseline }) => baseline !== undefined)
    ? [['baseline', ...curves.map(({ baseline }) => text(baseline))]]
    : [];
  return dataTable(
    [parameter.name, ...curves.map(({ label }) => label)],
    [...xs.map((x) => [formatNumber(x)].concat(at.map((values) => text(values.get(x))))), ...baselines],
    [true, ...curves.map(() => true)],
  );
}
