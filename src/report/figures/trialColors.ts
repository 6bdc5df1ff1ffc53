import { rampColor } from '../colors.js';
import { type Markup, markup } from '../markup.js';
import { formatMetric } from '../numbers.js';
import { metricName, type Sweep, type Trial } from '../readSweep.js';

/** A sweep as trials with an objective value. */
export interface Scored {
  readonly objective: string;
  /** `validationAccuracy` */
  readonly name: string;
  /** Trials that ended and have a value; baselines are not among them. */
  readonly done: readonly ScoredTrial[];
  /** Trials that were given up or diverged. */
  readonly stopped: readonly Trial[];
  readonly best: ScoredTrial | undefined;
  /** Of the values of `done`. */
  readonly least: number;
  readonly greatest: number;
}

export interface ScoredTrial extends Trial {
  readonly value: number;
}

/** @returns undefined if no column says what is to be optimised */
export function scored({ objective, minimize, trials }: Sweep): Scored | undefined {
  if (objective === undefined) return undefined;
  const own = trials.filter(({ baseline }) => !baseline);
  const done = own.flatMap((trial): ScoredTrial[] => {
    const value = trial.metrics.get(objective);
    return trial.status === 'done' && value !== undefined ? [{ ...trial, value }] : [];
  });
  const ranked = done.toSorted((a, b) => (minimize ? a.value - b.value : b.value - a.value));
  const values = done.map(({ value }) => value);
  return {
    objective,
    name: metricName(objective),
    done,
    stopped: own.filter(({ status }) => status !== 'done'),
    best: ranked[0],
    least: Math.min(...values),
    greatest: Math.max(...values),
  };
}

/** The colour of a value: the better, the farther from the background. */
export function scoreColor({ least, greatest }: Scored, value: number, minimize: boolean): string {
  const share = greatest > least ? (value - least) / (greatest - least) : 1;
  return rampColor(minimize ? 1 - share : share);
}

/** Smallest circle area that a trial has on a scale from least to best; radius in pixels. */
export const TRIAL_RADIUS = 4;

const RAMP_STEPS = 48;

/** The colours with the values that they stand for, and how trials without a value are drawn. */
export function scoreLegend(of: Scored, minimize: boolean): Markup {
  const { name, least, greatest, stopped } = of;
  const width = 180;
  const steps = Array.from({ length: RAMP_STEPS }, (_, i) => {
    const share = i / (RAMP_STEPS - 1);
    return markup`<rect x="${(i * width) / RAMP_STEPS}" width="${width / RAMP_STEPS + 0.4}" height="10" fill="${rampColor(minimize ? 1 - share : share)}"/>`;
  });
  const kinds = [...new Set(stopped.map(({ status }) => status))];
  return markup`<div class="scale"><span>${name}</span><span class="number">${formatMetric(name, least)}</span><svg aria-hidden="true" width="${width}" height="10" viewBox="0 0 ${width} 10">${steps}</svg><span class="number">${formatMetric(name, greatest)}</span>${kinds.map(
    (status) =>
      markup`<span class="scaleItem"><svg aria-hidden="true" width="14" height="14" viewBox="0 0 14 14">${
        status === 'abandoned'
          ? markup`<circle cx="7" cy="7" r="4" fill="none" stroke="var(--muted)" stroke-width="1.2"/>`
          : markup`<path d="M3 3L11 11M11 3L3 11" stroke="var(--muted)" stroke-width="1.5"/>`
      }</svg>${status}</span>`,
  )}</div>`;
}
