import { PipelineError } from '../errors.js';
import { inputFiles, inputStats } from '../io/paths.js';
import type { PipelinePlan, Plan } from '../pipelines/plan.js';
import { splitsOf } from './compileStage.js';
import { stageOf } from './stage.js';
import { placesOf } from './taskPlan.js';

/** Where the steps of a pipeline run. */
export interface Places extends ReturnType<typeof placesOf> {
  readonly pipeline: string;
  /** How many; null where its input is not there yet. */
  readonly tasks: number | null;
  /** Of the files that the tasks read, all together; null where they are not there yet. */
  readonly inputBytes: number | null;
}

/**
 * Of each pipeline, in their order, without reading rows.
 * @param most tasks of each pipeline
 */
export async function placesIn(plan: Plan, most: number): Promise<Places[]> {
  const places: Places[] = [];
  for (const name of plan.order) {
    const pipeline = plan.pipelines.get(name)!;
    const amount = (await amountOf(plan, pipeline, most)) ?? { tasks: null, inputBytes: null };
    places.push({ pipeline: name, ...amount, ...placesOf(pipeline, stageOf(pipeline)) });
  }
  return places;
}

async function amountOf(
  plan: Plan,
  pipeline: PipelinePlan,
  most: number,
): Promise<{ tasks: number; inputBytes: number } | undefined> {
  const stage = stageOf(pipeline);
  if (typeof stage === 'string') return { tasks: 0, inputBytes: 0 };
  try {
    const tasks = Math.max(1, (await splitsOf(plan, pipeline, stage, most)).length);
    return { tasks, inputBytes: await bytesOf(pipeline.source.reads) };
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'missingInput') return undefined;
    throw error;
  }
}

async function bytesOf(paths: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const path of paths) {
    for (const file of await inputFiles(path, [''])) bytes += (await inputStats(file)).bytes;
  }
  return bytes;
}
