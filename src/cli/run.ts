import { PipelineError } from '../errors.js';
import { formatName } from '../config/paths.js';
import { suggest } from '../config/suggest.js';
import { STANDARD_STREAM } from '../io/paths.js';
import type { Plan } from '../pipelines/plan.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import type { RunRecord } from '../io/runRecord.js';
import { previewRun, runPlan } from '../pipelines/runPlan.js';
import type { SweepReport } from '../sweeps/runSweep.js';
import { exitCodes } from './exitCodes.js';
import { formatTable } from './format.js';
import { onInterrupt } from './interrupts.js';
import { type PlanArguments, planOrReport } from './planArguments.js';
import { print } from './print.js';
import { pipelineOutcome, Progress } from './progress.js';
import { pipelineView } from './progressView.js';
import { skippedLines, summaryLines, sweepSummary } from './summary.js';
import { sweepOutcome, sweepView } from './sweepView.js';

export interface RunArguments extends PlanArguments {
  readonly pipelines: readonly string[];
  readonly workers?: number | undefined;
  readonly json: boolean;
  /** Run what has not changed, too. */
  readonly force: boolean;
  /** Say what would run, and why. */
  readonly dryRun: boolean;
}

/** `soapstream run`. @returns the exit code */
export async function run(args: RunArguments): Promise<number> {
  const plan = await planOrReport(args);
  if (!plan) return exitCodes.configuration;
  const { pipelines, sweeps } = chosen(plan, args.pipelines.length > 0 ? args.pipelines : plan.defaultPipelines);
  if (args.dryRun) {
    print(await preview(plan, pipelines, sweeps, !args.force));
    return exitCodes.success;
  }
  const progress = new Progress(process.stderr);
  const interruption = new AbortController();
  const stopListening = onInterrupt((signal) => {
    interruption.abort(
      new PipelineError('interrupted', `stopped by ${signal}: outputs under way were removed, finished ones stay`),
    );
  });
  const finished: PipelineReport[] = [];
  const skipped: RunRecord[] = [];
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
      skipUnchanged: !args.force,
      onSkip: (record) => skipped.push(record),
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
    const unchanged = skipped.map(({ name, started, outputs }) => ({ pipeline: name, started, outputs }));
    const report = {
      run: plan.fingerprint,
      pipelines: finished,
      unchanged,
      ...(sweeps.length > 0 && { sweeps: swept }),
    };
    const lines = [...summaryLines(finished), ...skippedLines(skipped), ...sweepSummary(swept)];
    if (args.json) print(JSON.stringify(report, null, 2), stream);
    else if (lines.length > 0) print(lines.join('\n'), stream);
  }
}

/** What would run, a line each. */
async function preview(
  plan: Plan,
  pipelines: readonly string[],
  sweeps: readonly string[],
  skipUnchanged: boolean,
): Promise<string> {
  const reasons = await previewRun(plan, pipelines, { skipUnchanged });
  const lines = [...reasons].map(([name, reason]) => [name, reason === undefined ? 'unchanged' : `runs: ${reason}`]);
  const swept = sweeps.map((name) => [name, 'runs the trials that have not ended']);
  return formatTable([...lines, ...swept]).join('\n');
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
  const pipelines = names.map((name) => plan.pipelines.get(name));
  return pipelines.some((pipeline) =>
    [...(pipeline?.sinks ?? []), pipeline?.metrics].some((sink) => sink?.writes === STANDARD_STREAM),
  );
}
