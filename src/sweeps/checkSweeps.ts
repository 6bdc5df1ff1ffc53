import { type DocumentPlace, formatLocation } from '../config/diagnostics.js';
import type { Parameter, SweepEntry } from '../config/sweepEntry.js';
import type { LoadedPlan } from '../pipelines/loadPlan.js';
import { type PlannedTrial, planTrial } from './planTrial.js';
import { BASELINE, countTrials, MAX_TRIALS, representativeTrials, type Trial } from './trials.js';

/**
 * Checks the trials of all sweeps of a file without data: those that stand for the others, see `representativeTrials`. What is
 * wrong is added to the diagnostics.
 *
 * @returns the same, without a plan if a trial is faulty
 */
export async function checkSweeps(loaded: LoadedPlan): Promise<LoadedPlan> {
  const { plan, diagnostics } = loaded;
  if (!plan) return loaded;
  for (const sweep of plan.sweeps.values()) {
    const count = countTrials(sweep);
    if (count > MAX_TRIALS) {
      const message = `${sweep.path.join('.')}: expected at most ${MAX_TRIALS} trials, got ${count}`;
      diagnostics.error(sweep.pipelinesPlace, message);
      continue;
    }
    // One mistake shows in many trials: the first at each place is enough.
    const seen = new Set<string>();
    const sound: PlannedTrial[] = [];
    for (const trial of representativeTrials(sweep)) {
      const planned = await planTrial(plan, sweep, trial);
      if (planned.plan) sound.push(planned);
      for (const problem of planned.problems) {
        const { message, suggestion, ...place } = problem;
        const key = formatLocation(place.location);
        if (seen.has(key)) continue;
        seen.add(key);
        diagnostics.error(place, message, suggestion);
      }
    }
    for (const { name, place } of idleParameters(sweep, sound)) {
      const message = `${sweep.path.join('.')}.over.${name}: its trials are all the same, no pipeline of the sweep depends on it`;
      diagnostics.warning(place, message);
    }
  }
  return diagnostics.hasErrors ? { ...loaded, plan: undefined } : loaded;
}

/** A parameter on which nothing depends, and a place to say so. */
interface IdleParameter {
  readonly name: string;
  readonly place: DocumentPlace;
}

/**
 * The parameters that change nothing: whatever their value, the pipelines of the trial are the same. A `${name}` that was forgotten,
 * or an option that `--set` fixes, makes such a sweep.
 *
 * @param planned those that `representativeTrials` gives, as far as they are sound
 */
function idleParameters({ parameters }: SweepEntry, planned: readonly PlannedTrial[]): IdleParameter[] {
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
