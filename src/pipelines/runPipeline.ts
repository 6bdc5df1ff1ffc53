import { join } from 'node:path';
import type { Schema } from 'apache-arrow';
import { describeSchema } from '../arrow/describeSchema.js';
import { deadLettersSchema, metricsSchema } from '../arrow/schemas.js';
import { atPlace, PipelineError } from '../errors.js';
import type { WrittenPart } from '../io/definition.js';
import { removeLeftovers } from '../io/leftovers.js';
import type { StepReport } from '../io/runRecord.js';
import { type Bottleneck, bottleneckOf } from './bottleneck.js';
import { connect, openSource } from './connect.js';
import { DeadLetters } from './deadLetters.js';
import { metricsBatch, type MetricRecord } from './metricsBatch.js';
import { PipelineMonitor, type StepMeter } from './monitor.js';
import { type OpenSink, openSink, pump, put } from './openSinks.js';
import type { PipelinePlan, SinkPlan } from './plan.js';
import { expectBalance } from './rowBalance.js';
import type { OutputReport, RunEnvironment } from './runEnvironment.js';

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
  monitor.notices = environment.checkpoints?.notices ?? [];
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
    const done = await environment.elsewhere?.run(signal, monitor);
    const from = done ?? (await openSource(plan, environment));
    const stream = await connect(plan, from, { ...environment, signal }, { monitor, metrics, letters, spillPath });
    for (const [i, sink] of plan.sinks.entries()) {
      await open(sink, stream.schema, 'rows', done?.written?.[i] ?? checkpoints?.writtenBy(i));
    }
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
    const bottleneck = done ? undefined : bottleneckOf(monitor.heldUp); // tasks wait for nobody
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
