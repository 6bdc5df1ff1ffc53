import type { SweepPlan } from '../pipelines/plan.js';
import type { TrialCounts } from '../io/runRecord.js';
import { PipelineError } from '../errors.js';
import { didYouMean } from '../config/suggest.js';
import { type EndedTrial, finalMetrics } from './results.js';
import type { BestTrial } from './sweepMonitor.js';
import { BASELINE } from './trials.js';

/** The trials that have ended, with the best of them. */
export class TrialLog {
  readonly #sweep: SweepPlan;
  readonly #ended: EndedTrial[] = [];
  #best: BestTrial | undefined;

  constructor(sweep: SweepPlan) {
    this.#sweep = sweep;
  }

  /** In the order of their numbers. */
  get ended(): EndedTrial[] {
    return this.#ended.toSorted((a, b) => a.trial.number - b.trial.number);
  }

  /** Of those that were done, without the baseline; of equal ones the first. */
  get best(): BestTrial | undefined {
    return this.#best;
  }

  /** The objective as the file names it. */
  get objective(): string | undefined {
    const { objective } = this.#sweep;
    return objective && `${objective.pipeline}.${objective.step}.${objective.metric}`;
  }

  counts(total: number): TrialCounts {
    const count = (wanted: string): number => this.#ended.filter(({ outcome }) => outcome.status === wanted).length;
    return { total, done: count('done'), abandoned: count('abandoned'), diverged: count('diverged') };
  }

  /** @throws PipelineError `badConfiguration` if a trial was done and has not measured the objective */
  add(ended: EndedTrial): void {
    this.#ended.push(ended);
    const { objective } = this;
    const { outcome, trial } = ended;
    if (objective === undefined || outcome.status !== 'done') return;
    const finals = finalMetrics(outcome.metrics);
    const value = finals.get(objective);
    if (value === undefined) throw unmeasured(objective, [...finals.keys()]);
    if (trial.number === BASELINE || Number.isNaN(value) || !this.#isBetter(value, trial.number)) return;
    this.#best = { trial: trial.number, value, values: Object.fromEntries(trial.values) };
  }

  #isBetter(value: number, number: number): boolean {
    const best = this.#best;
    if (!best) return true;
    if (value === best.value) return number < best.trial;
    return this.#sweep.minimize ? value < best.value : value > best.value;
  }
}

function unmeasured(objective: string, measured: readonly string[]): PipelineError {
  const found = measured.length > 0 ? measured.join(', ') : 'nothing';
  return new PipelineError(
    'badConfiguration',
    `the trial has not measured the objective ${objective}, but ${found}${didYouMean(objective, measured)}`,
  );
}
