import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { PipelineError } from '../errors.js';
import { readArtifactDescription } from '../io/artifacts.js';
import { claimWork, removeLeftovers } from '../io/leftovers.js';
import { type FileRetry, watchRetries } from '../io/retries.js';
import { ioContext, STANDARD_STREAM } from '../io/paths.js';
import { whereItLeads } from '../io/whereItLeads.js';
import type { Engine } from './elsewhere.js';
import { inputStates, outputStates, standingOf } from './changes.js';
import { expectRoom, withinMemory, workersWithin } from './memoryBudget.js';
import type { MetricRecord } from './metricsBatch.js';
import type { PipelineMonitor } from './monitor.js';
import { isBelow } from './places.js';
import { type PipelinePlan, type Plan, type StepPlan, writtenBy } from './plan.js';
import type { RunEnvironment } from './runEnvironment.js';
import { type PipelineReport, runPipeline } from './runPipeline.js';
import { PipelineCheckpoints } from './pipelineCheckpoints.js';
import { usesStandardStreams } from './resumption.js';
import { fromOut, recordPath, recordRun } from './runRecord.js';
import { withUnchangedFits } from './unchangedFits.js';
import { checkpointsBeside, type CheckpointStore } from '../io/checkpoints.js';
import type { FileState } from '../io/fileState.js';
import { soapstreamVersion } from '../version.js';
import type { RunRecord } from '../io/runRecord.js';

/** How a plan is run. */
export interface RunOptions {
  /** Names of the pipelines to run; those that the file names as default if absent. */
  readonly pipelines?: readonly string[];
  /** Worker threads for parallel operators; default: one for each core. 0 runs everything on one thread. */
  readonly workers?: number;
  /** Stops the run: outputs under way are removed. */
  readonly signal?: AbortSignal;
  /** The run's name in the metrics; default the plan's fingerprint, so that the same run has the same name. */
  readonly run?: string;
  /** Whether each pipeline that ends leaves a record of its run, `${out}/runs/<name>.json`. Default: false. */
  readonly record?: boolean;
  /**
   * With `record`: how long a pipeline works, at least, from one checkpoint to the next (s). A run that is interrupted goes on there the next
   * time. Default: 30.
   */
  readonly checkpointSeconds?: number;
  /** With `record`: whether pipelines begin anew where an earlier run was interrupted. Default: false. */
  readonly anew?: boolean;
  /**
   * Whether pipelines are passed over whose latest run has left what a run would leave now, as its record tells, and fits of the others whose
   * artifact is the one that they would leave. Default: false.
   */
  readonly skipUnchanged?: boolean;
  /** Who does the first steps of pipelines, where that is not this process. A pipeline that it has begun is not resumed. */
  readonly engine?: Engine;
  /** Gets the monitor of each pipeline as it starts. */
  readonly onStart?: (monitor: PipelineMonitor) => void;
  /** Gets the record of the latest run of a pipeline that is passed over. */
  readonly onSkip?: (record: RunRecord) => void;
  /** Gets the report of each pipeline as it ends. */
  readonly onEnd?: (report: PipelineReport) => void;
  /** Gets each metric as it is measured. */
  readonly onMetric?: (metric: MetricRecord) => void;
  /** Gets each file operation that has failed by a fault that may pass, before it is tried again. */
  readonly onRetry?: (retry: FileRetry) => void;
}

/**
 * Runs pipelines one after the other, each after those that it depends on. Sweeps are run by `runSweep`; among the default ones they
 * are passed over here.
 *
 * @throws PipelineError at the first failure, with its place; the reason of `signal` if that was aborted
 */
export async function runPlan(plan: Plan, options: RunOptions = {}): Promise<PipelineReport[]> {
  const { signal = new AbortController().signal, onRetry } = options;
  const endWatch = watchRetries({ signal, onRetry });
  try {
    return await withinMemory(plan.origin.memory, signal, (within) => runSelected(plan, options, within));
  } finally {
    endWatch();
  }
}

async function runSelected(plan: Plan, options: RunOptions, signal: AbortSignal): Promise<PipelineReport[]> {
  const { run = plan.fingerprint } = options;
  const { limit, memory } = plan.origin;
  const workers = checkWorkers(options.workers, memory);
  const byDefault = plan.defaultPipelines.filter((name) => plan.pipelines.has(name));
  const selected = selectPipelines(plan, options.pipelines ?? byDefault);
  await expectInputs(plan, selected);
  if (limit !== undefined) expectOutputsInside(plan, selected);
  const environment = {
    run,
    io: ioContext(plan.baseDirectory),
    signal,
    workers,
    artifactDirectory: plan.artifactDirectory,
    spillDirectory: plan.trialDirectory,
    ...(limit !== undefined && { limit }),
    ...(memory !== undefined && { memory }),
    ...(options.onMetric && { onMetric: options.onMetric }),
  };
  const reports: PipelineReport[] = [];
  const ran = new Set<string>();
  for (const pipeline of selected) {
    signal.throwIfAborted();
    if (options.skipUnchanged) {
      const standing = await standingOf(plan, pipeline, ran);
      if ('record' in standing) {
        // A run that was killed after its record has left the sign that it is at work.
        if (options.record) await removeLeftovers(join(plan.outDirectory, pipeline.name), ['running']);
        options.onSkip?.(standing.record);
        continue;
      }
    }
    ran.add(pipeline.name);
    const release = options.record ? await claimWork(join(plan.outDirectory, pipeline.name)) : () => {};
    try {
      reports.push(await runOne(plan, pipeline, options, environment));
    } finally {
      release();
    }
  }
  return reports;
}

/** Runs a pipeline, and leaves its record. */
async function runOne(
  plan: Plan,
  pipeline: PipelinePlan,
  { record, checkpointSeconds = 30, anew = false, skipUnchanged = false, engine, onStart, onEnd }: RunOptions,
  shared: RunEnvironment,
): Promise<PipelineReport> {
  const inputs = record ? await inputStates(plan, pipeline) : [];
  const elsewhere = await engine?.take(plan, pipeline);
  const toRun = skipUnchanged && !elsewhere ? await withUnchangedFits(plan, pipeline) : pipeline.steps;
  const started = new Date().toISOString();
  const environment = { ...shared, ...(elsewhere && { elsewhere }) };
  if (record && !usesStandardStreams(pipeline)) {
    const store = checkpointStore(plan, pipeline, checkpointSeconds);
    const identity = identityOf(pipeline, toRun, inputs, shared);
    const checkpoints = await PipelineCheckpoints.open(store, identity, anew || elsewhere !== undefined);
    if (!elsewhere) environment.checkpoints = checkpoints;
  }
  const ran = await runPipeline({ ...pipeline, steps: toRun }, environment, onStart).catch(async (error: unknown) => {
    await elsewhere?.close(false);
    throw error;
  });
  await elsewhere?.close(true);
  const report = { ...ran, notices: [...takenFits(pipeline, toRun), ...ran.notices] };
  if (record) {
    const { run } = environment;
    const { seconds, steps } = report;
    const outputs = report.outputs.map((output) => fromOut(plan, output));
    const artifacts = pipeline.steps.flatMap((step) => (step.kind === 'fit' ? [step.artifact] : []));
    const left = await outputStates(plan, pipeline);
    await recordRun(plan, 'pipeline', pipeline, { run, started, seconds, steps, outputs, artifacts, inputs, left });
  }
  onEnd?.(report);
  return report;
}

function checkpointStore(plan: Plan, { name }: PipelinePlan, intervalSeconds?: number): CheckpointStore {
  return checkpointsBeside(recordPath(plan, name).replace(/\.json$/, ''), 1000 * (intervalSeconds ?? 0));
}

/** All that the bytes of its outputs depend on. */
function identityOf(
  { definition }: PipelinePlan,
  toRun: readonly StepPlan[],
  inputs: readonly FileState[],
  { run, limit }: Pick<RunEnvironment, 'run' | 'limit'>,
): unknown {
  return [soapstreamVersion(), run, limit, definition, inputs, toRun.map(({ kind }) => kind)];
}

function takenFits(pipeline: PipelinePlan, steps: readonly StepPlan[]): string[] {
  const ids = pipeline.steps.flatMap(({ kind, id }, i) => (kind === steps[i]!.kind ? [] : [id]));
  return ids.length === 0 ? [] : [`not fitted again, since nothing up to there has changed: ${ids.join(', ')}`];
}

/**
 * What a run of these pipelines would do, and why: nothing is run.
 * @returns for each in order the reason to run it; undefined where it would be passed over
 * @throws PipelineError as `runPlan` before anything starts
 */
export async function previewRun(
  plan: Plan,
  pipelines: readonly string[],
  options: Pick<RunOptions, 'skipUnchanged' | 'run' | 'anew'> = {},
): Promise<ReadonlyMap<string, string | undefined>> {
  const selected = selectPipelines(plan, pipelines);
  await expectInputs(plan, selected);
  const reasons = new Map<string, string | undefined>();
  const running = new Set<string>();
  for (const pipeline of selected) {
    const standing = options.skipUnchanged ? await standingOf(plan, pipeline, running) : { reason: 'all are to run' };
    const reason = 'reason' in standing ? standing.reason : undefined;
    const interrupted = reason === undefined ? undefined : await foreseen(plan, pipeline, running, options);
    if (reason !== undefined) running.add(pipeline.name);
    reasons.set(pipeline.name, interrupted === undefined ? reason : `${reason}; ${interrupted}`);
  }
  return reasons;
}

/** What becomes of what an interrupted run has left: a line for people. */
async function foreseen(
  plan: Plan,
  pipeline: PipelinePlan,
  running: ReadonlySet<string>,
  { skipUnchanged = false, run = plan.fingerprint, anew = false }: Pick<RunOptions, 'skipUnchanged' | 'run' | 'anew'>,
): Promise<string | undefined> {
  // What it reads will have been made anew.
  if (usesStandardStreams(pipeline) || pipeline.dependsOn.some((name) => running.has(name))) return undefined;
  const { limit } = plan.origin;
  const toRun = skipUnchanged ? await withUnchangedFits(plan, pipeline) : pipeline.steps;
  const shared = { run, ...(limit !== undefined && { limit }) };
  const identity = identityOf(pipeline, toRun, await inputStates(plan, pipeline), shared);
  return PipelineCheckpoints.foresee(checkpointStore(plan, pipeline), identity, anew);
}

/**
 * @param memory that there is for a run (bytes), if there is a bound
 * @throws PipelineError `badOption` for what is no number of threads, or for which there is no room
 */
export function checkWorkers(given?: number, memory?: number): number {
  const workers = given ?? workersWithin(memory);
  if (!(Number.isSafeInteger(given ?? 0) && (given ?? 0) >= 0))
    throw new PipelineError('badOption', `workers: expected a whole number ≥ 0, got ${workers}`);
  expectRoom(memory, workers);
  return workers;
}

/** @throws PipelineError `badOption` for a name that is not in the file */
export function selectPipelines(plan: Plan, names: readonly string[]): PipelinePlan[] {
  for (const name of names) {
    if (plan.pipelines.has(name)) continue;
    if (plan.sweeps.has(name)) throw new PipelineError('badOption', `${name} is a sweep: runSweep runs it`);
    throw new PipelineError('badOption', `there is no pipeline ${name} in ${plan.file}, only ${plan.order.join(', ')}`);
  }
  return plan.order.filter((name) => names.includes(name)).map((name) => plan.pipelines.get(name)!);
}

/**
 * A limited run never replaces what a whole one has written: that may be anywhere but in the folder of this run.
 * @throws PipelineError `badOption`
 */
function expectOutputsInside({ outDirectory }: Plan, selected: readonly PipelinePlan[]): void {
  for (const pipeline of selected) {
    for (const { writes } of writtenBy(pipeline)) {
      if (writes === STANDARD_STREAM || isBelow(writes, outDirectory)) continue;
      const message = `limit: expected outputs below ${outDirectory}, since those of a whole run must stay, got ${writes}: begin its path with \${out}`;
      throw new PipelineError('badOption', message, { place: { pipeline: pipeline.name } });
    }
  }
}

/**
 * What an earlier run must have left is looked for before anything starts.
 *
 * @param sweep its name, where it is a sweep that runs the pipelines
 * @throws PipelineError `missingInput` with the name of the pipeline to run first
 */
export async function expectInputs(plan: Plan, selected: readonly PipelinePlan[], sweep?: string): Promise<void> {
  const running = new Set(selected.map(({ name }) => name));
  for (const pipeline of selected) {
    for (const name of pipeline.dependsOn) {
      if (running.has(name)) continue;
      const missing = await missingFrom(plan.pipelines.get(name)!, pipeline);
      if (missing === undefined) continue;
      const { limit } = plan.origin;
      const limited = limit === undefined ? '' : ` --limit ${limit}`;
      const advice = `run ${name} first, or together: soapstream run ${plan.file} ${name} ${sweep ?? pipeline.name}${limited}`;
      throw new PipelineError('missingInput', `reads ${missing}, which ${name} makes: ${advice}`, {
        place: { pipeline: pipeline.name },
      });
    }
  }
}

/** The first thing that `reader` needs of `maker` and that is not there. */
async function missingFrom(maker: PipelinePlan, reader: PipelinePlan): Promise<string | undefined> {
  const outputs = new Set(writtenBy(maker).map(({ writes }) => whereItLeads(writes)));
  for (const path of reader.source.reads.filter((each) => outputs.has(whereItLeads(each)))) {
    if (!(await exists(path))) return path;
  }
  const fitted = new Set(maker.steps.map((step) => (step.kind === 'fit' ? step.artifact : undefined)));
  for (const step of reader.steps) {
    if (step.kind !== 'apply' || !fitted.has(step.artifact)) continue;
    if (!(await readArtifactDescription(step.directory))) return `the artifact ${step.artifact}`;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
