import { z } from 'zod';
import { describeSchema, type SchemaSummary } from '../arrow/describeSchema.js';
import { fileState } from '../io/fileState.js';
import { readJson } from '../io/jsonFile.js';
import { PipelineError } from '../errors.js';
import { inputStates } from '../pipelines/changes.js';
import type { PipelinePlan, Plan } from '../pipelines/plan.js';
import { expectInputs, selectPipelines } from '../pipelines/runPlan.js';
import { soapstreamVersion } from '../version.js';
import { compileStage, expectInputsOf } from './compileStage.js';
import { expectRounding } from './rounding.js';
import { type Stage, stageOf } from './stage.js';
import { parsed, taskSchema } from './task.js';

const stageSchema = z.strictObject({
  pipeline: z.string(),
  /** Pipelines that have to be committed before this one can be planned; then there are no tasks yet. */
  waitsFor: z.array(z.string()),
  /** Steps that run in tasks, and those that run at the commit. */
  inTasks: z.array(z.string()),
  atCommit: z.array(z.string()),
  /** Why the first of `atCommit` runs there, or all of them. */
  why: z.string().exactOptional(),
  /** The files that the pipeline reads, as they were. */
  inputs: z.array(fileState).readonly(),
  /** The columns of what the tasks leave, as far as they are known without data. */
  columns: z.array(z.unknown()).readonly().exactOptional(),
  tasks: z.array(taskSchema).readonly(),
});
export type PlannedStage = Readonly<z.output<typeof stageSchema>>;

const planSchema = z.strictObject({
  format: z.literal(1),
  soapstream: z.string(),
  /** The configuration's own name. */
  run: z.string(),
  file: z.string(),
  set: z.array(z.string()),
  profile: z.string().exactOptional(),
  out: z.string(),
  limit: z.int().exactOptional(),
  /** Pipelines in the order of their dependencies. */
  stages: z.array(stageSchema),
});
export type TaskPlan = Readonly<z.output<typeof planSchema>>;

/**
 * What of pipelines runs in tasks, without reading rows.
 * @throws PipelineError `badOption` for a name that is not in the file; `missingInput` for what must be there
 */
export async function planTasks(plan: Plan, names: readonly string[], most: number): Promise<TaskPlan> {
  const selected = selectPipelines(plan, names);
  await expectInputs(plan, selected);
  const { origin, outDirectory, fingerprint } = plan;
  const stages: PlannedStage[] = [];
  for (const pipeline of selected) stages.push(await plannedStage(plan, pipeline, names, most));
  return {
    format: 1,
    soapstream: soapstreamVersion(),
    run: fingerprint,
    file: origin.path,
    set: [...origin.settings],
    ...(origin.profile !== undefined && { profile: origin.profile }),
    out: outDirectory,
    ...(origin.limit !== undefined && { limit: origin.limit }),
    stages,
  };
}

async function plannedStage(
  plan: Plan,
  pipeline: PipelinePlan,
  names: readonly string[],
  most: number,
): Promise<PlannedStage> {
  const stage = stageOf(pipeline);
  const waitsFor = pipeline.dependsOn.filter((name) => names.includes(name));
  const whole = {
    pipeline: pipeline.name,
    waitsFor,
    ...placesOf(pipeline, stage),
  };
  if (waitsFor.length > 0) return { ...whole, inputs: [], tasks: [] };
  if (typeof stage === 'string') return { ...whole, inputs: await inputStates(plan, pipeline), tasks: [] };
  return { ...whole, ...columnsOf(pipeline, stage), ...(await compileStage(plan, pipeline, stage, most)) };
}

/** Which steps run where. A sample runs in both places. */
export function placesOf(
  { steps }: PipelinePlan,
  stage: Stage | string,
): Pick<PlannedStage, 'inTasks' | 'atCommit' | 'why'> {
  const ids = steps.map(({ id }) => id);
  if (typeof stage === 'string') return { inTasks: [], atCommit: ids, why: stage };
  const { length } = stage.steps;
  return {
    inTasks: ids.slice(0, length + (stage.carrying ? 1 : 0)),
    atCommit: ids.slice(length),
    ...(stage.why !== undefined && { why: stage.why }),
  };
}

function columnsOf({ source, steps }: PipelinePlan, stage: Stage): { columns?: SchemaSummary['columns'] } {
  const last = stage.steps.length - 1;
  const schema = last < 0 ? source.output : steps[last]!.output;
  return schema ? { columns: describeSchema(schema).columns } : {};
}

/** @throws PipelineError `missingInput`; `badConfiguration` if it is no such plan, or one of another version */
export async function readTaskPlan(path: string): Promise<TaskPlan> {
  const found = parsed(planSchema, await readJson(path), path, 'a plan of soapstream plan');
  const version = soapstreamVersion();
  if (found.soapstream === version) return found;
  const message = `${path}: the plan is one of soapstream ${found.soapstream}, this is ${version}: run the same`;
  throw new PipelineError('badConfiguration', message);
}

/** @throws PipelineError `badConfiguration` if the pipeline file, or what it reads, is no longer what was planned */
export async function expectAsPlanned(plan: Plan, { run, stages }: TaskPlan, path: string): Promise<void> {
  if (plan.fingerprint !== run) {
    const message = `${path}: ${plan.file} is not what it was when this was planned (variables of the environment count, too): plan again`;
    throw new PipelineError('badConfiguration', message);
  }
  for (const { pipeline, inputs, waitsFor, tasks } of stages) {
    expectRounding(tasks[0]?.rounding, pipeline);
    if (waitsFor.length === 0) await expectInputsOf(plan, plan.pipelines.get(pipeline)!, inputs);
  }
}
