/** `soapstream/pipelines`: pipelines and sweeps from YAML, checked and run. */
export { loadPlan, type LoadedPlan, type LoadOptions, planOf } from '../pipelines/loadPlan.js';
export type { PipelinePlan, Plan } from '../pipelines/plan.js';
export type { Bottleneck } from '../pipelines/bottleneck.js';
export type { PipelineMonitor, StepMeter } from '../pipelines/monitor.js';
export type { MetricRecord } from '../pipelines/metricsBatch.js';
export type { PipelineReport } from '../pipelines/runPipeline.js';
export { runPlan, type RunOptions } from '../pipelines/runPlan.js';
export type { RunRecord, StepReport } from '../io/runRecord.js';
export { checkSweeps } from '../sweeps/checkSweeps.js';
export { runSweep, type SweepReport, type SweepRunOptions } from '../sweeps/runSweep.js';
export type { SweepMonitor } from '../sweeps/sweepMonitor.js';
export type { Diagnostic, Diagnostics } from '../config/diagnostics.js';
export { renderDiagnostics } from '../config/renderDiagnostics.js';
