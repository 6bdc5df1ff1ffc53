import { join } from 'node:path';
import type { RecordBatch, Schema } from 'apache-arrow';
import { expectSameSchema } from '../arrow/expectations.js';
import { decodeBatches, encodeBatches } from '../arrow/ipc.js';
import type { MetricRow } from '../arrow/schemas.js';
import { atPlace, messageOf, PipelineError } from '../errors.js';
import { mapOrdered } from '../flow/mapOrdered.js';
import { through } from '../flow/through.js';
import { WorkerPool } from '../flow/workerPool.js';
import { readArtifact, writeArtifact } from '../io/artifacts.js';
import { createSpill } from '../io/spill.js';
import type { BatchOperator, Fitted, FittedDefinition, StepContext } from '../operators/definition.js';
import { startFitting } from '../operators/fitting.js';
import type { OperatorWorkerData } from '../operators/operatorWorker.js';
import type { StepMeter } from './monitor.js';
import type { ApplyStep, FitStep, StepPlan, StreamStep } from './plan.js';

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
  /** Where rows wait between the two passes of a fit. */
  readonly spillDirectory: string;
  /** Whether anybody reads what leaves the step. */
  readonly isRead: boolean;
  readonly meter: StepMeter;
  readonly emitMetric: (metric: MetricRow) => void;
}

/** The stream that leaves a step, given the one that arrives. Nothing is read before the result is. */
export async function stepStream(
  step: StepPlan,
  input: BatchStream,
  environment: StepEnvironment,
): Promise<BatchStream> {
  try {
    const output = await streamOf(step, input, environment);
    return { schema: output.schema, batches: placed(promised(output, environment.meter), step, environment) };
  } catch (error) {
    throw atPlace({ pipeline: environment.pipeline, step: step.id }, error);
  }
}

async function streamOf(step: StepPlan, input: BatchStream, environment: StepEnvironment): Promise<BatchStream> {
  switch (step.kind) {
    case 'stream':
      return {
        schema: step.definition.outputSchema(input.schema, step.options),
        batches:
          step.definition.parallel && environment.workers > 0
            ? onWorkers(step, input, environment)
            : inThread(step, input, environment),
      };
    case 'fit':
      return {
        schema: step.definition.outputSchema(
          input.schema,
          step.definition.describeArtifact(input.schema, step.options),
          step.definition.applyOptions.parse({}),
        ),
        batches: fitThenApply(step, input, environment),
      };
    case 'apply': {
      const fitted = await loadFitted(step, environment.artifactDirectory);
      return {
        schema: step.definition.outputSchema(input.schema, fitted.artifact, step.options),
        batches: applied(step, fitted, input, environment),
      };
    }
  }
}

function inThread(step: StreamStep, input: BatchStream, environment: StepEnvironment): AsyncGenerator<RecordBatch> {
  return metered(input.batches, step.definition.create(step.options, contextOf(environment)), environment.meter);
}

async function* onWorkers(
  step: StreamStep,
  input: BatchStream,
  environment: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  const { meter, signal, workers } = environment;
  const workerData: OperatorWorkerData = { operator: step.operator, options: step.options };
  const url = new URL('../operators/operatorWorker.js', import.meta.url);
  const pool = new WorkerPool({ url, workerData, size: workers });
  const stop = (): void => void pool.close();
  signal.addEventListener('abort', stop, { once: true });

  async function share(batch: RecordBatch, { index }: { index: number }): Promise<Uint8Array> {
    meter.rowsIn += batch.numRows;
    meter.inFlight++;
    try {
      return await pool.run(encodeBatches([batch]));
    } catch (error) {
      signal.throwIfAborted();
      throw atPlace({ batch: index }, error);
    } finally {
      meter.inFlight--;
    }
  }

  try {
    // Twice as many tasks as threads, so that each finds the next one waiting.
    for await (const result of mapOrdered(input.batches, share, { concurrency: 2 * workers })) {
      meter.busyMs = pool.busyMs;
      yield* decodeBatches(result);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await pool.close();
  }
}

async function* fitThenApply(
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

async function* applied(
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
async function loadFitted(
  step: ApplyStep,
  artifactDirectory: string,
): Promise<Fitted<Record<string, unknown>, unknown>> {
  const { description, files } = await readArtifact(join(artifactDirectory, step.artifact));
  const artifact = parseArtifact(step.definition, description, step.artifact);
  return { artifact, model: await step.definition.load(files, artifact) };
}

/**
 * An artifact's description as its operator understands it.
 * @throws PipelineError `badSchema` if another operator made it, `badData` if it is damaged
 */
export function parseArtifact(
  definition: FittedDefinition,
  description: Readonly<Record<string, unknown>>,
  name: string,
): Record<string, unknown> {
  if (description.operator !== definition.name) {
    throw new PipelineError(
      'badSchema',
      `artifact ${name}: expected one that ${definition.name} has fitted, found one of ${String(description.operator)}`,
    );
  }
  const parsed = definition.artifact.safeParse(description);
  if (parsed.success) return parsed.data;
  throw new PipelineError('badData', `artifact ${name}: its description is damaged: ${messageOf(parsed.error)}`, {
    cause: parsed.error,
  });
}

/** Runs a synchronous operator and counts what it does. */
function metered(
  batches: AsyncIterable<RecordBatch>,
  operator: BatchOperator,
  meter: StepMeter,
): AsyncGenerator<RecordBatch> {
  return through(batches, operator, {
    around(push, batch) {
      meter.rowsIn += batch?.numRows ?? 0;
      meter.measure(push);
    },
  });
}

/** Holds a step to the schema that it has promised: what is written later relies on it. */
async function* promised({ schema, batches }: BatchStream, meter: StepMeter): AsyncGenerator<RecordBatch> {
  let known = schema;
  for await (const batch of batches) {
    if (batch.schema !== known) {
      try {
        expectSameSchema(schema, batch.schema);
      } catch (error) {
        throw new PipelineError('misbehavingOperator', `its outputSchema and its batches differ: ${messageOf(error)}`);
      }
      known = batch.schema;
    }
    meter.rowsOut += batch.numRows;
    yield batch;
  }
}

/** Names the step in errors that come from it; those from further up have their place already. */
async function* placed(
  batches: AsyncIterable<RecordBatch>,
  step: StepPlan,
  { pipeline, signal }: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  try {
    yield* batches;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PipelineError && error.place.pipeline !== undefined) throw error;
    throw atPlace({ pipeline, step: step.id }, error);
  }
}

function contextOf({ signal, emitMetric, meter }: StepEnvironment): StepContext {
  return {
    signal,
    emitMetric,
    reportProgress: (done, total, unit) => meter.reportProgress(done, total, unit),
  };
}
