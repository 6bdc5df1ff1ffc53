import type { Schema } from 'apache-arrow';
import { suggest } from '../config/suggest.js';
import { PipelineError } from '../errors.js';
import type { Segment } from '../segment/segment.js';
import { whyDependent } from './failingRowsOf.js';
import { segmentOf } from './flowStream.js';
import type { PipelinePlan, Plan, StepPlan } from './plan.js';
import type { FlowStep } from './stepRuns.js';

/** Which steps of a pipeline are to run by themselves. */
export interface SegmentBounds {
  /** The first; that of the pipeline if absent. */
  readonly from?: string | undefined;
  /** The last, included; that of the pipeline if absent. */
  readonly to?: string | undefined;
}

export interface PlannedSegment {
  readonly segment: Segment;
  /** What arrives and what leaves, where that is known without data. */
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
}

/**
 * A run of steps of one pipeline, to be executed anywhere.
 * @throws PipelineError `badOption` for an unknown pipeline or step, `from` behind `to`, and a step whose rows are not independent
 */
export function planSegment(plan: Plan, name: string, { from, to }: SegmentBounds): PlannedSegment {
  const pipeline = findPipeline(plan, name);
  const { source, steps } = pipeline;
  if (steps.length === 0) throw new PipelineError('badOption', `${name} has no steps`);
  const first = from === undefined ? 0 : findStep(pipeline, from);
  const last = to === undefined ? steps.length - 1 : findStep(pipeline, to);
  if (first > last) {
    const message = `expected --from before --to, but ${from} comes after ${to} in ${name}`;
    throw new PipelineError('badOption', message);
  }
  const chosen = steps.slice(first, last + 1).map((step) => expectIndependent(step, name));
  return {
    segment: segmentOf(name, chosen),
    input: first === 0 ? source.output : steps[first - 1]!.output,
    output: steps[last]!.output,
  };
}

/** @throws PipelineError `badOption` if there is none of that name */
export function findPipeline({ pipelines, file }: Plan, name: string): PipelinePlan {
  const pipeline = pipelines.get(name);
  if (!pipeline) throw unknown('pipeline', name, [...pipelines.keys()], file);
  return pipeline;
}

/** The index of a step. @throws PipelineError `badOption` if there is none of that id */
export function findStep({ name, steps }: PipelinePlan, id: string): number {
  const index = steps.findIndex((step) => step.id === id);
  if (index < 0) {
    throw unknown(
      'step',
      id,
      steps.map((step) => step.id),
      name,
    );
  }
  return index;
}

function expectIndependent(step: StepPlan, pipeline: string): FlowStep {
  const why = whyDependent(step);
  if (why === undefined) return step as FlowStep;
  const message = `${why}, so that it cannot run in a segment: choose others by --from and --to`;
  throw new PipelineError('badOption', message, { place: { pipeline, step: step.id } });
}

function unknown(kind: string, name: string, known: readonly string[], where: string): PipelineError {
  const meant = suggest(name, known);
  const question = meant === undefined ? '' : `; did you mean ${meant}?`;
  return new PipelineError('badOption', `there is no ${kind} ${name} in ${where}, only ${known.join(', ')}${question}`);
}
