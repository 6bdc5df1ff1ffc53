import { isModulePath } from '../config/catalogue.js';
import { PipelineError } from '../errors.js';
import type { PipelineMonitor, StepMeter } from './monitor.js';
import type { PipelinePlan } from './plan.js';

/**
 * Holds the counts of a run to each other, when no row is on its way any more: what leaves one step arrives at the next, what leaves the last
 * is written, and each letter is.
 *
 * An operator of one's own may end its stream early, as `take` does: then rows before it stay behind, and nothing can be said.
 *
 * @throws PipelineError `internal` if a row was lost or doubled
 */
export function expectBalance({ name, steps, sinks }: PipelinePlan, { meters }: PipelineMonitor): void {
  if (steps.some(({ operator, definition }) => isModulePath(operator) && definition.independent !== true)) return;
  const flow = meters.filter(({ kind }) => kind !== 'sink');
  const fail = (from: StepMeter, to: StepMeter): never => {
    const detail = `rows do not add up: ${from.rowsOut} left ${from.id}, ${to.rowsIn} arrived at ${to.id}`;
    throw new PipelineError('internal', detail, { place: { pipeline: name } });
  };
  for (const [i, meter] of flow.slice(1).entries()) if (flow[i]!.rowsOut !== meter.rowsIn) fail(flow[i]!, meter);
  const last = flow.at(-1)!;
  const written = meters.filter(({ kind }) => kind === 'sink').slice(0, sinks.length);
  for (const sink of written) if (last.rowsOut !== sink.rowsIn) fail(last, sink);
}
