import { join } from 'node:path';
import type { RecordBatch, Schema } from 'apache-arrow';
import { readingOf } from '../arrow/expectations.js';
import { atPlace } from '../errors.js';
import { through } from '../flow/through.js';
import { checkpointsBeside } from '../io/checkpoints.js';
import { createSpill, type Spill, type SpilledRows } from '../io/spill.js';
import type { Fitted } from '../operators/frame/definition.js';
import { startFitting } from '../operators/frame/fitting.js';
import { loadFitted, saveFitted } from '../operators/frame/storedFit.js';
import { stepHooks } from '../segment/stepHooks.js';
import { type Artifact, fitOutput } from '../segment/stepSchema.js';
import { openJournal, rowsInto } from './journal.js';
import { type BatchStream, contextOf, type StepEnvironment } from './stepEnvironment.js';
import type { FitRun } from './stepRuns.js';

/** The stream that leaves a fit, given the one that arrives. Nothing is read before the result is. */
export function fitStream(run: FitRun, input: BatchStream, environment: StepEnvironment): BatchStream {
  const { step, stage, place } = run;
  const { pipeline, checkpoints, isRead } = environment;
  try {
    const { artifact, schema } = fitOutput(step, input.schema);
    environment.fittedHere.set(step.artifact, artifact);
    if (place === 'after') checkpoints?.expect(rowsInto(step.id), stage);
    if (isRead(step)) checkpoints?.expect(rowsOf(step.id), stage + 1);
    return { schema, batches: fitThenApply(run, input, schema, environment) };
  } catch (error) {
    throw atPlace({ pipeline, step: step.id }, error);
  }
}

/**
 * Fits on the whole stream, keeps the artifact, and applies it to the same rows, which wait in a temporary file meanwhile. Where
 * nobody reads on, they need not wait. What an earlier run has fitted is only applied.
 */
async function* fitThenApply(
  run: FitRun,
  input: BatchStream,
  output: Schema,
  environment: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  const { step, stage } = run;
  const { pipeline, artifactDirectory, isRead, signal, spillPath, checkpoints } = environment;
  const { definition, id } = step;
  const meter = environment.meter(step);
  const directory = join(artifactDirectory, step.artifact);
  const checkpoint = checkpointsBeside(directory);
  const context = { ...contextOf(step, environment), checkpoint };
  const { around, emitted, failed } = stepHooks({ pipeline, id, output, keepsNothing: false }, meter, signal);
  let spill: Spill | undefined;

  async function fit(schema: Schema): Promise<Fitted<Artifact, unknown>> {
    const fitting = startFitting(definition, step.options, context);
    if (checkpoints && run.place === 'after') {
      spill = await openJournal(schema, { checkpoints, spillPath, run, stepId: id });
    } else if (isRead(step)) {
      spill = await createSpill(spillPath, schema);
    }
    let isEarlier = true;
    async function* rows(): AsyncGenerator<RecordBatch> {
      if (spill) yield* spill.earlier(signal);
      isEarlier = false;
      yield* input.batches;
    }
    for await (const batch of through(rows(), fitting.operator, { around })) {
      if (!isEarlier) await spill?.append(batch);
    }
    signal.throwIfAborted();
    const fitted = await meter.measureAsync(() => fitting.finish(), false);
    try {
      await saveFitted(definition, directory, fitted);
      await checkpoint.clear();
      await checkpoints?.rely(directory);
      return fitted;
    } catch (error) {
      definition.dispose?.(fitted.model);
      throw error;
    }
  }

  /** What an earlier run has fitted, and the rows. */
  async function fitBefore(schema: Schema): Promise<Fitted<Artifact, unknown>> {
    const path = checkpoints!.fileOf(rowsOf(id));
    const state = checkpoints!.stateOf(rowsOf(id));
    if (path !== undefined) spill = await createSpill(spillPath, schema, { path, ...(state as SpilledRows) });
    return loadFitted(definition, directory);
  }

  try {
    const isDone = checkpoints?.standingOf(run) === 'done';
    try {
      const { schema } = readingOf(input.schema, definition.fitReads(step.options));
      const fitted = await (isDone ? fitBefore(schema) : fit(schema));
      try {
        if (spill) checkpoints?.add(rowsOf(id), stage + 1, keptRows(spill));
        const begun = { step: id, stage: stage + 1, rows: meter.rowsIn, isAll: false };
        if (!isDone) await checkpoints?.reached(begun, true);
        // Metrics of the rows that were fitted on would pass for those of a test.
        const quiet = { ...context, emitMetric: () => {} };
        const apply = definition.apply(fitted, definition.applyOptions.parse({}), quiet);
        const measured = (work: () => void): void => meter.measure(work, false);
        if (spill && isRead(step)) yield* through(spill.replay(signal), apply, { emitted, around: measured });
      } finally {
        definition.dispose?.(fitted.model);
      }
    } finally {
      await spill?.dispose();
    }
  } catch (error) {
    throw failed(error);
  }
}

/** The name of the state of a fit that has ended: the rows to apply it to. */
function rowsOf(stepId: string): string {
  return `rows of ${stepId}`;
}

function keptRows(spill: Spill): Parameters<NonNullable<StepEnvironment['checkpoints']>['add']>[2] {
  const { rows, bytes } = spill;
  return {
    file: spill.path,
    save: () => (spill.canGoOn ? { rows, bytes } : undefined),
    sync: () => spill.sync(),
    keep: () => spill.keep(),
  };
}
