import type { DocumentPlace } from '../config/diagnostics.js';
import type { Parameter, SweepEntry } from '../config/sweepEntry.js';
import type { PlannedTrial } from './planTrial.js';
import { BASELINE, type Trial } from './trials.js';

/** A parameter on which nothing depends, and a place to say so. */
export interface IdleParameter {
  readonly name: string;
  readonly place: DocumentPlace;
}

/**
 * The parameters that change nothing: whatever their value, the pipelines of the trial are the same. A `${name}` that was forgotten,
 * or an option that `--set` fixes, makes such a sweep.
 *
 * @param planned those that `representativeTrials` gives, as far as they are sound
 */
export function idleParameters({ parameters }: SweepEntry, planned: readonly PlannedTrial[]): IdleParameter[] {
  const trials = planned.filter(({ trial }) => trial.number !== BASELINE);
  const [first, ...others] = trials;
  if (!first) return [];
  const definitions = definitionsOf(first);
  return parameters.flatMap((parameter) => {
    const compared = others.filter(({ trial }) => differOnlyIn(parameter, first.trial, trial));
    if (compared.length === 0 || compared.some((other) => definitionsOf(other) !== definitions)) return [];
    const place = placeOf(parameter);
    return place ? [{ name: parameter.name, place }] : [];
  });
}

function differOnlyIn({ name }: Parameter, one: Trial, other: Trial): boolean {
  return [...one.values].every(([key, value]) => (value === other.values.get(key)) === (key !== name));
}

function definitionsOf({ plan }: PlannedTrial): string | undefined {
  return plan && JSON.stringify(Array.from(plan.pipelines.values(), ({ definition }) => definition));
}

function placeOf(parameter: Parameter): DocumentPlace | undefined {
  if (parameter.kind === 'range') return parameter.places.between;
  if (parameter.kind === 'list') return parameter.values[0]?.place;
  for (const values of parameter.cases.values()) for (const { place } of values.values()) return place;
  return undefined;
}
