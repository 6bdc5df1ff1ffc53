import { dirname } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { adoptBatch } from '../arrow/adoptBatch.js';
import { expectSameSchema } from '../arrow/expectations.js';
import { disown, recycle } from '../arrow/recycling.js';
import { atPlace, messageOf, PipelineError } from '../errors.js';
import { readArtifactDescription } from '../io/artifacts.js';
import { parseArtifact } from '../operators/storedFit.js';
import { applied, fitThenApply } from './fittedStream.js';
import type { StepMeter } from './monitor.js';
import type { ApplyStep, StepPlan, StreamStep } from './plan.js';
import { type BatchStream, contextOf, metered, type StepEnvironment } from './stepEnvironment.js';
import { type Artifact, applyOutput, fitOutput, streamOutput } from './stepSchema.js';
import { onWorkers } from './workerStream.js';

/** The stream that leaves a step, given the one that arrives. Nothing is read before the result is. */
export async function stepStream(
  step: StepPlan,
  input: BatchStream,
  environment: StepEnvironment,
): Promise<BatchStream> {
  try {
    const output = await streamOf(step, input, environment);
    const releases =
      isOnWorkers(step, environment.workers) || (step.kind === 'stream' && step.definition.releases === true);
    return { schema: output.schema, batches: placed(promised(output, environment.meter, releases), step, environment) };
  } catch (error) {
    throw atPlace({ pipeline: environment.pipeline, step: step.id }, error);
  }
}

async function streamOf(step: StepPlan, input: BatchStream, environment: StepEnvironment): Promise<BatchStream> {
  switch (step.kind) {
    case 'stream': {
      const runs = isOnWorkers(step, environment.workers) ? onWorkers : inThread;
      return { schema: streamOutput(step, input.schema), batches: runs(step, input, environment) };
    }
    case 'fit': {
      const { artifact, schema } = fitOutput(step, input.schema);
      environment.fittedHere.set(step.artifact, artifact);
      return { schema, batches: fitThenApply(step, input, environment) };
    }
    case 'apply': {
      const artifact = environment.fittedHere.get(step.artifact) ?? (await storedArtifact(step));
      return { schema: applyOutput(step, input.schema, artifact), batches: applied(step, input, environment) };
    }
  }
}

/** Whether worker threads run the step. */
export function isOnWorkers(step: StepPlan, workers: number): boolean {
  return step.kind === 'stream' && step.definition.parallel === true && workers > 0;
}

/** What an artifact on disk says of itself. */
async function storedArtifact({ definition, artifact, directory }: ApplyStep): Promise<Artifact> {
  const description = await readArtifactDescription(directory);
  if (!description)
    throw new PipelineError('missingInput', `there is no artifact ${artifact} in ${dirname(directory)}`);
  return parseArtifact(definition, description, artifact);
}

function inThread(step: StreamStep, input: BatchStream, environment: StepEnvironment): AsyncGenerator<RecordBatch> {
  const { definition, options } = step;
  const operator = definition.create(options, contextOf(environment));
  return metered(input.batches, operator, environment.meter, definition.copies ? recycle : undefined);
}

/**
 * Holds a step to the schema that it has promised: what is written later relies on it.
 *
 * @param releases whether the step keeps nothing of a batch that has left; else that may be one that came, and that it still holds
 */
async function* promised(
  { schema, batches }: BatchStream,
  meter: StepMeter,
  releases: boolean,
): AsyncGenerator<RecordBatch> {
  let known = schema;
  for await (const given of batches) {
    const batch = adoptBatch(given); // operators of one's own may have another copy of Arrow
    if (batch.schema !== known) {
      try {
        expectSameSchema(schema, batch.schema);
      } catch (error) {
        throw new PipelineError('misbehavingOperator', `its outputSchema and its batches differ: ${messageOf(error)}`);
      }
      known = batch.schema;
    }
    meter.rowsOut += batch.numRows;
    if (!releases) disown(batch);
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
