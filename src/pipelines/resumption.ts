import { basename } from 'node:path';
import { STANDARD_STREAM } from '../io/paths.js';
import { type PipelinePlan, type Plan, type SinkPlan, type StepPlan, writtenBy } from './plan.js';
import { runsOf, type StepRun, stepsOf } from './stepRuns.js';

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
  const runs = runsOf(pipeline.steps);
  const whole = wholeOutput(pipeline, runs);
  const lasting = runs.flatMap((run): readonly StepPlan[] => {
    if (run.kind === 'fit') return [run.step];
    if (run.place !== 'firstDear' || (whole && run.stage === runs.at(-1)!.stage)) return [];
    return run.steps.filter(({ definition }) => definition.dear);
  });
  const why =
    whole && `its rows flow into ${basename(whole.writes)}, which is written in one piece (a Parquet folder is not)`;
  if (lasting.length === 0) return `${anew}: ${why ?? 'none of its steps takes long'}`;
  const behind = `after an interruption it goes on behind what had been done by ${lasting.map(({ id }) => id).join(', ')}`;
  return why ? `${behind}, and no further: ${why}` : behind;
}

/** The sink that cannot go on, where rows of dear steps flow into one: nothing of their stage is kept. */
function wholeOutput({ sinks }: PipelinePlan, runs: readonly StepRun[]): SinkPlan | undefined {
  const stage = runs.at(-1)?.stage;
  const ofStage = runs.filter((run) => run.stage === stage && run.place !== 'before');
  // A fit and a sample let nothing flow before they have had all rows.
  const flows = ofStage.flatMap(stepsOf).every((step) => step.kind !== 'fit' && !('carries' in step.definition));
  if (ofStage.length === 0 || !flows) return undefined;
  return sinks.find(({ definition, options }) => !definition.fileNames?.(options));
}

/** Whether one of these pipelines writes to standard output. */
export function writesToStandardOutput(plan: Plan, names: readonly string[]): boolean {
  const pipelines = names.flatMap((name) => plan.pipelines.get(name) ?? []);
  return pipelines.some((pipeline) => writtenBy(pipeline).some(({ writes }) => writes === STANDARD_STREAM));
}
