import { join } from 'node:path';
import type { RecordBatch, Schema } from 'apache-arrow';
import { describeSchema, type SchemaSummary } from '../arrow/describeSchema.js';
import { deadLettersSchema, metricsSchema } from '../arrow/schemas.js';
import { sharedAmong } from '../arrow/recycling.js';
import { retainedBytes } from '../arrow/retainedBytes.js';
import { atPlace, PipelineError } from '../errors.js';
import { Channel, type ChannelLimits } from '../flow/channel.js';
import type { Damaged, IoContext, Sink, SinkReport, Source, WrittenPart } from '../io/definition.js';
import { firstRows } from '../io/firstRows.js';
import { rowRange } from '../io/rowChunks.js';
import { removeLeftovers } from '../io/leftovers.js';
import type { StepReport } from '../io/runRecord.js';
import type { DeadLetter } from '../segment/deadLetter.js';
import { DeadLetters } from './deadLetters.js';
import { sharesOf } from './memoryBudget.js';
import { metricsBatch, type MetricRecord } from './metricsBatch.js';
import { type Bottleneck, bottleneckOf } from './bottleneck.js';
import { type DoneElsewhere, PipelineMonitor, type StepMeter } from './monitor.js';
import type { PipelineCheckpoints } from './pipelineCheckpoints.js';
import type { PipelinePlan, SinkPlan } from './plan.js';
import type { BatchStream, StepEnvironment } from './stepEnvironment.js';
import { fitStream } from './fitStream.js';
import { flowStream } from './flowStream.js';
import { expectBalance } from './rowBalance.js';
import { runsOf, type StepRun, stepsOf, threadsOf } from './stepRuns.js';

/** What all pipelines of a run share. */
export interface RunEnvironment {
  /** The run's name, as metrics carry it. */
  readonly run: string;
  readonly io: IoContext;
  readonly signal: AbortSignal;
  readonly workers: number;
  /** What all threads may take (bytes). */
  readonly memory?: number;
  readonly artifactDirectory: string;
  readonly spillDirectory: string;
  /** Of this pipeline: what an earlier run has left, and what this one will leave if it is interrupted. */
  readonly checkpoints?: PipelineCheckpoints;
  /** Rows that are read of the source, at most. */
  readonly limit?: number;
  /** Gets each metric as it is measured. */
  readonly onMetric?: (metric: MetricRecord) => void;
}

/** What a sink has written: the rows that left the last step, what was measured, or the rows that failed. */
export interface OutputReport extends SinkReport, SchemaSummary {
  readonly role: 'rows' | 'metrics' | 'deadLetters';
}

/** What a pipeline did. */
export interface PipelineReport {
  readonly pipeline: string;
  readonly seconds: number;
  readonly steps: readonly StepReport[];
  /** Absent where it took too short to tell. */
  readonly bottleneck?: Bottleneck;
  readonly outputs: readonly OutputReport[];
  readonly metrics: readonly MetricRecord[];
  /** What the source has to tell, e.g. what it left out, and how many rows failed. */
  readonly notices: readonly string[];
}

/** Batches that may wait before a sink, beside the one it is writing. */
const sinkQueue = (maxBytes: number): ChannelLimits<SharedBatch> => ({
  capacity: 4,
  maxBytes,
  sizeOf: ({ batch }) => retainedBytes(batch),
});

/** A batch on its way to one of several sinks, which says when it needs it no more. */
interface SharedBatch {
  readonly batch: RecordBatch;
  readonly release: () => void;
}

/**
 * Runs one pipeline to its end. Outputs appear one after the other when all rows have been written to all of them; on failure or
 * interruption before that none does. Artifacts are kept as soon as they are fitted.
 *
 * @param watch gets the monitor before anything runs
 */
export async function runPipeline(
  plan: PipelinePlan,
  environment: RunEnvironment,
  watch: (monitor: PipelineMonitor) => void = () => {},
): Promise<PipelineReport> {
  const monitor = new PipelineMonitor(plan.name);
  const metrics: MetricRecord[] = [];
  watch(monitor);

  // A failure anywhere stops everything else of the pipeline, as an interruption does.
  const stop = new AbortController();
  const signal = AbortSignal.any([environment.signal, stop.signal]);
  const sinks: OpenSink[] = [];
  const { deadLetters } = plan;
  const { checkpoints } = environment;
  const spillPath = join(environment.spillDirectory, `${plan.name}.spill`);
  const letters = deadLetters && new DeadLetters({ monitor, spillPath, maxErrors: deadLetters.maxErrors, checkpoints });
  const open = async (
    sink: SinkPlan,
    schema: Schema,
    role: OutputReport['role'],
    from?: WrittenPart,
  ): Promise<OpenSink> => {
    const opened = await openSink(sink, schema, role, environment, monitor, from);
    sinks.push(opened);
    return opened;
  };
  try {
    if (checkpoints) await removeLeftovers(spillPath); // a run that goes on may need no new one
    const source = await openSource(plan, environment);
    const stream = await connect(plan, source, { ...environment, signal }, { monitor, metrics, letters, spillPath });
    for (const [i, sink] of plan.sinks.entries()) await open(sink, stream.schema, 'rows', checkpoints?.writtenBy(i));
    const forRows = [...sinks];
    checkpoints?.setOutputs(
      forRows.map(({ sink }) => sink),
      () => monitor.rowsOfFlow,
    );
    // Opened now, so that a path that cannot be written is found before the work.
    const forMetrics = plan.metrics && (await open(plan.metrics, metricsSchema, 'metrics'));
    const forLetters = deadLetters && (await open(deadLetters.sink, deadLettersSchema, 'deadLetters'));
    const skip = forRows.map((_, i) => checkpoints?.rowsToSkip(i) ?? 0);
    await pump(stream.batches, forRows, signal, (error) => stop.abort(error), skip);
    expectBalance(plan, monitor);
    if (forMetrics) await put(metricsBatch(metrics), forMetrics);
    if (letters && forLetters) for await (const batch of letters.batches(signal)) await put(batch, forLetters);
    signal.throwIfAborted();
    if (letters && forLetters) letters.expectWritten(forLetters.meter.rowsOut);
    const outputs: OutputReport[] = [];
    for (const { sink, role, schema, meter } of sinks) {
      const written = await meter.holdUp(() => sink.close());
      outputs.push({ ...written, role, ...describeSchema(schema) });
    }
    await checkpoints?.finish();
    monitor.end();
    const bottleneck = bottleneckOf(monitor.heldUp);
    return {
      pipeline: plan.name,
      seconds: monitor.elapsedMs / 1000,
      steps: monitor.meters.map((meter) => stepReport(meter, letters !== undefined)),
      ...(bottleneck && { bottleneck }),
      outputs,
      metrics,
      notices: [...(checkpoints?.notices ?? []), ...stream.notices(), ...(letters?.notices() ?? [])],
    };
  } catch (error) {
    await Promise.allSettled(sinks.map(({ sink }) => sink.abort()));
    const known = error instanceof PipelineError && error.place.pipeline !== undefined;
    const failure = known ? error : atPlace({ pipeline: plan.name }, error);
    monitor.failure = { code: failure.code, step: failure.place.step };
    monitor.end();
    environment.signal.throwIfAborted();
    throw failure;
  } finally {
    await letters?.dispose();
  }
}

function stepReport({ id, kind, rowsIn, rowsOut, deadLetters, busyMs }: StepMeter, hasLetters: boolean): StepReport {
  const ofRows = { id, kind, rowsIn, rowsOut, ...(hasLetters && kind !== 'sink' && { deadLetters }) };
  return { ...ofRows, busySeconds: busyMs / 1000 };
}

async function openSource(
  { source: { definition, options }, deadLetters }: PipelinePlan,
  { io, limit }: RunEnvironment,
): Promise<Source> {
  const whole = await definition.open((deadLetters?.ofSource && definition.leavingOut?.(options)) || options, io);
  return limit === undefined ? whole : firstRows(whole, limit);
}

/** What goes with the steps of a run. */
interface Surroundings {
  readonly monitor: PipelineMonitor;
  readonly metrics: MetricRecord[];
  readonly letters: DeadLetters | undefined;
  readonly spillPath: string;
}

/** Source and steps as one stream, which does nothing before it is read. */
async function connect(
  plan: PipelinePlan,
  source: Source,
  environment: RunEnvironment,
  { monitor, metrics, letters, spillPath }: Surroundings,
): Promise<BatchStream & { readonly notices: () => readonly string[] }> {
  const { run, signal, workers, artifactDirectory, onMetric, checkpoints } = environment;
  monitor.total = source.total;
  const forSource = { monitor, meter: monitor.meter(plan.source.definition.name, 'source'), letters };
  let stream: BatchStream = { schema: source.schema, batches: sourceBatches(source, plan, signal, forSource) };
  const stepRuns = runsOf(plan.steps);
  const meters = new Map<string, StepMeter>();
  for (const each of stepRuns) {
    const onWorkers = threadsOf(each, workers);
    monitor.threads += onWorkers;
    for (const { id } of stepsOf(each)) meters.set(id, monitor.meter(id, 'step', Math.max(1, onWorkers)));
  }
  const forSteps: StepEnvironment = {
    pipeline: plan.name,
    signal,
    workers,
    shares: sharesOf(environment.memory, workers),
    artifactDirectory,
    fittedHere: new Map(),
    spillPath,
    isRead: (step) => plan.sinks.length > 0 || step.id !== plan.steps.at(-1)!.id,
    meter: ({ id }) => meters.get(id)!,
    letters,
    checkpoints,
    emitMetric: (step, metric) => {
      const record = { run, pipeline: plan.name, step: step.id, ...metric };
      metrics.push(record);
      onMetric?.(record);
    },
  };
  let notices = (): readonly string[] => source.notices?.() ?? [];
  if (checkpoints) {
    const goingOn = goOn(checkpoints, stepRuns, monitor, metrics);
    for (const meter of goingOn) await letters?.goOn(meter);
    const earlier = checkpoints.stateOf(NOTICES) as readonly string[];
    if (goingOn.includes(monitor.meters[0]!)) notices = () => earlier;
    checkpoints.add(NOTICES, undefined, { save: () => [...notices()] });
  }
  for (const each of stepRuns) {
    stream = each.kind === 'fit' ? fitStream(each, stream, forSteps) : await flowStream(each, stream, forSteps);
  }
  return { ...stream, notices };
}

const NOTICES = 'notices';
const COUNTS = 'counts';
const METRICS = 'metrics';

/**
 * What each step has done, and what was measured, as the earlier run left it: of steps that do not do it again.
 * @returns their meters
 */
function goOn(
  checkpoints: PipelineCheckpoints,
  runs: readonly StepRun[],
  monitor: PipelineMonitor,
  metrics: MetricRecord[],
): StepMeter[] {
  const { from } = checkpoints;
  const goingOn: StepMeter[] = [];
  const flow = [...monitor.meters];
  if (from) {
    const counts = checkpoints.stateOf(COUNTS) as readonly DoneElsewhere[];
    const isReadAgain = from.stage === 0 && !from.isAll;
    if (!isReadAgain) {
      goingOn.push(flow[0]!);
      flow[0]!.add(counts[0]!);
      monitor.done = monitor.total ?? 0;
    }
    for (const run of runs) {
      const standing = checkpoints.standingOf(run);
      if (standing === 'anew') continue;
      for (const { id, definition } of stepsOf(run)) {
        const index = flow.findIndex((meter) => meter.kind === 'step' && meter.id === id);
        goingOn.push(flow[index]!);
        // Others are given the rows again that they have had.
        if (standing === 'goesOn' && !(run.kind === 'flow' && definition.independent)) continue;
        const appliesAgain = run.kind === 'fit' && run.stage === from.stage - 1 && !from.isAll;
        flow[index]!.add({ ...counts[index]!, ...(appliesAgain && { batchesOut: 0, rowsOut: 0 }) });
      }
    }
    const ids = new Set(goingOn.map(({ id }) => id));
    metrics.push(...(checkpoints.stateOf(METRICS) as readonly MetricRecord[]).filter(({ step }) => ids.has(step)));
  }
  checkpoints.add(COUNTS, undefined, {
    save: () =>
      flow.map(({ batchesIn, batchesOut, rowsIn, rowsOut, busyMs }) => ({
        batchesIn,
        batchesOut,
        rowsIn,
        rowsOut,
        busyMs,
      })),
  });
  checkpoints.add(METRICS, undefined, { save: () => [...metrics] });
  return goingOn;
}

async function* sourceBatches(
  source: Source,
  plan: PipelinePlan,
  signal: AbortSignal,
  { monitor, meter, letters }: Omit<Surroundings, 'metrics' | 'spillPath'> & { readonly meter: StepMeter },
): AsyncGenerator<RecordBatch> {
  let damaged: DeadLetter[] = [];
  const take = (found: Damaged): void => void damaged.push(letterOfSource(found));
  const batches = source.batches(signal, plan.deadLetters?.ofSource ? take : undefined);
  try {
    for (;;) {
      const { done, value } = await meter.measureAsync(() => batches.next());
      signal.throwIfAborted();
      await letters?.add(meter, damaged);
      damaged = [];
      if (done) return;
      monitor.done += source.progress?.(value) ?? value.numRows;
      meter.batchesOut++;
      meter.rowsOut += value.numRows;
      meter.show(value);
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw atPlace({ pipeline: plan.name, step: plan.source.definition.name }, error);
  } finally {
    await batches.return();
  }
}

/** The row is not there yet: the text where it should be stands for it. */
function letterOfSource({ file, frame, line, message, text }: Damaged): DeadLetter {
  const known = { ...(line !== undefined && { line }), ...(text !== undefined && { record: JSON.stringify(text) }) };
  return { file, frame, code: 'badData', message, ...known };
}

interface OpenSink {
  readonly sink: Sink;
  readonly role: OutputReport['role'];
  readonly schema: Schema;
  readonly meter: StepMeter;
  readonly channel: Channel<SharedBatch>;
}

async function openSink(
  { definition, options }: SinkPlan,
  schema: Schema,
  role: OutputReport['role'],
  { io, memory, workers }: RunEnvironment,
  monitor: PipelineMonitor,
  from: WrittenPart | undefined,
): Promise<OpenSink> {
  const sink = await definition.open(options, io, schema, from);
  const channel = new Channel(sinkQueue(sharesOf(memory, workers).sinkQueueBytes));
  const meter = monitor.meter(`→ ${definition.name}`, 'sink');
  meter.rowsIn = meter.rowsOut = from?.rows ?? 0;
  meter.queued = () => channel.length;
  meter.bytes = () => sink.bytes ?? 0;
  return { sink, role, schema, meter, channel };
}

/**
 * Hands each batch to every sink, and waits for the slowest.
 * @param stop told of the first failure at once, so that whatever waits elsewhere is woken
 * @param skip how many rows a sink has had already
 */
async function pump(
  batches: AsyncIterable<RecordBatch>,
  sinks: readonly OpenSink[],
  signal: AbortSignal,
  stop: (error: unknown) => void,
  skip: readonly number[],
): Promise<void> {
  const giveUp = (): void => {
    for (const { channel } of sinks) channel.fail(signal.reason);
  };
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp, { once: true });
  const send = async (): Promise<void> => {
    for await (const batch of batches) {
      const release = sharedAmong(sinks.length, batch);
      for (const { channel, meter } of sinks) await meter.holdUp(() => channel.send({ batch, release }));
    }
    for (const { channel } of sinks) channel.close();
  };
  const write = async (sink: OpenSink, index: number): Promise<void> => {
    const { meter, channel } = sink;
    let had = skip[index]!;
    for await (const { batch, release } of channel) {
      meter.inFlight = channel.length + 1;
      if (had < batch.numRows || batch.numRows === 0) await put(rowRange(batch, had, batch.numRows), sink, release);
      else release();
      had = Math.max(0, had - batch.numRows);
      meter.inFlight = channel.length;
    }
  };
  try {
    await Promise.all([send(), ...sinks.map(write)].map((task) => task.catch(stop)));
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
  signal.throwIfAborted();
}

async function put(batch: RecordBatch, { sink, meter }: OpenSink, release?: () => void): Promise<void> {
  meter.batchesIn++;
  meter.rowsIn += batch.numRows;
  await meter.measureAsync(() => sink.write(batch, release));
  meter.rowsOut += batch.numRows;
}
