import * as Plot from '@observablehq/plot';
import { type Figure, panels, sourceOf, type Table } from '../figure.js';
import { markup } from '../markup.js';
import { formatMetric } from '../numbers.js';
import { frame, plot } from '../plot.js';
import { metricName, metricPlace, type Sweep, type Trial } from '../readSweep.js';
import { seriesLegend, seriesStyle } from '../series.js';

/** Each metric of a sweep over cases alone, a line of dots for each case. */
export function sweepCases(sweep: Sweep): Figure | undefined {
  const trials = sweep.trials.filter(({ status }) => status === 'done');
  const names = [...new Set(sweep.metrics.map(metricName))].filter((name) =>
    sweep.metrics.some((column) => metricName(column) === name && trials.some(({ metrics }) => metrics.has(column))),
  );
  if (names.length === 0) return undefined;
  const places = [...new Set(sweep.metrics.map(metricPlace))];
  const cases = trials.map((trial) => caseName(sweep, trial));
  const drawn = names.map((name) => {
    const points = places.flatMap((place, series) =>
      trials.flatMap((trial, i) => {
        const value = trial.metrics.get(`${place}.${name}`);
        return value === undefined ? [] : [{ case: cases[i]!, value, series, place }];
      }),
    );
    return {
      label: name,
      drawing: plot({
        title: `${name} of each case`,
        description: points.map((point) => `${point.case}: ${formatMetric(name, point.value)}.`).join(' '),
        ...frame(400, 60 + 26 * cases.length, [8, 20, 32, 110]),
        x: { label: null, grid: true, nice: true, ticks: 4 },
        y: { domain: cases, label: null, tickSize: 0 },
        marks: places.map((_, series) =>
          Plot.dot(
            points.filter((point) => point.series === series),
            {
              x: 'value',
              y: 'case',
              r: 5,
              fill: seriesStyle(series).color,
              symbol: seriesStyle(series).symbol,
              title: (point: (typeof points)[number]) =>
                `${point.case}, ${point.place}: ${formatMetric(name, point.value)}`,
            },
          ),
        ),
      }),
    };
  });
  return {
    kind: 'figure',
    body: markup`${places.length > 1 ? seriesLegend(places, { marked: true }) : undefined}${panels(drawn)}`,
    caption: markup`<b>Metrics of each case.</b> Axes do not start at zero. ${sourceOf(sweep.from)}`,
  };
}

/** All trials of a sweep that is small enough to be read. */
export function trialTable(sweep: Sweep): Table {
  const measured = sweep.metrics.filter((column) => sweep.trials.some(({ metrics }) => metrics.has(column)));
  const severalPlaces = new Set(measured.map(metricPlace)).size > 1;
  return {
    kind: 'table',
    caption: markup`<b>Trials</b> and what they reached. ${sourceOf(sweep.from)}`,
    head: ['case', 'status', ...measured.map((column) => (severalPlaces ? column : metricName(column)))],
    rows: sweep.trials.map((trial) => [
      caseName(sweep, trial),
      trial.status,
      ...measured.map((column) => {
        const value = trial.metrics.get(column);
        return value === undefined ? '–' : formatMetric(metricName(column), value);
      }),
    ]),
    right: [false, false, ...measured.map(() => true)],
  };
}

function caseName({ categorical }: Sweep, trial: Trial): string {
  if (trial.baseline) return 'baseline';
  return categorical.map(({ name }) => trial.settings.get(name) ?? '–').join(', ') || `trial ${trial.trial}`;
}
