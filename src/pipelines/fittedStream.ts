import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { through } from '../flow/through.js';
import { readArtifact, writeArtifact } from '../io/artifacts.js';
import { createSpill } from '../io/spill.js';
import type { Fitted } from '../operators/definition.js';
import { startFitting } from '../operators/fitting.js';
import type { ApplyStep, FitStep } from './plan.js';
import { type BatchStream, contextOf, metered, type StepEnvironment } from './stepEnvironment.js';
import { parseArtifact } from './stepSchema.js';

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
  const context = contextOf(environment);
  const fitting = startFitting(definition, step.options, context);
  const spill = isRead ? await createSpill(spillDirectory, input.schema) : undefined;
  try {
    for await (const batch of metered(input.batches, fitting.operator, meter)) await spill?.append(batch);
    signal.throwIfAborted();
    const fitted = await meter.measureAsync(() => fitting.finish());
    try {
      const files = await definition.save(fitted.model);
      await writeArtifact(join(artifactDirectory, step.artifact), { description: fitted.artifact, files });
      if (spill)
        yield* through(spill.replay(signal), definition.apply(fitted, definition.applyOptions.parse({}), context));
    } finally {
      definition.dispose?.(fitted.model);
    }
  } finally {
    await spill?.dispose();
  }
}

/** Applies an artifact as the rows stream by. */
export async function* applied(
  step: ApplyStep,
  fitted: Fitted<Record<string, unknown>, unknown>,
  input: BatchStream,
  environment: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  try {
    yield* metered(
      input.batches,
      step.definition.apply(fitted, step.options, contextOf(environment)),
      environment.meter,
    );
  } finally {
    step.definition.dispose?.(fitted.model);
  }
}

/** The artifact of an apply, from disk. */
export async function loadFitted(
  step: ApplyStep,
  artifactDirectory: string,
): Promise<Fitted<Record<string, unknown>, unknown>> {
  const { description, files } = await readArtifact(join(artifactDirectory, step.artifact));
  const artifact = parseArtifact(step.definition, description, step.artifact);
  return { artifact, model: await step.definition.load(files, artifact) };
}
