import { dirname } from 'node:path';
import type { RecordBatch, Schema } from 'apache-arrow';
import { atPlace, PipelineError } from '../errors.js';
import { readArtifact, readArtifactDescription } from '../io/artifacts.js';
import { loadOperator } from '../operators/loadOperator.js';
import { parseArtifact } from '../operators/frame/parseArtifact.js';
import type { Tally } from '../operators/frame/tally.js';
import { openSegment } from '../segment/openSegment.js';
import type { Segment } from '../segment/segment.js';
import { type Artifact, applyOutput, streamOutput } from '../segment/stepSchema.js';
import type { ApplyStep } from './plan.js';
import { type BatchStream, contextOf, type StepEnvironment } from './stepEnvironment.js';
import type { FlowRun, FlowStep } from './stepRuns.js';
import { onWorkers } from './workerStream.js';

/** The stream that leaves a run of steps, given the one that arrives. Nothing is read before the result is. */
export async function flowStream(run: FlowRun, input: BatchStream, environment: StepEnvironment): Promise<BatchStream> {
  const { pipeline, signal, workers, shares, meter, letters, emitMetric } = environment;
  const tallies: (Tally | undefined)[] = [];
  let { schema } = input;
  for (const step of run.steps) {
    try {
      const { output, tally } = await stepFacts(step, schema, environment);
      schema = output;
      tallies.push(tally);
    } catch (error) {
      throw atPlace({ pipeline, step: step.id }, error);
    }
  }
  if (!run.onWorkers) return { schema, batches: inThread(run.steps, input, environment) };
  const meters = run.steps.map(meter);
  const batches = onWorkers(segmentOf(pipeline, run.steps), input.batches, {
    signal,
    workers: Math.max(1, workers),
    shares,
    limits: run.steps.map(({ timeoutSeconds }) => timeoutSeconds),
    meters,
    tallies,
    letters,
    emitMetric: (step, metric) => emitMetric(run.steps[step]!, metric),
  });
  return { schema, batches };
}

/** What is known of a step before any row: the schema that leaves it, and what sums up its figures. */
async function stepFacts(
  step: FlowStep,
  input: Schema,
  { fittedHere }: StepEnvironment,
): Promise<{ output: Schema; tally: Tally | undefined }> {
  if (step.kind === 'stream')
    return { output: streamOutput(step, input), tally: step.definition.tally?.(step.options) };
  const artifact = fittedHere.get(step.artifact) ?? (await storedArtifact(step));
  return { output: applyOutput(step, input, artifact), tally: step.definition.tally?.(artifact, step.options) };
}

/** What an artifact on disk says of itself. */
async function storedArtifact({ definition, artifact, directory }: ApplyStep): Promise<Artifact> {
  const description = await readArtifactDescription(directory);
  if (!description) {
    throw new PipelineError('missingInput', `there is no artifact ${artifact} in ${dirname(directory)}`);
  }
  return parseArtifact(definition, description, artifact);
}

/** The steps as plain data. */
export function segmentOf(pipeline: string, steps: readonly FlowStep[]): Segment {
  return {
    pipeline,
    steps: steps.map((step) => {
      const { id, operator, options, onError } = step;
      return {
        id,
        operator,
        options,
        ...(step.kind === 'apply' && { artifact: step.directory }),
        ...(onError && { onError }),
      };
    }),
  };
}

async function* inThread(
  steps: readonly FlowStep[],
  { schema, batches }: BatchStream,
  environment: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  const { pipeline, signal, meter, letters } = environment;
  const rows = batches[Symbol.asyncIterator]();
  try {
    // Pulled before anything is loaded: a fit further up may have to make the artifact.
    const first = await rows.next();
    const segment = await openSegment(segmentOf(pipeline, steps), schema, {
      operator: loadOperator,
      artifact: readArtifact,
      context: (step) => contextOf(steps[step]!, environment),
    });
    try {
      const meters = steps.map(meter);
      yield* segment.run(resumed(first, rows), meters, signal, (step, found) => letters?.add(meters[step]!, found));
    } finally {
      segment.dispose();
    }
  } finally {
    await rows.return?.();
  }
}

/** An iteration from its first result on. */
async function* resumed<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  for (let result = first; !result.done; result = await rest.next()) yield result.value;
}
