import { createHash } from 'node:crypto';
import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PipelineError } from '../errors.js';
import { mapLeaves } from '../config/paths.js';
import { readArtifactDescription } from '../io/artifacts.js';
import { rm } from '../io/disk.js';
import { changedPath, type FileState } from '../io/fileState.js';
import { ioContext } from '../io/paths.js';
import { inputStates } from '../pipelines/changes.js';
import type { PipelinePlan, Plan } from '../pipelines/plan.js';
import type { FlowStep } from '../pipelines/stepRuns.js';
import { soapstreamVersion } from '../version.js';
import { dependsOnRounding, roundingHere } from './rounding.js';
import type { Stage } from './stage.js';
import type { Task } from './task.js';

/** The tasks of a stage, and what they were made of. */
export interface CompiledStage {
  readonly tasks: readonly Task[];
  /** The files that the pipeline reads, as they were. */
  readonly inputs: readonly FileState[];
}

/**
 * Cuts the source of a pipeline, and makes a task of each split. No rows are read.
 * @throws PipelineError `missingInput` for what the pipeline reads and is not there
 */
export async function compileStage(
  plan: Plan,
  pipeline: PipelinePlan,
  stage: Stage,
  most: number,
): Promise<CompiledStage> {
  const { name, source, sinks, deadLetters } = pipeline;
  const { baseDirectory, origin } = plan;
  const run = [...stage.steps, ...(stage.carrying ? [stage.carrying] : [])];
  const steps = await Promise.all(run.map((step) => compiled(step, name)));
  const cut = await splitsOf(plan, pipeline, stage, most);
  const splits = cut.length > 1 ? cut : [null];
  const common = {
    format: 1 as const,
    pipeline: name,
    soapstream: soapstreamVersion(),
    ...(dependsOnRounding(steps) && { rounding: roundingHere() }),
    baseDirectory,
    ...(origin.limit !== undefined && { limit: origin.limit }),
    steps,
    carries: stage.carrying !== undefined,
    ...(stage.isWhole && {
      sinks: sinks.map((sink) => ({ name: sink.definition.name, options: asJson(sink.options, name) })),
    }),
    ...(deadLetters && { deadLetters: { ofSource: deadLetters.ofSource } }),
  };
  const inputs = await inputStates(plan, pipeline);
  const sourceOptions = asJson(source.options, name);
  const id = createHash('sha256')
    .update(JSON.stringify([common, sourceOptions, splits, inputs]))
    .digest('hex')
    .slice(0, 12);
  const folder = join(tasksFolder(plan, name), id);
  const tasks = splits.map((split, task): Task =>
    Object.assign({}, common, {
      stage: id,
      task,
      of: splits.length,
      folder,
      source: { name: source.definition.name, options: sourceOptions, split },
    }),
  );
  return { tasks, inputs };
}

/** @throws PipelineError `badConfiguration` if what a pipeline reads is no longer what it was when its tasks were made */
export async function expectInputsOf(plan: Plan, pipeline: PipelinePlan, inputs: readonly FileState[]): Promise<void> {
  const changed = changedPath(inputs, await inputStates(plan, pipeline));
  if (changed === undefined) return;
  const message = `its input ${changed} has changed since it was planned: plan again`;
  throw new PipelineError('badConfiguration', message, { place: { pipeline: pipeline.name } });
}

/** The splits of a pipeline's source; none where it is read as a whole. @throws PipelineError `missingInput` for files that are not there */
export async function splitsOf(
  { baseDirectory, origin }: Plan,
  { source: { definition, options }, deadLetters }: PipelinePlan,
  { decodedRows }: Stage,
  most: number,
): Promise<readonly unknown[]> {
  if (origin.limit !== undefined) return [];
  const opened = (deadLetters?.ofSource && definition.leavingOut?.(options)) || options;
  return (await definition.splits?.(opened, ioContext(baseDirectory), { most, decodedRows })) ?? [];
}

/** Removes what tasks of a pipeline have left, and the folder of all where nothing else is in it. */
export async function removeTasks(plan: Plan, pipeline: string): Promise<void> {
  const folder = tasksFolder(plan, pipeline);
  await rm(folder, { recursive: true, force: true });
  await rmdir(dirname(folder)).catch(() => {});
}

/** Where the parts of a pipeline wait. */
export function tasksFolder({ outDirectory }: Plan, pipeline: string): string {
  return join(outDirectory, '.tasks', pipeline);
}

async function compiled(step: FlowStep, pipeline: string): Promise<Task['steps'][number]> {
  const { id, operator, onError, timeoutSeconds } = step;
  return {
    id,
    operator,
    options: asJson(step.options, pipeline, id),
    ...(step.kind === 'apply' && { artifact: { directory: step.directory, sha256: await hashOf(step.directory) } }),
    ...(onError && { onError }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
}

async function hashOf(directory: string): Promise<string> {
  const description = await readArtifactDescription(directory);
  if (!description) throw new PipelineError('missingInput', `${directory}: no artifact there`);
  return String(description['sha256']);
}

/** Options as JSON has them. @throws PipelineError `badOption` for what it has no word for */
function asJson(options: Readonly<Record<string, unknown>>, pipeline: string, step?: string): Record<string, unknown> {
  mapLeaves(options, (leaf, path) => {
    if (typeof leaf !== 'number' || Number.isFinite(leaf)) return leaf;
    const place = { pipeline, ...(step !== undefined && { step }), option: path.join('.') };
    throw new PipelineError('badOption', `expected a finite number, as tasks need it, got ${leaf}`, { place });
  });
  return JSON.parse(JSON.stringify(options)) as Record<string, unknown>;
}
