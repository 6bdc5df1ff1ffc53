import { PipelineError } from '../errors.js';
import type { Elsewhere, Engine } from '../pipelines/elsewhere.js';
import type { Plan } from '../pipelines/plan.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import { type RunOptions, runPlan } from '../pipelines/runPlan.js';
import { removeTasks } from './compileStage.js';
import { type DoneTasks, doneTasks } from './doneTasks.js';
import { partsOf, readManifest } from './manifest.js';
import { stageOf } from './stage.js';
import type { Part } from './task.js';
import { expectAsPlanned, type PlannedStage, readTaskPlan, type TaskPlan } from './taskPlan.js';

/**
 * Publishes what the tasks of a plan have left, with what the steps that follow them make of it, and leaves the records of the runs. Parts
 * of attempts that do not count are removed. What waits for other pipelines is left for another plan.
 *
 * @param load reads the pipeline file of the plan
 * @returns undefined where the pipeline file is wrong, which `load` has told
 * @throws PipelineError before anything is published if a part is missing or damaged, or the plan is not of now; whatever the run throws
 */
export async function commitTasks(
  paths: { readonly plan: string; readonly manifest: string },
  load: (plan: TaskPlan) => Promise<Plan | undefined>,
  options: RunOptions,
): Promise<{ readonly reports: readonly PipelineReport[]; readonly waiting: readonly string[] } | undefined> {
  const planned = await readTaskPlan(paths.plan);
  const lines = await readManifest(paths.manifest);
  const plan = await load(planned);
  if (!plan) return undefined;
  await expectAsPlanned(plan, planned, paths.plan);
  const stages = planned.stages.filter(({ waitsFor }) => waitsFor.length === 0);
  expectKnown(lines, stages, paths.manifest);
  const parts = new Map<string, readonly Part[]>();
  for (const { pipeline, tasks } of stages) parts.set(pipeline, await partsOf(tasks, lines, paths.manifest));
  const engine: Engine = {
    take: (_, { name }) => {
      const stage = stages.find(({ pipeline }) => pipeline === name)!;
      return Promise.resolve(stage.tasks.length === 0 ? undefined : committed(plan, stage, parts.get(name)!));
    },
  };
  const reports = await runPlan(plan, { ...options, record: true, engine, pipelines: [...parts.keys()] });
  for (const name of parts.keys()) await removeTasks(plan, name);
  return { reports, waiting: planned.stages.flatMap((each) => (each.waitsFor.length > 0 ? each.pipeline : [])) };
}

function expectKnown(lines: readonly Part[], stages: readonly PlannedStage[], manifest: string): void {
  const known = new Set(stages.flatMap(({ tasks }) => tasks.map(({ stage }) => stage)));
  const foreign = lines.find(({ stage }) => !known.has(stage));
  if (!foreign) return;
  const message = `${manifest}: the line of task ${foreign.task} of ${foreign.pipeline} is of another plan (${foreign.stage}): take it out, or commit its own plan`;
  throw new PipelineError('badConfiguration', message);
}

function committed(plan: Plan, { pipeline: name, tasks }: PlannedStage, parts: readonly Part[]): Elsewhere {
  let done: DoneTasks | undefined;
  return {
    async run() {
      const pipeline = plan.pipelines.get(name)!;
      const stage = stageOf(pipeline);
      if (typeof stage === 'string') throw new PipelineError('internal', `no step of ${name} runs in tasks: ${stage}`);
      done = await doneTasks(pipeline, stage, tasks[0]!.folder, parts);
      return done;
    },
    close: async (isDone) => (isDone ? undefined : done?.dispose()),
  };
}
