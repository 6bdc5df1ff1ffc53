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
import type { EndedTrial } from './results.js';
import { type Execute, shareOut } from './shareOut.js';
import { writeSweepFiles } from './sweepFiles.js';
import { type BestTrial, SweepMonitor } from './sweepMonitor.js';
import { SweepRecord } from './sweepRecord.js';
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
        new SweepRun(plan, sweep, { ...options, signal: within }).run(),
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

/** A trial that is to be run. */
interface OpenTrial {
  readonly trial: Trial;
  readonly task: TrialTask;
}

class SweepRun {
  readonly #plan: Plan;
  readonly #sweep: SweepPlan;
  readonly #options: SweepRunOptions;
  readonly #workers: number;
  readonly #signal: AbortSignal;
  readonly #log: TrialLog;
  readonly #trials: readonly Trial[];
  readonly #monitor: SweepMonitor;
  /** Tables and record, rewritten as trials end. */
  readonly #files = new Latest(() => this.#write());
  #record: SweepRecord | undefined;

  constructor(plan: Plan, sweep: SweepPlan, options: SweepRunOptions) {
    this.#plan = plan;
    this.#sweep = sweep;
    this.#options = options;
    this.#workers = checkWorkers(options.workers, plan.origin.memory);
    this.#signal = options.signal ?? new AbortController().signal;
    this.#log = new TrialLog(sweep);
    this.#trials = trialsOf(sweep);
    this.#monitor = new SweepMonitor(sweep.name, this.#trials.length);
  }

  async run(): Promise<SweepReport> {
    const sound = await this.#soundTrials();
    if (this.#options.record) this.#record = await SweepRecord.open(this.#plan, this.#sweep);
    this.#options.onStart?.(this.#monitor);
    const startup = this.#sweep.abandon?.startup ?? sound.length;
    try {
      await this.#runAll(sound.filter(({ trial }) => trial.number <= startup));
      await this.#runAll(
        sound.filter(({ trial }) => trial.number > startup),
        this.#watch(),
      );
    } catch (error) {
      await this.#files.ask().catch(() => undefined); // what has ended is told of in any case
      throw error;
    }
    const outputs = await this.#files.ask();
    const { objective, best } = this.#log;
    return {
      sweep: this.#sweep.name,
      seconds: this.#monitor.elapsedMs / 1000,
      trials: this.#log.counts(this.#trials.length),
      kept: this.#monitor.kept,
      ...(objective !== undefined && { objective }),
      ...(best && { best }),
      outputs,
    };
  }

  /** What is wrong with a trial is found before the first one runs. */
  async #soundTrials(): Promise<SoundTrial[]> {
    const sound: SoundTrial[] = [];
    for (const trial of this.#trials) {
      this.#signal.throwIfAborted();
      const { plan, scope, problems } = await planTrial(this.#plan, this.#sweep, trial);
      if (!plan) {
        const lines = problems.map(({ location, message }) => `${formatLocation(location)} ${message}`);
        throw new PipelineError('badConfiguration', lines.join('\n'));
      }
      if (sound.length === 0) {
        const pipelines = scope.runs.map((name) => plan.pipelines.get(name)!);
        await expectInputs(plan, pipelines, this.#sweep.name);
      }
      sound.push({ trial, scope, digest: trialDigest(plan, trial) });
    }
    return sound;
  }

  /** What the first trials have measured is what the others are held to. */
  #watch(): Watch | undefined {
    const measured = this.#log.ended.filter(({ trial }) => trial.number !== BASELINE);
    return watchOf(
      this.#sweep,
      measured.map(({ outcome }) => outcome.metrics),
    );
  }

  async #runAll(trials: readonly SoundTrial[], watch?: Watch): Promise<void> {
    const open: OpenTrial[] = [];
    for (const { trial, scope, digest } of trials) {
      const run = fingerprintOf(digest, watch);
      const outcome = await readOutcome(scope.directory, run);
      if (outcome) {
        this.#monitor.kept++;
        this.#end({ trial, run, outcome });
      } else {
        open.push({ trial, task: { origin: this.#plan.origin, scope, run, ...(watch && { watch }) } });
      }
    }
    await shareOut(open, this.#workers, this.#signal, (item, execute, signal) => this.#runOne(item, execute, signal));
  }

  async #runOne({ trial, task }: OpenTrial, execute: Execute, signal: AbortSignal): Promise<void> {
    const { run } = task;
    const folder = task.scope.directory;
    const started = new Date().toISOString();
    const startedAt = performance.now();
    this.#monitor.running++;
    let outcome: TrialOutcome;
    try {
      await forgetOutcome(folder);
      outcome = await execute(task, signal);
      const seconds = (performance.now() - startedAt) / 1000;
      await writeOutcome(folder, { run, trial, outcome }, { started, seconds });
    } catch (error) {
      signal.throwIfAborted();
      throw this.#named(trial, error);
    } finally {
      this.#monitor.running--;
    }
    this.#end({ trial, run, outcome });
    this.#files.ask().catch(() => undefined); // a failure is met at the end, when they are written again
  }

  #end(ended: EndedTrial): void {
    try {
      this.#log.add(ended);
    } catch (error) {
      throw this.#named(ended.trial, error);
    }
    this.#monitor.ended++;
    this.#monitor.best = this.#log.best;
  }

  async #write(): Promise<RunOutput[]> {
    const { ended } = this.#log;
    const written = ended.length > 0 ? await writeSweepFiles(this.#plan, this.#sweep, ended) : [];
    const outputs = written.map((output) => fromOut(this.#plan, output));
    await this.#record?.write(this.#log.counts(this.#trials.length), outputs);
    return outputs;
  }

  /** The same failure with the trial that it is of. */
  #named({ number, values }: Trial, error: unknown): PipelineError {
    const { code } = atPlace({}, error);
    const which = number === BASELINE ? 'the baseline' : `trial ${number}`;
    const given = values.size > 0 ? ` (${formatValues(values)})` : '';
    return new PipelineError(code, `sweep ${this.#sweep.name}, ${which}${given}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
