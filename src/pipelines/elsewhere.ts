import type { RecordBatch, Schema } from 'apache-arrow';
import type { WrittenPart } from '../io/definition.js';
import type { DeadLetter } from '../segment/deadLetter.js';
import type { DeadLetters } from './deadLetters.js';
import { tallyOf } from './flowStream.js';
import type { DoneElsewhere, PipelineMonitor, StepMeter } from './monitor.js';
import type { PipelinePlan, Plan } from './plan.js';
import type { StepEnvironment } from './stepEnvironment.js';
import type { FlowStep } from './stepRuns.js';

/** Who does the first steps of pipelines in other places, such as processes of their own. */
export interface Engine {
  /** @returns undefined for a pipeline that is left to this process as a whole */
  take(plan: Plan, pipeline: PipelinePlan): Promise<Elsewhere | undefined>;
}

/** The first steps of one pipeline, in other places. */
export interface Elsewhere {
  run(signal: AbortSignal, monitor: PipelineMonitor): Promise<DoneSteps>;
  /** Called when the pipeline has ended, one way or the other. */
  close(isDone: boolean): Promise<void>;
}

/** What the source and the first steps of a pipeline have done. */
export interface DoneSteps {
  /** Of the source, then of each step that is done. */
  readonly counts: readonly DoneElsewhere[];
  /** What the batches of a step contribute to its figures, in order. */
  parts(step: number): AsyncIterable<unknown>;
  /** Rows that have failed, as they were told. */
  letters(): AsyncIterable<{ readonly step: string; readonly letters: readonly DeadLetter[] }>;
  /** Of the rows that have left these steps. */
  readonly schema: Schema;
  /** What arrives at the next step; nothing where sinks have it already. */
  batches(signal: AbortSignal): AsyncIterable<RecordBatch>;
  /** Where only rows are left that matter to the next step: how many had come to it. */
  readonly arrived?: Pick<DoneElsewhere, 'batchesIn' | 'rowsIn'>;
  /** Of each sink, what it has of all rows. */
  readonly written?: readonly WrittenPart[];
  notices(): readonly string[];
}

/** Tells of steps that are done what would have been told had they been done here. */
export async function takeUp(
  done: DoneSteps,
  steps: readonly FlowStep[],
  meters: readonly StepMeter[],
  letters: DeadLetters | undefined,
  emitMetric: StepEnvironment['emitMetric'],
): Promise<void> {
  for (const [i, counts] of done.counts.entries()) meters[i]!.add(counts);
  if (letters) {
    for await (const { step, letters: found } of done.letters()) {
      await letters.add(
        meters.find(({ id }) => id === step)!,
        found,
      );
    }
  }
  for (const [i, step] of steps.entries()) {
    const tally = await tallyOf(step);
    if (!tally) continue;
    for await (const part of done.parts(i)) tally.add(part);
    for (const metric of tally.metrics()) emitMetric(step, metric);
  }
}

/** The rows for the next step, if there is one here: it is told in the end how many it would have got. */
export async function* doneRows(
  done: DoneSteps,
  next: StepMeter | undefined,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  yield* done.batches(signal);
  signal.throwIfAborted();
  if (done.arrived && next) Object.assign(next, done.arrived);
}
