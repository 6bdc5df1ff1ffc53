import type { RecordBatch } from 'apache-arrow';
import { atPlace } from '../errors.js';
import type { Damaged, Source } from '../io/definition.js';
import { firstRows } from '../io/firstRows.js';
import type { DeadLetter } from '../segment/deadLetter.js';
import type { DeadLetters } from './deadLetters.js';
import { sharesOf } from './memoryBudget.js';
import type { MetricRecord } from './metricsBatch.js';
import type { DoneElsewhere, PipelineMonitor, StepMeter } from './monitor.js';
import type { PipelineCheckpoints } from './pipelineCheckpoints.js';
import type { PipelinePlan } from './plan.js';
import type { RunEnvironment } from './runEnvironment.js';
import type { BatchStream, StepEnvironment } from './stepEnvironment.js';
import { fitStream } from './fitStream.js';
import { doneRows, type DoneSteps, takeUp } from './elsewhere.js';
import { flowStream } from './flowStream.js';
import { type FlowStep, runsOf, type StepRun, stepsOf, threadsOf } from './stepRuns.js';

export async function openSource(
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

/** Source and steps as one stream, which does nothing before it is read. @param from the source, or what its rows have become already */
export async function connect(
  plan: PipelinePlan,
  from: Source | DoneSteps,
  environment: RunEnvironment,
  { monitor, metrics, letters, spillPath }: Surroundings,
): Promise<BatchStream & { readonly notices: () => readonly string[] }> {
  const { run, signal, workers, artifactDirectory, onMetric, checkpoints, takePart } = environment;
  const done = 'counts' in from ? from : undefined;
  const doneSteps = plan.steps.slice(0, done ? done.counts.length - 1 : 0) as FlowStep[];
  const forSource = { monitor, meter: monitor.meter(plan.source.definition.name, 'source'), letters };
  for (const { id } of doneSteps) monitor.meter(id, 'step');
  const stepRuns = runsOf(plan.steps.slice(doneSteps.length));
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
    takePart,
    checkpoints,
    emitMetric: (step, metric) => {
      const record = { run, pipeline: plan.name, step: step.id, ...metric };
      metrics.push(record);
      onMetric?.(record);
    },
  };
  let stream: BatchStream;
  if (done) {
    await takeUp(done, doneSteps, monitor.meters, letters, forSteps.emitMetric);
    const next = stepRuns[0] && meters.get(stepsOf(stepRuns[0])[0]!.id);
    stream = { schema: done.schema, batches: doneRows(done, next, signal) };
  } else {
    const source = from as Source;
    monitor.total = source.total;
    stream = { schema: source.schema, batches: sourceBatches(source, plan, signal, forSource) };
  }
  let notices = (): readonly string[] => from.notices?.() ?? [];
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
    const counts = checkpoints.stateOf(COUNTS) as readonly Omit<DoneElsewhere, 'busyMs'>[];
    checkpoints.onCaughtUp = () => monitor.begin();
    const isReadAgain = from.stage === 0 && !from.isAll;
    if (!isReadAgain) {
      goingOn.push(flow[0]!);
      flow[0]!.goOn(counts[0]!);
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
        flow[index]!.goOn({ ...counts[index]!, ...(appliesAgain && { batchesOut: 0, rowsOut: 0 }) });
      }
    }
    const ids = new Set(goingOn.map(({ id }) => id));
    metrics.push(...(checkpoints.stateOf(METRICS) as readonly MetricRecord[]).filter(({ step }) => ids.has(step)));
  }
  checkpoints.add(COUNTS, undefined, {
    save: () => flow.map(({ batchesIn, batchesOut, rowsIn, rowsOut }) => ({ batchesIn, batchesOut, rowsIn, rowsOut })),
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
