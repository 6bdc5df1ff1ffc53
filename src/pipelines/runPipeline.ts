import type { RecordBatch } from 'apache-arrow';
import { metricsSchema } from '../arrow/schemas.js';
import { retainedBytes } from '../arrow/retainedBytes.js';
import { atPlace, PipelineError } from '../errors.js';
import { Channel } from '../flow/channel.js';
import type { IoContext, Sink, SinkReport, Source } from '../io/definition.js';
import { metricsBatch, type MetricRecord } from './metricsBatch.js';
import { type MeterKind, PipelineMonitor, type StepMeter } from './monitor.js';
import type { PipelinePlan, SinkPlan } from './plan.js';
import type { BatchStream } from './stepEnvironment.js';
import { stepStream } from './stepStream.js';

/** What all pipelines of a run share. */
export interface RunEnvironment {
  /** The run's name, as metrics carry it. */
  readonly run: string;
  readonly io: IoContext;
  readonly signal: AbortSignal;
  readonly workers: number;
  readonly artifactDirectory: string;
  readonly spillDirectory: string;
}

/** What one source, step or sink did. */
export interface StepReport {
  readonly id: string;
  readonly kind: MeterKind;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** At work, all threads together. */
  readonly busySeconds: number;
}

/** What a pipeline did. */
export interface PipelineReport {
  readonly pipeline: string;
  readonly seconds: number;
  readonly steps: readonly StepReport[];
  readonly outputs: readonly SinkReport[];
  readonly metrics: readonly MetricRecord[];
}

/** Batches that may wait before a sink, beside the one it is writing. */
const SINK_QUEUE = { capacity: 4, maxBytes: 32 * 2 ** 20, sizeOf: retainedBytes };

/**
 * Runs one pipeline to its end. Outputs appear when everything has succeeded; on failure or interruption none does.
 *
 * @param watch gets the monitor before anything runs
 */
export async function runPipeline(
  plan: PipelinePlan,
  environment: RunEnvironment,
  watch: (monitor: PipelineMonitor) => void = () => {},
): Promise<PipelineReport> {
  const { signal } = environment;
  const monitor = new PipelineMonitor(plan.name);
  const metrics: MetricRecord[] = [];
  watch(monitor);

  const stream = await connect(plan, environment, monitor, metrics);
  const outputs = await intoSinks(plan, plan.sinks, stream, environment, monitor);
  if (plan.metrics) {
    const batch = { schema: metricsSchema, batches: only(metricsBatch(metrics)) };
    outputs.push(...(await intoSinks(plan, [plan.metrics], batch, environment, monitor)));
  }
  signal.throwIfAborted();
  return {
    pipeline: plan.name,
    seconds: monitor.elapsedMs / 1000,
    steps: monitor.meters.map(({ id, kind, rowsIn, rowsOut, busyMs }) => ({
      id,
      kind,
      rowsIn,
      rowsOut,
      busySeconds: busyMs / 1000,
    })),
    outputs,
    metrics,
  };
}

/** Source and steps as one stream, which does nothing before it is read. */
async function connect(
  plan: PipelinePlan,
  environment: RunEnvironment,
  monitor: PipelineMonitor,
  metrics: MetricRecord[],
): Promise<BatchStream> {
  const { run, io, signal, workers, artifactDirectory, spillDirectory } = environment;
  const source = await opened(plan, () => plan.source.definition.open(plan.source.options, io));
  monitor.total = source.total;
  let stream: BatchStream = {
    schema: source.schema,
    batches: sourceBatches(source, plan, signal, monitor, monitor.meter(plan.source.definition.name, 'source')),
  };
  for (const [index, step] of plan.steps.entries()) {
    const parallel = step.kind === 'stream' && step.definition.parallel && workers > 0;
    stream = await stepStream(step, stream, {
      pipeline: plan.name,
      signal,
      workers,
      artifactDirectory,
      spillDirectory,
      isRead: plan.sinks.length > 0 || index < plan.steps.length - 1,
      meter: monitor.meter(step.id, 'step', parallel ? workers : 1),
      emitMetric: (metric) => metrics.push({ run, pipeline: plan.name, step: step.id, ...metric }),
    });
  }
  return stream;
}

async function* sourceBatches(
  source: Source,
  plan: PipelinePlan,
  signal: AbortSignal,
  monitor: PipelineMonitor,
  meter: StepMeter,
): AsyncGenerator<RecordBatch> {
  const batches = source.batches(signal);
  try {
    for (;;) {
      const { done, value } = await meter.measureAsync(() => batches.next());
      signal.throwIfAborted();
      if (done) return;
      monitor.done += source.progress?.(value) ?? value.numRows;
      meter.rowsOut += value.numRows;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw atPlace({ pipeline: plan.name, step: plan.source.definition.name }, error);
  } finally {
    await batches.return();
  }
}

/** Hands each batch to every sink, and waits for the slowest. */
async function intoSinks(
  plan: PipelinePlan,
  sinkPlans: readonly SinkPlan[],
  stream: BatchStream,
  { io, signal }: RunEnvironment,
  monitor: PipelineMonitor,
): Promise<SinkReport[]> {
  const sinks: { sink: Sink; meter: StepMeter; channel: Channel<RecordBatch> }[] = [];
  try {
    for (const { definition, options } of sinkPlans) {
      const sink = await opened(plan, () => definition.open(options, io, stream.schema));
      sinks.push({ sink, meter: monitor.meter(`→ ${definition.name}`, 'sink'), channel: new Channel(SINK_QUEUE) });
    }
    await pump(stream.batches, sinks, signal);
    const reports: SinkReport[] = [];
    for (const { sink } of sinks) reports.push(await sink.close());
    return reports;
  } catch (error) {
    await Promise.allSettled(sinks.map(({ sink }) => sink.abort()));
    signal.throwIfAborted();
    throw error instanceof PipelineError && error.place.pipeline !== undefined
      ? error
      : atPlace({ pipeline: plan.name }, error);
  }
}

async function pump(
  batches: AsyncIterable<RecordBatch>,
  sinks: readonly { sink: Sink; meter: StepMeter; channel: Channel<RecordBatch> }[],
  signal: AbortSignal,
): Promise<void> {
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    for (const { channel } of sinks) channel.fail(error);
  };
  const interrupt = (): void => fail(signal.reason);
  signal.addEventListener('abort', interrupt, { once: true });

  const send = async (): Promise<void> => {
    for await (const batch of batches) {
      for (const { channel } of sinks) await channel.send(batch);
    }
    for (const { channel } of sinks) channel.close();
  };
  const write = async ({ sink, meter, channel }: (typeof sinks)[number]): Promise<void> => {
    for await (const batch of channel) {
      meter.rowsIn += batch.numRows;
      await meter.measureAsync(() => sink.write(batch));
      meter.rowsOut += batch.numRows;
    }
  };
  try {
    await Promise.all([send(), ...sinks.map(write)].map((task) => task.catch(fail)));
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
  if (failure) throw failure.error;
  signal.throwIfAborted();
}

/** Opens a source or a sink; errors name the pipeline. */
async function opened<T>(plan: PipelinePlan, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw atPlace({ pipeline: plan.name }, error);
  }
}

async function* only(batch: RecordBatch): AsyncGenerator<RecordBatch> {
  yield batch;
}
