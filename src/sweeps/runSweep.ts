import { join } from 'node:path';
import { formatLocation } from '../config/diagnostics.js';
import { atPlace, messageOf, PipelineError } from '../errors.js';
import type { RunOutput, TrialCounts } from '../io/runRecord.js';
import { withinMemory } from '../pipelines/memoryBudget.js';
import type { Plan, SweepPlan, TrialScope } from '../pipelines/plan.js';
import { checkWorkers, expectInputs } from '../pipelines/runPlan.js';
import { fromOut } from '../pipelines/runRecord.js';
import { type Watch, watchOf } from './abandon.js';
import { Latest } from './latest.js';
import { fingerprintOf, planTrial, trialDigest } from './planTrial.js';
import type { TrialOutcome, TrialTask } from './runTrial.js';
import { type EndedTrial, writeSweepFiles } from './results.js';
import { type Execute, shareOut } from './shareOut.js';
import { type BestTrial, SweepMonitor } from './sweepMonitor.js';
import { openSweepRecord } from './sweepRecord.js';
import { TrialLog } from './trialLog.js';
import { forgetOutcome, readOutcome, writeOutcome } from './trialRecord.js';
import { BASELINE, countTrials, formatValues, MAX_TRIALS, type Trial, trialsOf } from './trials.js';
import { claimWork } from '../io/leftovers.js';
import { type FileRetry, watchRetries } from '../io/retries.js';

/** How a sweep is run. */
export interface SweepRunOptions {
  /** Trials side by side, each on a thread of its own; default: one for each core. 0 runs them one by one on this thread. */
  readonly workers?: number;
  /** Stops the sweep: trials under way are lost, those that have ended stay. */
  readonly signal?: AbortSignal;
  /** Whether the sweep leaves a record of its run, `${out}/runs/<name>.json`, also while it is unfinished. Default: false. */
  readonly record?: boolean;
  /** Gets the monitor before the first trial starts. */
  readonly onStart?: (monitor: SweepMonitor) => void;
  /** See `RunOptions`. */
  readonly onRetry?: (retry: FileRetry) => void;
}

/** What a sweep did. */
export interface SweepReport {
  readonly sweep: string;
  /** Of this run. */
  readonly seconds: number;
  /** Those of earlier runs included. */
  readonly trials: TrialCounts;
  /** Trials that earlier runs had left. */
  readonly kept: number;
  /** As pipeline.step.metric. */
  readonly objective?: string;
  /** Absent without an objective, or if no trial was done. */
  readonly best?: BestTrial;
  readonly outputs: readonly RunOutput[];
}

/**
 * Runs the trials of a sweep that have not ended in an earlier run. Results are the same whatever the number of workers, and however
 * often the sweep was interrupted.
 *
 * @throws PipelineError at the first failure, with the trial and its values, but a trial that diverges is none; the reason of `signal`
 */
export async function runSweep(plan: Plan, name: string, options: SweepRunOptions = {}): Promise<SweepReport> {
  const sweep = plan.sweeps.get(name);
  if (!sweep) {
    const known = [...plan.sweeps.keys()].join(', ') || 'none';
    throw new PipelineError('badOption', `there is no sweep ${name} in ${plan.file}, only ${known}`);
  }
  const count = countTrials(sweep);
  if (count > MAX_TRIALS) {
    throw new PipelineError('badOption', `sweep ${name}: expected at most ${MAX_TRIALS} trials, got ${count}`);
  }
  const { record, signal = new AbortController().signal, onRetry } = options;
  const endWatch = watchRetries({ signal, onRetry });
  try {
    const release = record ? await claimWork(join(plan.outDirectory, name)) : () => {};
    try {
      return await withinMemory(plan.origin.memory, signal, (within) =>
        run(plan, sweep, { ...options, signal: within }),
      );
    } finally {
      release();
    }
  } finally {
    endWatch();
  }
}

/** A trial whose plan is sound. */
interface SoundTrial {
  readonly trial: Trial;
  readonly scope: TrialScope;
  readonly digest: string;
}

async function run(plan: Plan, sweep: SweepPlan, options: SweepRunOptions): Promise<SweepReport> {
  const { signal = new AbortController().signal, onStart } = options;
  const workers = checkWorkers(options.workers, plan.origin.memory);
  const log = new TrialLog(sweep);
  const trials = trialsOf(sweep);
  const monitor = new SweepMonitor(sweep.name, trials.length);
  const sound = await soundTrials(plan, sweep, trials, signal);
  const record = options.record ? await openSweepRecord(plan, sweep) : undefined;
  /** Tables and record, rewritten as trials end. */
  const files = new Latest(async (): Promise<RunOutput[]> => {
    const { ended } = log;
    const written = ended.length > 0 ? await writeSweepFiles(plan, sweep, ended) : [];
    const outputs = written.map((output) => fromOut(plan, output));
    await record?.(log.counts(trials.length), outputs);
    return outputs;
  });
  onStart?.(monitor);
  const startup = sweep.abandon?.startup ?? sound.length;
  try {
    await runAll(sound.filter(({ trial }) => trial.number <= startup));
    // What the first trials have measured is what the others are held to.
    const measured = log.ended.filter(({ trial }) => trial.number !== BASELINE);
    const watch = watchOf(
      sweep,
      measured.map(({ outcome }) => outcome.metrics),
    );
    await runAll(
      sound.filter(({ trial }) => trial.number > startup),
      watch,
    );
  } catch (error) {
    await files.ask().catch(() => undefined); // what has ended is told of in any case
    throw error;
  }
  const outputs = await files.ask();
  const { objective, best } = log;
  return {
    sweep: sweep.name,
    seconds: monitor.elapsedMs / 1000,
    trials: log.counts(trials.length),
    kept: monitor.kept,
    ...(objective !== undefined && { objective }),
    ...(best && { best }),
    outputs,
  };

  async function runAll(some: readonly SoundTrial[], watch?: Watch): Promise<void> {
    const open: { readonly trial: Trial; readonly task: TrialTask }[] = [];
    for (const { trial, scope, digest } of some) {
      const fingerprint = fingerprintOf(digest, watch);
      const outcome = await readOutcome(scope.directory, fingerprint);
      if (outcome) {
        monitor.kept++;
        end({ trial, run: fingerprint, outcome });
      } else {
        open.push({ trial, task: { origin: plan.origin, scope, run: fingerprint, ...(watch && { watch }) } });
      }
    }
    await shareOut(open, workers, signal, ({ trial, task }, execute, stop) => runOne(trial, task, execute, stop));
  }

  async function runOne(trial: Trial, task: TrialTask, execute: Execute, stop: AbortSignal): Promise<void> {
    const folder = task.scope.directory;
    const started = new Date().toISOString();
    const startedAt = performance.now();
    monitor.running++;
    let outcome: TrialOutcome;
    try {
      await forgetOutcome(folder);
      outcome = await execute(task, stop);
      const seconds = (performance.now() - startedAt) / 1000;
      await writeOutcome(folder, { run: task.run, trial, outcome }, { started, seconds });
    } catch (error) {
      stop.throwIfAborted();
      throw named(trial, error);
    } finally {
      monitor.running--;
    }
    end({ trial, run: task.run, outcome });
    files.ask().catch(() => undefined); // a failure is met at the end, when they are written again
  }

  function end(ended: EndedTrial): void {
    try {
      log.add(ended);
    } catch (error) {
      throw named(ended.trial, error);
    }
    monitor.ended++;
    monitor.best = log.best;
  }

  /** The same failure with the trial that it is of. */
  function named({ number, values }: Trial, error: unknown): PipelineError {
    const { code } = atPlace({}, error);
    const which = number === BASELINE ? 'the baseline' : `trial ${number}`;
    const given = values.size > 0 ? ` (${formatValues(values)})` : '';
    return new PipelineError(code, `sweep ${sweep.name}, ${which}${given}: ${messageOf(error)}`, { cause: error });
  }
}

/** What is wrong with a trial is found before the first one runs. */
async function soundTrials(
  base: Plan,
  sweep: SweepPlan,
  trials: readonly Trial[],
  signal: AbortSignal,
): Promise<SoundTrial[]> {
  const sound: SoundTrial[] = [];
  for (const trial of trials) {
    signal.throwIfAborted();
    const { plan, scope, problems } = await planTrial(base, sweep, trial);
    if (!plan) {
      const lines = problems.map(({ location, message }) => `${formatLocation(location)} ${message}`);
      throw new PipelineError('badConfiguration', lines.join('\n'));
    }
    if (sound.length === 0) {
      const pipelines = scope.runs.map((name) => plan.pipelines.get(name)!);
      await expectInputs(plan, pipelines, sweep.name);
    }
    sound.push({ trial, scope, digest: trialDigest(plan, trial) });
  }
  return sound;
}
