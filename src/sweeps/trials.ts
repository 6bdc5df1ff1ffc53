import { createHash } from 'node:crypto';
import type { Scalar } from '../config/scalar.js';
import type { Setting } from '../config/settings.js';
import type { Parameter, SweepEntry, SweepValue } from '../config/sweepEntry.js';
import { counterRandom } from '../random/counterRandom.js';
import { type Choice, choiceAt, gridChoices, gridSize, writtenChoices } from './parameterValues.js';

/** One run of the pipelines of a sweep. */
export interface Trial {
  /** From 1; 0 is the baseline. */
  readonly number: number;
  /** By key of `over`; of the baseline only what it gives. */
  readonly values: ReadonlyMap<string, Scalar>;
  /** The variables that it sets. */
  readonly settings: readonly Setting[];
}

/** The number of the trial that the others are compared with. */
export const BASELINE = 0;

/** More trials than anybody means. */
export const MAX_TRIALS = 100_000;

/** How many trials a sweep has without its baseline, at most: values of a grid that fall together count twice. */
export function countTrials({ sample, parameters }: SweepEntry): number {
  return sample?.trials ?? parameters.reduce((product, parameter) => product * gridSize(parameter), 1);
}

/** All trials of a sweep, the baseline first. */
export function trialsOf(sweep: SweepEntry): Trial[] {
  return [...baselineOf(sweep), ...(sweep.sample ? sampledTrials(sweep, sweep.sample) : gridTrials(sweep))];
}

/**
 * Trials that stand for all when plans are checked before a run: each value that the file writes down (of ranges both ends) beside
 * the first of every other parameter, the last of all, and the baseline.
 */
export function representativeTrials(sweep: SweepEntry): Trial[] {
  const written = sweep.parameters.map(writtenChoices);
  const first = written.map((choices) => choices[0]!);
  const rows = written.flatMap((choices, at) => choices.map((choice) => first.with(at, choice)));
  const last = written.map((choices) => choices.at(-1)!);
  return [...baselineOf(sweep), ...[...rows, last].map((choices, index) => trialOf(sweep, index + 1, choices))];
}

/** Every combination of the values; the first parameter changes slowest. */
function gridTrials(sweep: SweepEntry): Trial[] {
  const rows = sweep.parameters
    .map(gridChoices)
    .reduce<Choice[][]>((all, choices) => all.flatMap((row) => choices.map((choice) => [...row, choice])), [[]]);
  return rows.map((choices, index) => trialOf(sweep, index + 1, choices));
}

/** Values are functions of (seed, number of the trial, name of the parameter): more trials extend the same sequence. */
function sampledTrials(sweep: SweepEntry, { trials, seed }: { trials: number; seed: number }): Trial[] {
  const random = counterRandom(seed, 'sweep');
  const drawn = sweep.parameters.map((parameter) => ({ parameter, words: wordsOf(parameter) }));
  return Array.from({ length: trials }, (_, index) => {
    const number = index + 1;
    const choices = drawn.map(({ parameter, words: [j, k] }) => choiceAt(parameter, random.uniform(number, j, k)));
    return trialOf(sweep, number, choices);
  });
}

/** The name as two words of 32 bits, so that a parameter that is added or moved changes no other. */
function wordsOf({ name }: Parameter): [j: number, k: number] {
  const digest = createHash('sha256').update(name).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
}

function baselineOf({ baseline, parameters }: SweepEntry): Trial[] {
  if (!baseline) return [];
  const settings: Setting[] = [];
  for (const [name, value] of baseline) {
    const parameter = parameters.find((each) => each.name === name);
    const variables = parameter?.kind === 'cases' ? parameter.cases.get(String(value.value)) : new Map([[name, value]]);
    for (const variable of variables ?? []) settings.push(settingOf(variable));
  }
  const values = new Map([...baseline].map(([name, { value }]) => [name, value]));
  return [{ number: BASELINE, values, settings }];
}

function trialOf({ parameters }: SweepEntry, number: number, choices: readonly Choice[]): Trial {
  return {
    number,
    values: new Map(parameters.map(({ name }, index) => [name, choices[index]!.value])),
    settings: choices.flatMap(({ variables }) => [...variables].map(settingOf)),
  };
}

function settingOf([target, { value, place }]: readonly [string, SweepValue]): Setting {
  return { target, value, text: String(value), place };
}

/** `rCut = 63, sigma = 3`: a trial's values as messages name them. */
export function formatValues(values: ReadonlyMap<string, Scalar>): string {
  return [...values]
    .map(([name, value]) => `${name} = ${typeof value === 'number' ? Number(value.toPrecision(6)) : value}`)
    .join(', ');
}
