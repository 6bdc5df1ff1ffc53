import { PipelineError } from '../errors.js';
import { STANDARD_STREAM } from '../io/paths.js';
import type { Plan } from '../pipelines/plan.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import { runPlan } from '../pipelines/runPlan.js';
import { exitCodes } from './exitCodes.js';
import { type PlanArguments, planOrReport } from './planArguments.js';
import { Progress } from './progress.js';
import { summaryLines } from './summary.js';

export interface RunArguments extends PlanArguments {
  readonly pipelines: readonly string[];
  readonly workers?: number | undefined;
  readonly json: boolean;
}

/** `soapstream run`. @returns the exit code */
export async function run(args: RunArguments): Promise<number> {
  const plan = await planOrReport(args);
  if (!plan) return exitCodes.configuration;
  const names = args.pipelines.length > 0 ? args.pipelines : plan.defaultPipelines;
  const progress = new Progress(process.stderr);
  const interruption = new AbortController();
  const stopListening = onInterrupt((signal) => {
    interruption.abort(
      new PipelineError('interrupted', `stopped by ${signal}: outputs under way were removed, finished ones stay`),
    );
  });
  const finished: PipelineReport[] = [];
  try {
    await runPlan(plan, {
      pipelines: names,
      ...(args.workers !== undefined && { workers: args.workers }),
      signal: interruption.signal,
      onStart: (monitor) => progress.start(monitor),
      onEnd: (report) => {
        finished.push(report);
        progress.end(report);
      },
    });
    return exitCodes.success;
  } finally {
    progress.stop();
    stopListening();
    // What has finished is told in any case. Standard output belongs to the data if a sink writes there.
    const stream = writesToStandardOutput(plan, names) ? process.stderr : process.stdout;
    if (args.json) stream.write(`${JSON.stringify({ run: plan.fingerprint, pipelines: finished }, null, 2)}\n`);
    else if (finished.length > 0) stream.write(`${summaryLines(finished).join('\n')}\n`);
  }
}

function writesToStandardOutput(plan: Plan, names: readonly string[]): boolean {
  const pipelines = names.map((name) => plan.pipelines.get(name));
  return pipelines.some((pipeline) =>
    [...(pipeline?.sinks ?? []), pipeline?.metrics].some((sink) => sink?.writes === STANDARD_STREAM),
  );
}

/** The first signal asks the run to stop, the second ends the process at once. */
function onInterrupt(interrupt: (signal: string) => void): () => void {
  let asked = false;
  const listener = (signal: string): void => {
    if (asked) process.exit(exitCodes.interrupted);
    asked = true;
    interrupt(signal);
  };
  process.on('SIGINT', listener).on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener).off('SIGTERM', listener);
  };
}
