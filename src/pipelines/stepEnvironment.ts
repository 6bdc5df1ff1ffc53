import type { RecordBatch, Schema } from 'apache-arrow';
import { SpareBuffers } from '../arrow/recycling.js';
import type { MetricRow } from '../arrow/schemas.js';
import { through } from '../flow/through.js';
import type { BatchOperator, StepContext } from '../operators/definition.js';
import type { StepMeter } from './monitor.js';
import type { Artifact } from './stepSchema.js';

/** Batches of a schema that is known before the first. */
export interface BatchStream {
  readonly schema: Schema;
  readonly batches: AsyncIterable<RecordBatch>;
}

/** What a step needs of the run that it is part of. */
export interface StepEnvironment {
  readonly pipeline: string;
  readonly signal: AbortSignal;
  /** Threads for parallel operators; 0 runs them on this thread. */
  readonly workers: number;
  readonly artifactDirectory: string;
  /** What fits earlier in this pipeline will have left. */
  readonly fittedHere: Map<string, Artifact>;
  /** Where rows wait between the two passes of a fit. */
  readonly spillDirectory: string;
  /** Whether anybody reads what leaves the step. */
  readonly isRead: boolean;
  readonly meter: StepMeter;
  readonly emitMetric: (metric: MetricRow) => void;
}

/** What an operator sees of its surroundings. */
export function contextOf({ signal, emitMetric, meter }: StepEnvironment): StepContext {
  return {
    signal,
    emitMetric,
    reportProgress: (done, total, unit) => meter.reportProgress(done, total, unit),
    spares: new SpareBuffers(),
  };
}

/**
 * Runs a synchronous operator and counts what it does.
 * @param after called with each batch when all that the operator made of it has been taken
 */
export function metered(
  batches: AsyncIterable<RecordBatch>,
  operator: BatchOperator,
  meter: StepMeter,
  after?: (batch: RecordBatch) => void,
): AsyncGenerator<RecordBatch> {
  return through(batches, operator, {
    ...(after && { after }),
    around(push, batch) {
      meter.rowsIn += batch?.numRows ?? 0;
      meter.measure(push);
    },
  });
}
