import type { Scalar } from '../config/scalar.js';
import type { Parameter, RangeParameter, SweepValue } from '../config/sweepEntry.js';

/** One value of a parameter. */
export interface Choice {
  /** A value of the variable, or the name of a case. */
  readonly value: Scalar;
  /** What it means for the variables of the file. */
  readonly variables: ReadonlyMap<string, SweepValue>;
}

/** Enough to tell values apart, few enough to hide the last bits of powers and sums, in which engines differ. */
const SIGNIFICANT_DIGITS = 12;

/** All values of a parameter in a grid, in their order. */
export function gridChoices(parameter: Parameter): Choice[] {
  switch (parameter.kind) {
    case 'range':
      return gridValues(parameter).map((value) => rangeChoice(parameter, value));
    case 'list':
      return parameter.values.map((value) => ({ value: value.value, variables: new Map([[parameter.name, value]]) }));
    case 'cases':
      return [...parameter.cases].map(([value, variables]) => ({ value, variables }));
  }
}

/** How many values a parameter has in a grid, at most: whole numbers that fall together count twice. */
export function gridSize(parameter: Parameter): number {
  if (parameter.kind !== 'range') return parameter.kind === 'list' ? parameter.values.length : parameter.cases.size;
  return parameter.count ?? parameter.to - parameter.from + 1;
}

/** What stands for all values of a parameter when a plan is checked: every one that the file writes down. */
export function writtenChoices(parameter: Parameter): Choice[] {
  if (parameter.kind !== 'range') return gridChoices(parameter);
  return [parameter.from, parameter.to].map((value) => rangeChoice(parameter, value));
}

/**
 * The value of a parameter at a uniform random number.
 * @param uniform in (0, 1)
 */
export function choiceAt(parameter: Parameter, uniform: number): Choice {
  if (parameter.kind === 'range') return rangeChoice(parameter, drawnValue(parameter, uniform));
  const choices = gridChoices(parameter);
  return choices[Math.floor(uniform * choices.length)]!;
}

function gridValues({ from, to, integer, scale, count = to - from + 1 }: RangeParameter): number[] {
  const values = Array.from({ length: count }, (_, index) => {
    const share = count === 1 ? 0 : index / (count - 1);
    const value = between(from, to, scale, share);
    return integer ? Math.round(value) : value;
  });
  return [...new Set(values)];
}

/** With `integer` every whole number of a linear range is as likely; in a log range n has the share of [n, n + 1). */
function drawnValue({ from, to, integer, scale }: RangeParameter, uniform: number): number {
  if (!integer) return between(from, to, scale, uniform);
  return Math.min(to, Math.floor(between(from, to + 1, scale, uniform)));
}

/** `from` at share 0, `to` at share 1. */
function between(from: number, to: number, scale: 'linear' | 'log', share: number): number {
  if (share === 0 || share === 1) return share === 0 ? from : to;
  const value = scale === 'log' ? from * (to / from) ** share : from + (to - from) * share;
  return Math.min(to, Math.max(from, Number(value.toPrecision(SIGNIFICANT_DIGITS))));
}

function rangeChoice({ name, from, to, places }: RangeParameter, value: number): Choice {
  const end = value === from ? places.from : places.to;
  const place = value === from || value === to ? end : places.between;
  return { value, variables: new Map([[name, { value, place }]]) };
}
