import { readRunRecord, type RunOutput, type TrialCounts } from '../io/runRecord.js';
import type { Plan, SweepPlan } from '../pipelines/plan.js';
import { recordPath, recordRun } from '../pipelines/runRecord.js';

/** The record of a sweep's run, which goes on where that of an interrupted one was. */
export class SweepRecord {
  readonly #plan: Plan;
  readonly #sweep: SweepPlan;
  readonly #openedAt = performance.now();
  readonly #started: string;
  /** Of earlier runs. */
  readonly #seconds: number;

  private constructor(plan: Plan, sweep: SweepPlan, earlier: { readonly started: string; readonly seconds: number }) {
    this.#plan = plan;
    this.#sweep = sweep;
    this.#started = earlier.started;
    this.#seconds = earlier.seconds;
  }

  static async open(plan: Plan, sweep: SweepPlan): Promise<SweepRecord> {
    // One that cannot be read is as good as none.
    const found = await readRunRecord(recordPath(plan, sweep.name)).catch(() => undefined);
    const isSame =
      found?.kind === 'sweep' &&
      found.run === plan.fingerprint &&
      JSON.stringify(found.definition) === JSON.stringify(sweep.definition);
    return new SweepRecord(plan, sweep, isSame ? found : { started: new Date().toISOString(), seconds: 0 });
  }

  async write(trials: TrialCounts, outputs: readonly RunOutput[]): Promise<void> {
    await recordRun(this.#plan, 'sweep', this.#sweep, {
      run: this.#plan.fingerprint,
      started: this.#started,
      seconds: this.#seconds + (performance.now() - this.#openedAt) / 1000,
      outputs,
      trials,
    });
  }
}
