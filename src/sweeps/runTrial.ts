import { messageOf, PipelineError } from '../errors.js';
import type { TrialStatus } from '../io/runRecord.js';
import { planTrial } from '../pipelines/loadPlan.js';
import type { MetricRecord } from '../pipelines/metricsBatch.js';
import type { PlanOrigin, TrialScope } from '../pipelines/plan.js';
import { runPlan } from '../pipelines/runPlan.js';
import { fallsBehind, type TrialMetric, type Watch } from './abandon.js';

/** Everything that a trial needs, as plain data: it may run on another thread. */
export interface TrialTask {
  readonly origin: PlanOrigin;
  readonly scope: TrialScope;
  /** The trial's name in the metrics: its fingerprint. */
  readonly run: string;
  readonly watch?: Watch;
}

/** How a trial has ended. */
export interface TrialOutcome {
  readonly status: TrialStatus;
  /** Why, of one that diverged. */
  readonly reason?: string;
  readonly metrics: readonly TrialMetric[];
}

/**
 * Runs the pipelines of a trial on this thread, one after the other.
 * @throws PipelineError of any failure but divergence; the reason of `signal`
 */
export async function runTrial({ origin, scope, run, watch }: TrialTask, signal: AbortSignal): Promise<TrialOutcome> {
  const { plan, diagnostics } = await planTrial(origin, scope);
  if (!plan) {
    const problem = diagnostics.sorted().find(({ severity }) => severity === 'error');
    throw new PipelineError('badConfiguration', problem?.message ?? 'the file is not sound any more');
  }
  const metrics: TrialMetric[] = [];
  const abandonment = new AbortController();
  const onMetric = (record: MetricRecord): void => {
    // What still arrives after the decision depends on how fast it is carried out.
    if (abandonment.signal.aborted) return;
    const { run: _run, ...metric } = record;
    metrics.push(metric);
    if (watch && fallsBehind(watch, metric))
      abandonment.abort(new PipelineError('interrupted', 'the trial fell behind others'));
  };
  try {
    await runPlan(plan, {
      pipelines: scope.runs,
      workers: 0,
      run,
      signal: AbortSignal.any([signal, abandonment.signal]),
      onMetric,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (abandonment.signal.aborted) return { status: 'abandoned', metrics };
    // A training that says that it came to nothing: in a sweep that is a result like others.
    if (!(error instanceof PipelineError) || error.code !== 'diverged') throw error;
    return { status: 'diverged', reason: messageOf(error), metrics };
  }
  return { status: abandonment.signal.aborted ? 'abandoned' : 'done', metrics };
}
