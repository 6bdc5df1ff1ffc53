import { readRunRecord, type RunOutput, type TrialCounts } from '../io/runRecord.js';
import type { Plan, SweepPlan } from '../pipelines/plan.js';
import { recordPath, recordRun } from '../pipelines/runRecord.js';

/** Gives what writes the record of a sweep's run, which goes on where that of an interrupted one was. */
export async function openSweepRecord(
  plan: Plan,
  sweep: SweepPlan,
): Promise<(trials: TrialCounts, outputs: readonly RunOutput[]) => Promise<void>> {
  const openedAt = performance.now();
  const run = plan.fingerprint;
  // One that cannot be read is as good as none.
  const found = await readRunRecord(recordPath(plan, sweep.name)).catch(() => undefined);
  const isSame =
    found?.kind === 'sweep' &&
    found.run === run &&
    JSON.stringify(found.definition) === JSON.stringify(sweep.definition);
  const { started, seconds: earlier } = isSame ? found : { started: new Date().toISOString(), seconds: 0 };
  return (trials, outputs) => {
    const seconds = earlier + (performance.now() - openedAt) / 1000;
    return recordRun(plan, 'sweep', sweep, { run, started, seconds, outputs, trials });
  };
}
