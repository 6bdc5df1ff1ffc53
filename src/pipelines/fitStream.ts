import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { readingOf } from '../arrow/expectations.js';
import { atPlace } from '../errors.js';
import { through } from '../flow/through.js';
import { checkpointsBeside } from '../io/checkpoints.js';
import { createSpill } from '../io/spill.js';
import { startFitting } from '../operators/frame/fitting.js';
import { saveFitted } from '../operators/frame/storedFit.js';
import { stepHooks } from '../segment/stepHooks.js';
import { fitOutput } from '../segment/stepSchema.js';
import type { FitStep } from './plan.js';
import { type BatchStream, contextOf, type StepEnvironment } from './stepEnvironment.js';

/** The stream that leaves a fit, given the one that arrives. Nothing is read before the result is. */
export function fitStream(step: FitStep, input: BatchStream, environment: StepEnvironment): BatchStream {
  try {
    const { artifact, schema } = fitOutput(step, input.schema);
    environment.fittedHere.set(step.artifact, artifact);
    return { schema, batches: fitThenApply(step, input, schema, environment) };
  } catch (error) {
    throw atPlace({ pipeline: environment.pipeline, step: step.id }, error);
  }
}

/**
 * Fits on the whole stream, keeps the artifact, and applies it to the same rows, which wait in a temporary file meanwhile. Where
 * nobody reads on, they need not wait.
 */
async function* fitThenApply(
  step: FitStep,
  input: BatchStream,
  output: BatchStream['schema'],
  environment: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  const { pipeline, artifactDirectory, isRead, signal, spillDirectory } = environment;
  const { definition, id } = step;
  const meter = environment.meter(step);
  const directory = join(artifactDirectory, step.artifact);
  const checkpoint = checkpointsBeside(directory);
  const context = { ...contextOf(step, environment), checkpoint };
  const running = { pipeline, id, output, copies: false, releases: false };
  const { around, emitted, failed } = stepHooks(running, meter, signal);
  const fitting = startFitting(definition, step.options, context);
  try {
    const { schema } = readingOf(input.schema, definition.fitReads(step.options));
    const spill = isRead(step) ? await createSpill(spillDirectory, schema) : undefined;
    try {
      for await (const batch of through(input.batches, fitting.operator, { around })) await spill?.append(batch);
      signal.throwIfAborted();
      const fitted = await meter.measureAsync(() => fitting.finish(), false);
      try {
        await saveFitted(definition, directory, fitted);
        await checkpoint.clear();
        // Metrics of the rows that were fitted on would pass for those of a test.
        const quiet = { ...context, emitMetric: () => {} };
        const apply = definition.apply(fitted, definition.applyOptions.parse({}), quiet);
        const measured = (work: () => void): void => meter.measure(work, false);
        if (spill) yield* through(spill.replay(signal), apply, { emitted, around: measured });
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
