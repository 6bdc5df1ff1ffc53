import * as Plot from '@observablehq/plot';
import { formatCount } from '../../format.js';
import type { SweptParameter } from '../../io/runRecord.js';
import { pearson, spearman } from '../../stats/correlation.js';
import { type Figure, panels, sourceOf, type Table } from '../figure.js';
import { markup } from '../markup.js';
import { formatMetric, formatNumber, tickText, wholeTicks } from '../numbers.js';
import { CENTRED, frame, plot } from '../plot.js';
import type { Sweep, Trial } from '../readSweep.js';
import { type Scored, scoreColor, type ScoredTrial, scoreLegend, TRIAL_RADIUS } from './trialColors.js';

/** Every pair of numeric parameters, coloured by the objective (figure 10 of the paper). */
export function parameterPairs(sweep: Sweep, of: Scored): Figure | undefined {
  const { numeric, minimize } = sweep;
  const pairs = numeric.flatMap((y, i) => numeric.slice(i + 1).map((x) => [x, y] as const));
  if (pairs.length === 0) return undefined;
  const drawn = pairs.map(([x, y]) => ({
    label: `${y.name} against ${x.name}`,
    drawing: plot({
      title: `${y.name} against ${x.name}, coloured by ${of.name}`,
      description: `${of.done.length} trials.${bestText(of, [x, y])}`,
      ...frame(300, 250, MARGINS),
      x: { ...axis(x, of), ...CENTRED },
      y: { ...axis(y, of), labelArrow: 'none' },
      marks: [
        ...stoppedMarks(of, x.name, (trial) => setting(trial, y.name)),
        Plot.dot(ascending(of, minimize), {
          x: (trial: ScoredTrial) => setting(trial, x.name),
          y: (trial: ScoredTrial) => setting(trial, y.name),
          r: TRIAL_RADIUS,
          fill: { value: ({ value }: ScoredTrial) => scoreColor(of, value, minimize), scale: null },
          stroke: 'var(--ink)',
          strokeWidth: 0.4,
          title: (trial: ScoredTrial) => tooltip(sweep, of, trial),
        }),
        ...bestRing(of, x.name, (trial) => setting(trial, y.name)),
        Plot.frame({ stroke: 'var(--rule)' }),
      ],
    }),
  }));
  return {
    kind: 'figure',
    body: markup`${scoreLegend(of, minimize)}${panels(drawn, 'three')}`,
    caption: markup`<b>Pairs of parameters</b> of ${formatCount(of.done.length)} trials, coloured by <code>${of.objective}</code>; better trials are drawn over worse ones, and the ring is the best.${stoppedText(of)} ${sourceOf(sweep.from)}`,
  };
}

/** The objective against each numeric parameter. */
export function parameterMargins(sweep: Sweep, of: Scored): Figure | undefined {
  const { numeric, minimize } = sweep;
  if (numeric.length === 0) return undefined;
  const drawn = numeric.map((x) => ({
    label: `${of.name} against ${x.name}`,
    drawing: plot({
      title: `${of.name} against ${x.name}`,
      description: `${of.done.length} trials.${bestText(of, [x])}`,
      ...frame(400, 240, MARGINS),
      x: { ...axis(x, of), ...CENTRED },
      y: { label: null, grid: true, nice: true, ticks: 5, inset: 6 },
      marks: [
        Plot.dot(of.done, {
          x: (trial: ScoredTrial) => setting(trial, x.name),
          y: 'value',
          r: 3.5,
          fill: { value: ({ value }: ScoredTrial) => scoreColor(of, value, minimize), scale: null },
          stroke: 'var(--ink)',
          strokeWidth: 0.4,
          title: (trial: ScoredTrial) => tooltip(sweep, of, trial),
        }),
        ...stoppedMarks(of, x.name, (trial) => trial.metrics.get(of.objective)),
        ...bestRing(of, x.name, ({ value }) => value),
        Plot.frame({ anchor: 'bottom', stroke: 'var(--ink)' }),
      ],
    }),
  }));
  return {
    kind: 'figure',
    body: panels(drawn),
    caption: markup`<b>Influence of each parameter</b>: <code>${of.objective}</code> of the same trials against one parameter at a time, with the others as they were drawn. The ring is the best trial. ${sourceOf(sweep.from)}`,
  };
}

/** How the objective goes with each numeric parameter, over the trials that ended. */
export function correlationTable(sweep: Sweep, of: Scored): Table | undefined {
  if (sweep.numeric.length === 0) return undefined;
  const rows = sweep.numeric.map(({ name }) => {
    const pairs = of.done.flatMap((trial) => {
      const x = setting(trial, name);
      return x === undefined ? [] : [{ x, y: trial.value }];
    });
    const [x, y] = [pairs.map((pair) => pair.x), pairs.map((pair) => pair.y)];
    const coefficient = (correlate: typeof pearson): string =>
      pairs.length < 3 ? '–' : coefficientText(correlate(x, y));
    return [markup`<code>${name}</code>`, coefficient(pearson), coefficient(spearman), formatCount(pairs.length)];
  });
  return {
    kind: 'table',
    caption: markup`<b>Correlation</b> of each parameter with <code>${of.objective}</code>, over trials that were neither abandoned nor diverged. Pearson measures how linear the relation is, Spearman how monotone; a parameter with a best value in its middle has neither.`,
    head: ['parameter', 'Pearson r', 'Spearman ρ', 'trials'],
    rows,
    right: [false, true, true, true],
  };
}

/** Of the best trials what they were set to and what they reached. */
export function bestTrials(sweep: Sweep, of: Scored, count = 5): Table | undefined {
  if (!of.best) return undefined;
  const better = of.done.toSorted((a, b) => (sweep.minimize ? a.value - b.value : b.value - a.value)).slice(0, count);
  const parameters = [...sweep.numeric, ...sweep.categorical];
  const baselines = sweep.trials.filter(({ baseline }) => baseline);
  const row = (trial: Trial, name: string): string[] => {
    const value = trial.metrics.get(of.objective);
    return [
      name,
      value === undefined ? '–' : formatMetric(of.name, value),
      ...parameters.map((parameter) => settingText(trial, parameter.name)),
    ];
  };
  return {
    kind: 'table',
    caption: markup`<b>The best trials</b> by <code>${of.objective}</code> of ${formatCount(of.done.length)}, and what they were set to.`,
    head: ['trial', of.name, ...parameters.map(({ name }) => name)],
    rows: [
      ...better.map((trial) => row(trial, String(trial.trial))),
      ...baselines.map((trial) => row(trial, baselines.length > 1 ? `baseline ${trial.trial}` : 'baseline')),
    ],
    right: [true, true, ...sweep.numeric.map(() => true), ...sweep.categorical.map(() => false)],
  };
}

export function setting(trial: Trial, name: string): number | undefined {
  const value = trial.settings.get(name);
  return typeof value === 'number' ? value : undefined;
}

function settingText(trial: Trial, name: string): string {
  const value = trial.settings.get(name);
  return value === undefined ? '–' : typeof value === 'number' ? formatNumber(value) : value;
}

function coefficientText(value: number): string {
  return Number.isNaN(value) ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}

const MARGINS = [18, 12, 38, 48] as const;

/** Whole numbers have no ticks between them. */
function axis({ name, scale, integer }: SweptParameter, of: Scored): Plot.ScaleOptions {
  const values = [...of.done, ...of.stopped].flatMap((trial) => setting(trial, name) ?? []);
  return {
    label: name,
    type: scale === 'log' ? 'log' : 'linear',
    ticks: integer && scale !== 'log' ? wholeTicks(Math.min(...values), Math.max(...values)) : 5,
    nice: !integer,
    grid: true,
    inset: 8,
    tickFormat: tickText,
  };
}

/** Worst first, so that the best are seen. */
function ascending(of: Scored, minimize: boolean): ScoredTrial[] {
  return of.done.toSorted((a, b) => (minimize ? b.value - a.value : a.value - b.value));
}

function stoppedMarks(of: Scored, x: string, y: (trial: Trial) => number | undefined): Plot.Markish[] {
  const channels = { x: (trial: Trial) => setting(trial, x), y, stroke: 'var(--muted)' };
  return [
    Plot.dot(
      of.stopped.filter(({ status }) => status === 'abandoned'),
      { ...channels, r: TRIAL_RADIUS - 0.5, fill: 'none', strokeWidth: 1.2 },
    ),
    Plot.dot(
      of.stopped.filter(({ status }) => status === 'diverged'),
      { ...channels, r: TRIAL_RADIUS - 0.5, symbol: 'times', strokeWidth: 1.5 },
    ),
  ];
}

function bestRing(of: Scored, x: string, y: (trial: ScoredTrial) => number | undefined): Plot.Markish[] {
  if (!of.best) return [];
  return [
    Plot.dot([of.best], {
      x: (trial: Trial) => setting(trial, x),
      y,
      r: 8,
      fill: 'none',
      stroke: 'var(--ink)',
      strokeWidth: 1.6,
    }),
  ];
}

function stoppedText({ stopped }: Scored): string {
  const of = (status: Trial['status']): number => stopped.filter((trial) => trial.status === status).length;
  const texts = [
    of('abandoned') > 0 && `${of('abandoned')} abandoned trials are hollow`,
    of('diverged') > 0 && `${of('diverged')} diverged ones are crosses`,
  ].filter((text) => text !== false);
  return texts.length > 0 ? ` ${texts.join(', ')}; they have no part in correlations.` : '';
}

function bestText({ best, name }: Scored, parameters: readonly SweptParameter[]): string {
  if (!best) return '';
  const values = parameters.map((parameter) => `${parameter.name} ${settingText(best, parameter.name)}`);
  return ` The best has ${values.join(' and ')}, with ${name} ${formatMetric(name, best.value)}.`;
}

function tooltip({ numeric, categorical }: Sweep, { name }: Scored, trial: ScoredTrial): string {
  const settings = [...numeric, ...categorical].map(
    (parameter) => `${parameter.name} ${settingText(trial, parameter.name)}`,
  );
  return `trial ${trial.trial}: ${name} ${formatMetric(name, trial.value)}\n${settings.join(', ')}`;
}
