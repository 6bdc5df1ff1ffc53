import { formatLocation } from '../config/diagnostics.js';
import type { LoadedPlan } from '../pipelines/loadPlan.js';
import { idleParameters } from './idleParameters.js';
import { type PlannedTrial, planTrial } from './planTrial.js';
import { countTrials, MAX_TRIALS, representativeTrials } from './trials.js';

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
