import type { RecordBatch, Schema } from 'apache-arrow';
import { adoptBatch } from '../arrow/adoptBatch.js';
import { expectSameSchema } from '../arrow/expectations.js';
import { disown, type Heirs, heirsOf } from '../arrow/recycling.js';
import { atPlace, messageOf, PipelineError } from '../errors.js';
import type { ThroughHooks } from '../flow/through.js';

/** Counts what a step does. */
export interface StepWatch {
  batchesIn: number;
  batchesOut: number;
  rowsIn: number;
  rowsOut: number;
  /** Runs work and counts its time. */
  measure(work: () => void): void;
  /** Gets each batch that leaves, to look at. */
  show?(batch: RecordBatch): void;
}

/** What the runtime knows of a step that runs. */
export interface RunningStep {
  readonly pipeline: string;
  readonly id: string;
  /** The schema that it has promised: what is written later relies on it. */
  readonly output: Schema;
  /** See `StreamDefinition`. */
  readonly keepsNothing: boolean;
}

type StepHooks = ThroughHooks<RecordBatch, RecordBatch> &
  Required<Pick<ThroughHooks<RecordBatch, RecordBatch>, 'around' | 'emitted' | 'failed'>>;

/**
 * What the runtime does around every step: it counts, holds the step to its schema, recycles what may be recycled, and names the step in
 * errors that come from it.
 *
 * @param signal whose reason takes the place of any error, once it is aborted
 */
export function stepHooks(
  { pipeline, id, output, keepsNothing }: RunningStep,
  watch: StepWatch,
  signal: AbortSignal,
): StepHooks {
  let known = output;
  /** What is made of the batch at hand. */
  let heirs: Heirs | undefined;
  return {
    around(work, batch) {
      if (batch) {
        watch.batchesIn++;
        watch.rowsIn += batch.numRows;
        if (keepsNothing) heirs = heirsOf(batch);
      }
      watch.measure(work);
    },
    emitted(given) {
      const batch = adoptBatch(given); // operators of one's own may have another copy of Arrow
      if (batch.schema !== known) {
        expectPromised(output, batch.schema);
        known = batch.schema;
      }
      watch.batchesOut++;
      watch.rowsOut += batch.numRows;
      watch.show?.(batch);
      if (keepsNothing) heirs?.add(batch);
      else disown(batch);
      return batch;
    },
    ...(keepsNothing && {
      after() {
        heirs?.end();
        heirs = undefined;
      },
    }),
    failed(error) {
      if (signal.aborted) return signal.reason;
      // Those from further up have their place already.
      if (error instanceof PipelineError && error.place.pipeline !== undefined) return error;
      // The operator knows of no batch that an earlier run has seen.
      const batch = error instanceof PipelineError && error.place.batch !== undefined && watch.batchesIn > 0;
      return atPlace({ pipeline, step: id, ...(batch && { batch: watch.batchesIn - 1 }) }, error);
    },
  };
}

function expectPromised(output: Schema, found: Schema): void {
  try {
    expectSameSchema(output, found);
  } catch (error) {
    throw new PipelineError('misbehavingOperator', `its outputSchema and its batches differ: ${messageOf(error)}`);
  }
}
