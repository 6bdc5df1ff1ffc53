import { PipelineError } from '../errors.js';
import { formatName } from '../config/paths.js';
import { suggest } from '../config/suggest.js';
import { STANDARD_STREAM } from '../io/paths.js';
import { type Plan, writtenBy } from '../pipelines/plan.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import { runPlan } from '../pipelines/runPlan.js';
import type { SweepReport } from '../sweeps/runSweep.js';
import { exitCodes } from './exitCodes.js';
import { onInterrupt } from './interrupts.js';
import { type PlanArguments, planOrReport } from './planArguments.js';
import { print } from './print.js';
import { pipelineOutcome, Progress } from './progress.js';
import { pipelineView } from './progressView.js';
import { summaryLines, sweepSummary } from './summary.js';
import { sweepOutcome, sweepView } from './sweepView.js';

export interface RunArguments extends PlanArguments {
  readonly pipelines: readonly string[];
  readonly workers?: number | undefined;
  readonly json: boolean;
}

/** `soapstream run`. @returns the exit code */
export async function run(args: RunArguments): Promise<number> {
  const plan = await planOrReport(args);
  if (!plan) return exitCodes.configuration;
  const { pipelines, sweeps } = chosen(plan, args.pipelines.length > 0 ? args.pipelines : plan.defaultPipelines);
  const progress = new Progress(process.stderr);
  const interruption = new AbortController();
  const stopListening = onInterrupt((signal) => {
    interruption.abort(
      new PipelineError('interrupted', `stopped by ${signal}: outputs under way were removed, finished ones stay`),
    );
  });
  const finished: PipelineReport[] = [];
  const swept: SweepReport[] = [];
  const shared = {
    ...(args.workers !== undefined && { workers: args.workers }),
    signal: interruption.signal,
    record: true,
  };
  try {
    await runPlan(plan, {
      ...shared,
      pipelines,
      onStart: (monitor) => progress.start(pipelineView(monitor)),
      onEnd: (report) => {
        finished.push(report);
        progress.end(pipelineOutcome(report));
      },
    });
    for (const name of sweeps) {
      const { runSweep } = await import('../sweeps/runSweep.js');
      const report = await runSweep(plan, name, {
        ...shared,
        onStart: (monitor) => progress.start(sweepView(monitor)),
      });
      swept.push(report);
      progress.end(sweepOutcome(report));
    }
    return exitCodes.success;
  } finally {
    progress.stop();
    stopListening();
    // What has finished is told in any case. Standard output belongs to the data if a sink writes there.
    const stream = writesToStandardOutput(plan, pipelines) ? process.stderr : process.stdout;
    const report = { run: plan.fingerprint, pipelines: finished, ...(sweeps.length > 0 && { sweeps: swept }) };
    const lines = [...summaryLines(finished), ...sweepSummary(swept)];
    if (args.json) print(JSON.stringify(report, null, 2), stream);
    else if (lines.length > 0) print(lines.join('\n'), stream);
  }
}

/** Pipelines and sweeps share one space of names; sweeps run last. */
function chosen(plan: Plan, names: readonly string[]): { pipelines: string[]; sweeps: string[] } {
  const unknown = names.find((name) => !plan.pipelines.has(name) && !plan.sweeps.has(name));
  if (unknown !== undefined) {
    const known = [...plan.order, ...plan.sweeps.keys()];
    const meant = suggest(unknown, known);
    const question = meant === undefined ? '' : `; did you mean ${meant}?`;
    const message = `there is no pipeline or sweep ${formatName(unknown)} in ${plan.file}, only ${known.join(', ')}${question}`;
    throw new PipelineError('badOption', message);
  }
  return {
    pipelines: names.filter((name) => plan.pipelines.has(name)),
    sweeps: [...plan.sweeps.keys()].filter((name) => names.includes(name)),
  };
}

function writesToStandardOutput(plan: Plan, names: readonly string[]): boolean {
  const pipelines = names.flatMap((name) => plan.pipelines.get(name) ?? []);
  return pipelines.some((pipeline) => writtenBy(pipeline).some(({ writes }) => writes === STANDARD_STREAM));
}
