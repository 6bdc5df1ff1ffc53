import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { readingOf } from '../arrow/expectations.js';
import { through } from '../flow/through.js';
import { checkpointsBeside } from '../io/checkpoints.js';
import { createSpill } from '../io/spill.js';
import { startFitting } from '../operators/fitting.js';
import { loadFitted, saveFitted } from '../operators/storedFit.js';
import type { ApplyStep, FitStep } from './plan.js';
import { type BatchStream, contextOf, metered, type StepEnvironment } from './stepEnvironment.js';

/**
 * Fits on the whole stream, keeps the artifact, and applies it to the same rows, which wait in a temporary file meanwhile. Where
 * nobody reads on, they need not wait.
 */
export async function* fitThenApply(
  step: FitStep,
  input: BatchStream,
  environment: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  const { artifactDirectory, isRead, meter, signal, spillDirectory } = environment;
  const { definition } = step;
  const directory = join(artifactDirectory, step.artifact);
  const checkpoint = checkpointsBeside(directory);
  const context = { ...contextOf(environment), checkpoint };
  const fitting = startFitting(definition, step.options, context);
  const { schema } = readingOf(input.schema, definition.fitReads(step.options));
  const spill = isRead ? await createSpill(spillDirectory, schema) : undefined;
  try {
    for await (const batch of metered(input.batches, fitting.operator, meter)) await spill?.append(batch);
    signal.throwIfAborted();
    const fitted = await meter.measureAsync(() => fitting.finish());
    try {
      await saveFitted(definition, directory, fitted);
      await checkpoint.clear();
      // Metrics of the rows that were fitted on would pass for those of a test.
      const quiet = { ...context, emitMetric: () => {} };
      const apply = definition.apply(fitted, definition.applyOptions.parse({}), quiet);
      if (spill) yield* through(spill.replay(signal), apply);
    } finally {
      definition.dispose?.(fitted.model);
    }
  } finally {
    await spill?.dispose();
  }
}

/** Applies an artifact as the rows stream by. It is loaded when the first is asked for: a step before may have to fit it. */
export async function* applied(
  step: ApplyStep,
  input: BatchStream,
  environment: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  const { definition, options, directory } = step;
  const { meter } = environment;
  const rows = input.batches[Symbol.asyncIterator]();
  try {
    const first = await rows.next();
    const fitted = await loadFitted(definition, directory);
    try {
      yield* metered(resumed(first, rows), definition.apply(fitted, options, contextOf(environment)), meter);
    } finally {
      definition.dispose?.(fitted.model);
    }
  } finally {
    await rows.return?.();
  }
}

/** An iteration from its first result on. */
async function* resumed<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  for (let result = first; !result.done; result = await rest.next()) yield result.value;
}
