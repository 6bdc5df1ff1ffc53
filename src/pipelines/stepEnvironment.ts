import type { RecordBatch, Schema } from 'apache-arrow';
import { SpareBuffers } from '../arrow/recycling.js';
import type { MetricRow } from '../arrow/schemas.js';
import type { StepContext } from '../operators/frame/definition.js';
import type { Artifact } from '../segment/stepSchema.js';
import type { DeadLetters } from './deadLetters.js';
import type { MemoryShares } from './memoryBudget.js';
import type { StepMeter } from './monitor.js';
import type { PipelineCheckpoints } from './pipelineCheckpoints.js';
import type { StepPlan } from './plan.js';

/** Batches of a schema that is known before the first. */
export interface BatchStream {
  readonly schema: Schema;
  readonly batches: AsyncIterable<RecordBatch>;
}

/** What the steps of a pipeline need of the run that they are part of. */
export interface StepEnvironment {
  readonly pipeline: string;
  readonly signal: AbortSignal;
  /** Threads for independent batches; 0 runs everything on this thread. */
  readonly workers: number;
  readonly shares: MemoryShares;
  readonly artifactDirectory: string;
  /** What fits earlier in this pipeline will have left. */
  readonly fittedHere: Map<string, Artifact>;
  /** Rows that must wait do so in hidden files beside it. */
  readonly spillPath: string;
  /** Whether anybody reads what leaves a step. */
  readonly isRead: (step: StepPlan) => boolean;
  readonly meter: (step: StepPlan) => StepMeter;
  /** Where rows go that fail, if they go anywhere. */
  readonly letters: DeadLetters | undefined;
  readonly emitMetric: (step: StepPlan, metric: MetricRow) => void;
  /** See `RunEnvironment`. */
  readonly takePart: ((step: string, part: unknown) => void) | undefined;
  /** Absent where nobody will go on with what is interrupted. */
  readonly checkpoints: PipelineCheckpoints | undefined;
}

/** What the operator of a step sees of its surroundings. */
export function contextOf(step: StepPlan, { signal, emitMetric, meter }: StepEnvironment): StepContext {
  return {
    signal,
    emitMetric: (metric) => emitMetric(step, metric),
    reportProgress: (done, total, unit) => meter(step).reportProgress(done, total, unit),
    spares: new SpareBuffers(),
  };
}
