import { dirname } from 'node:path';
import type { RecordBatch, Schema } from 'apache-arrow';
import { atPlace, PipelineError } from '../errors.js';
import { readArtifact, readArtifactDescription } from '../io/artifacts.js';
import { rowRange } from '../io/rowChunks.js';
import { parseArtifact } from '../operators/frame/parseArtifact.js';
import type { Tally } from '../operators/frame/tally.js';
import { openSegment, type RunStep } from '../segment/openSegment.js';
import type { Segment } from '../segment/segment.js';
import { type Artifact, applyOutput, streamOutput } from '../segment/stepSchema.js';
import { rowsInto, runCarrying, runJournaled } from './journal.js';
import type { PipelineCheckpoints } from './pipelineCheckpoints.js';
import type { ApplyStep } from './plan.js';
import { type BatchStream, contextOf, type StepEnvironment } from './stepEnvironment.js';
import { type FlowRun, type FlowStep, threadsOf } from './stepRuns.js';
import { onWorkers } from './workerStream.js';

/** What is known of a step before any row. */
interface StepFacts {
  readonly input: Schema;
  readonly output: Schema;
  /** What sums up its figures. */
  readonly tally: Tally | undefined;
}

/** The stream that leaves a run of steps, given the one that arrives. Nothing is read before the result is. */
export async function flowStream(run: FlowRun, input: BatchStream, environment: StepEnvironment): Promise<BatchStream> {
  const { pipeline, signal, workers, shares, meter, letters, emitMetric, checkpoints } = environment;
  const facts: StepFacts[] = [];
  let { schema } = input;
  for (const step of run.steps) {
    try {
      facts.push(await stepFacts(step, schema, environment));
      schema = facts.at(-1)!.output;
    } catch (error) {
      throw atPlace({ pipeline, step: step.id }, error);
    }
  }
  const tallies = facts.map(({ tally }) => tally);
  if (checkpoints && run.place !== 'before') expectStates(run, facts, checkpoints);
  async function* batches(): AsyncGenerator<RecordBatch> {
    if (checkpoints && run.place !== 'before') goOnWithTallies(run, tallies, checkpoints);
    const first = meter(run.steps[0]!);
    const reached = async (isAll: boolean): Promise<void> => {
      await checkpoints?.reached({ step: first.id, stage: run.stage, rows: first.rowsIn, isAll });
    };
    const isGate = checkpoints !== undefined && run.place === 'firstDear';
    const arriving = isGate ? notDone(run, input.batches, checkpoints) : input.batches;
    if (threadsOf(run, workers) > 0) {
      const segment = segmentOf(pipeline, run.steps);
      const meters = run.steps.map(meter);
      const isAfter = run.place === 'after';
      yield* onWorkers(segment, arriving, {
        signal,
        workers: threadsOf(run, workers),
        shares,
        limits: run.steps.map(({ timeoutSeconds }) => timeoutSeconds),
        meters,
        tallies,
        letters,
        ...(isGate && { settled: () => reached(false) }),
        ...(isAfter && { tellBusy: (isBusy) => checkpoints?.addBusy(isBusy) }),
      });
    } else {
      const stream = { schema: input.schema, batches: isGate ? settling(arriving, () => reached(false)) : arriving };
      yield* inThread(run, facts, stream, environment);
    }
    if (isGate) await reached(true);
    for (const [step, tally] of tallies.entries()) {
      const { earlierMetrics } = run.steps[step]! as ApplyStep;
      // Metrics of the rows that were fitted on would pass for those of a test.
      for (const metric of earlierMetrics ?? tally?.metrics() ?? []) emitMetric(run.steps[step]!, metric);
    }
  }
  return { schema, batches: batches() };
}

/** Each batch is done when the next is pulled. */
async function* settling(
  batches: AsyncIterable<RecordBatch>,
  settled: () => Promise<void>,
): AsyncGenerator<RecordBatch> {
  for await (const batch of batches) {
    yield batch;
    await settled();
  }
}

/**
 * The rows that no earlier run has done.
 * @throws PipelineError `badData` if there are fewer than it has done
 */
async function* notDone(
  run: FlowRun,
  batches: AsyncIterable<RecordBatch>,
  checkpoints: PipelineCheckpoints,
): AsyncGenerator<RecordBatch> {
  const done = checkpoints.standingOf(run) === 'goesOn' ? checkpoints.from! : { rows: 0, isAll: false };
  if (done.isAll) return;
  let toSkip = done.rows;
  for await (const batch of batches) {
    const from = Math.min(toSkip, batch.numRows);
    toSkip -= from;
    if (from > 0 && toSkip === 0) checkpoints.onCaughtUp();
    if (from < batch.numRows) yield rowRange(batch, from, batch.numRows);
  }
  if (toSkip === 0) return;
  throw new PipelineError(
    'badData',
    `expected the ${done.rows} rows that an earlier run has had, found ${done.rows - toSkip}: run it anew (--force)`,
    { place: { step: run.steps[0]!.id } },
  );
}

/** A checkpoint needs the state of each of these, also of those that have not begun yet. */
function expectStates(run: FlowRun, facts: readonly StepFacts[], checkpoints: PipelineCheckpoints): void {
  for (const [i, step] of run.steps.entries()) {
    if (facts[i]!.tally) checkpoints.expect(figuresOf(step), run.stage);
    if (!step.definition.independent) checkpoints.expect(rowsInto(step.id), run.stage);
  }
}

function figuresOf({ id }: FlowStep): string {
  return `figures of ${id}`;
}

function goOnWithTallies(
  { steps, stage, ...run }: FlowRun,
  tallies: readonly (Tally | undefined)[],
  checkpoints: PipelineCheckpoints,
): void {
  const goesOn = checkpoints.standingOf({ stage, place: run.place }) === 'goesOn';
  for (const [i, tally] of tallies.entries()) {
    if (!tally) continue;
    const key = figuresOf(steps[i]!);
    const sum = goesOn ? checkpoints.stateOf(key) : null;
    if (sum !== null && sum !== undefined) tally.add(sum);
    checkpoints.add(key, stage, { save: () => (tally.sum ? (tally.sum() ?? null) : undefined) });
  }
}

async function stepFacts(step: FlowStep, input: Schema, { fittedHere, takePart }: StepEnvironment): Promise<StepFacts> {
  const artifact = step.kind === 'stream' ? undefined : (fittedHere.get(step.artifact) ?? (await storedArtifact(step)));
  const output = step.kind === 'stream' ? streamOutput(step, input) : applyOutput(step, input, artifact!);
  const tally = await tallyOf(step, artifact);
  const handsOn = takePart && tally ? handingOn(tally, (part) => takePart(step.id, part)) : tally;
  return { input, output, tally: handsOn };
}

/** A tally that tells no figures, but hands on what comes: in the end its sum, where that loses nothing. */
function handingOn(tally: Tally, take: (part: unknown) => void): Tally {
  if (!tally.isExact) return { add: take, metrics: () => [] };
  return {
    add: (part) => tally.add(part),
    metrics() {
      const sum = tally.sum?.();
      if (sum !== undefined) take(sum);
      return [];
    },
  };
}

/** What sums up the figures of a step, if it has any. @param artifact of one that is applied; by default that on disk */
export async function tallyOf(step: FlowStep, artifact?: Artifact): Promise<Tally | undefined> {
  if (step.kind === 'stream') return step.definition.tally?.(step.options);
  return step.definition.tally?.(artifact ?? (await storedArtifact(step)), step.options);
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
  run: FlowRun,
  facts: readonly StepFacts[],
  { schema, batches }: BatchStream,
  environment: StepEnvironment,
): AsyncGenerator<RecordBatch> {
  const { pipeline, signal, meter, letters } = environment;
  const { steps } = run;
  const rows = batches[Symbol.asyncIterator]();
  try {
    // Pulled before anything is loaded: a fit further up may have to make the artifact.
    const first = await rows.next();
    const segment = await openSegment(segmentOf(pipeline, steps), schema, {
      operator: (name) => Promise.resolve(steps.find(({ operator }) => operator === name)!.definition),
      artifact: readArtifact,
      context(step) {
        const isQuiet = (steps[step] as ApplyStep).earlierMetrics !== undefined;
        const context = { ...contextOf(steps[step]!, environment), ...(isQuiet && { emitMetric: () => {} }) };
        const { tally } = facts[step]!;
        return tally ? { ...context, count: (part) => tally.add(part) } : context;
      },
    });
    try {
      const meters = steps.map(meter);
      const arriving = resumed(first, rows);
      const runStep = runningSteps(run, facts, environment);
      yield* segment.run(
        arriving,
        meters,
        signal,
        async (step, found) => {
          const batch = meters[step]!.batchesIn - 1;
          await letters?.add(
            meters[step]!,
            found.map((letter) => ({ ...letter, batch })),
          );
        },
        runStep,
      );
    } finally {
      segment.dispose();
    }
  } finally {
    await rows.return?.();
  }
}

/** How the steps of a run are run: those whose batches depend on each other so that another run can go on with them. */
function runningSteps(
  run: FlowRun,
  facts: readonly StepFacts[],
  { checkpoints, spillPath, meter }: StepEnvironment,
): RunStep | undefined {
  if (!checkpoints || run.place === 'before') return undefined;
  return (index, input, runStep) => {
    const step = run.steps[index]!;
    const { definition } = step;
    if (definition.independent) return runStep(input);
    const { input: schema } = facts[index]!;
    const carries = step.kind === 'stream' && step.definition.carries?.(schema) === true;
    const place = { checkpoints, spillPath, run, stepId: step.id };
    return (carries ? runCarrying : runJournaled)(input, schema, runStep, meter(step), place);
  };
}

/** An iteration from its first result on. */
async function* resumed<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  for (let result = first; !result.done; result = await rest.next()) yield result.value;
}
