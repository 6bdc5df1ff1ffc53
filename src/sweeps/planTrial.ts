import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Diagnostic } from '../config/diagnostics.js';
import { listChoices } from '../config/describe.js';
import { planTrial as planScope } from '../pipelines/loadPlan.js';
import type { Plan, SweepPlan, TrialScope } from '../pipelines/plan.js';
import type { Watch } from './abandon.js';
import { formatValues, type Trial } from './trials.js';

/** A trial that has been planned: the plan if it is sound, what is wrong if not. */
export interface PlannedTrial {
  readonly trial: Trial;
  readonly scope: TrialScope;
  readonly plan: Plan | undefined;
  /** Their messages name the trial's values. */
  readonly problems: readonly Diagnostic[];
}

/** Plans the file with the values of a trial. */
export async function planTrial(base: Plan, sweep: SweepPlan, trial: Trial): Promise<PlannedTrial> {
  const scope: TrialScope = {
    values: trial.settings,
    directory: trialFolder(base, sweep, trial),
    runs: sweep.pipelines,
    reads: sweep.dependsOn,
  };
  const { plan, diagnostics } = await planScope(base.origin, scope);
  const found = diagnostics.sorted().filter(({ severity }) => severity === 'error');
  if (plan) found.push(...changedInputs(base, plan, sweep));
  const suffix = trial.values.size > 0 ? ` (${sweep.name} with ${formatValues(trial.values)})` : '';
  const problems = found.map((problem) => Object.assign({}, problem, { message: problem.message + suffix }));
  return { trial, scope, plan: problems.length > 0 ? undefined : plan, problems };
}

export function trialFolder({ outDirectory }: Plan, { name }: SweepPlan, { number }: Trial): string {
  return join(outDirectory, name, 'trials', String(number).padStart(4, '0'));
}

/** A trial's values, its pipelines, those that they read from, and how many rows of them, as a hash. */
export function trialDigest({ pipelines, origin }: Plan, { values }: Trial): string {
  const definitions = [...pipelines].map(([name, { definition }]) => [name, definition]);
  const parts = [definitions, [...values], ...(origin.limit === undefined ? [] : [origin.limit])];
  const text = JSON.stringify(parts, (key, value: unknown) => (key === 'description' ? undefined : value));
  return createHash('sha256').update(text).digest('hex');
}

/** Everything that decides the outcome of a trial, what it is held to included. The trial's name in the metrics. */
export function fingerprintOf(digest: string, watch: Watch | undefined): string {
  const text = JSON.stringify([digest, watch ?? null]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** Pipelines that run once, before the sweep, cannot depend on what changes from trial to trial. */
function changedInputs(
  base: Plan,
  trial: Plan,
  { path, dependsOn, pipelines, pipelinesPlace }: SweepPlan,
): Diagnostic[] {
  return dependsOn
    .filter((name) => definitionText(base, name) !== definitionText(trial, name))
    .map((name) => ({
      path: pipelinesPlace.path,
      location: pipelinesPlace.location,
      severity: 'error',
      message: `${path.join('.')}.pipelines: ${listChoices(pipelines).replace(' or ', ' and ')} read what ${name} makes, and ${name} changes with the trial: add it`,
    }));
}

function definitionText({ pipelines }: Plan, name: string): string {
  return JSON.stringify(pipelines.get(name)?.definition);
}
