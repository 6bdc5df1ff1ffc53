import { STANDARD_STREAM } from '../io/paths.js';
import { type PipelinePlan, type Plan, type StepPlan, writtenBy } from './plan.js';
import { runsOf } from './stepRuns.js';

/** Whether a pipeline reads or writes a standard stream, which nobody can go back in. */
export function usesStandardStreams(pipeline: PipelinePlan): boolean {
  // Sources say nothing of a standard stream among the files that they read.
  const isRead = pipeline.source.options['path'] === STANDARD_STREAM;
  return isRead || writtenBy(pipeline).some(({ writes }) => writes === STANDARD_STREAM);
}

/** What a run does after an interruption: a line for people. */
export function resumptionOf(pipeline: PipelinePlan): string {
  const anew = 'after an interruption it begins anew';
  if (usesStandardStreams(pipeline)) return `${anew}: it reads or writes a standard stream`;
  const lasting: StepPlan[] = [];
  for (const run of runsOf(pipeline.steps)) {
    if (run.kind === 'fit') lasting.push(run.step);
    else if (run.place === 'firstDear') lasting.push(...run.steps.filter(({ definition }) => definition.dear));
  }
  if (lasting.length === 0) return `${anew}: none of its steps takes long`;
  return `after an interruption it goes on behind what had been done by ${lasting.map(({ id }) => id).join(', ')}`;
}

/** Whether one of these pipelines writes to standard output. */
export function writesToStandardOutput(plan: Plan, names: readonly string[]): boolean {
  const pipelines = names.flatMap((name) => plan.pipelines.get(name) ?? []);
  return pipelines.some((pipeline) => writtenBy(pipeline).some(({ writes }) => writes === STANDARD_STREAM));
}
