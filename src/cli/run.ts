import { PipelineError } from '../errors.js';
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
  const progress = new Progress(process.stderr);
  const interruption = new AbortController();
  const stopListening = onInterrupt((signal) => {
    interruption.abort(
      new PipelineError('interrupted', `stopped by ${signal}: outputs under way were removed, finished ones stay`),
    );
  });
  try {
    const reports = await runPlan(plan, {
      ...(args.pipelines.length > 0 && { pipelines: args.pipelines }),
      ...(args.workers !== undefined && { workers: args.workers }),
      signal: interruption.signal,
      onStart: (monitor) => progress.start(monitor),
      onEnd: (report) => progress.end(report),
    });
    // Standard output belongs to the data if a sink writes there.
    const writesToStdout = reports.some(({ outputs }) => outputs.some(({ path }) => path === '-'));
    const text = args.json
      ? JSON.stringify({ run: plan.fingerprint, pipelines: reports }, null, 2)
      : summaryLines(reports).join('\n');
    (writesToStdout ? process.stderr : process.stdout).write(`${text}\n`);
    return exitCodes.success;
  } finally {
    progress.stop();
    stopListening();
  }
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
