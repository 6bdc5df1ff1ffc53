import type { Plan } from '../pipelines/plan.js';
import { writesToStandardOutput } from '../pipelines/resumption.js';
import { commitTasks } from '../tasks/commit.js';
import { memorySize, wholeNumber } from './arguments.js';
import { exitCodes } from './exitCodes.js';
import { interruptible } from './interrupts.js';
import { type PlanArguments, planOrReport } from './planArguments.js';
import { print } from './print.js';
import { TerminalLog } from './runLog.js';
import { summaryLines } from './summary.js';

export interface CommitArguments extends Pick<PlanArguments, 'operators' | 'allow-write'> {
  /** The files. */
  readonly plan: string;
  readonly manifest: string;
  /** As it was typed. */
  readonly workers: string | undefined;
  readonly memory: string | undefined;
  readonly json: boolean;
}

/** `soapstream commit`. @returns the exit code */
export async function commit({ plan, manifest, workers, memory, json, ...trusted }: CommitArguments): Promise<number> {
  const most = memorySize('--memory', memory);
  const log = new TerminalLog();
  let loaded: Plan | undefined;
  const committed = await interruptible((signal) =>
    commitTasks(
      { plan, manifest },
      async ({ file, set, profile, out, limit }) =>
        (loaded = await planOrReport({ file, set, profile, out, limit, memory: most, ...trusted })),
      {
        signal,
        ...(workers !== undefined && { workers: wholeNumber('--workers', workers) }),
        onStart: (monitor) => log.pipelineStart(monitor),
        onEnd: (report) => log.pipelineEnd(report),
      },
    ),
  ).finally(() => log.rest());
  if (!committed) return exitCodes.configuration;
  const { reports, waiting } = committed;
  const isTaken = writesToStandardOutput(
    loaded!,
    reports.map(({ pipeline }) => pipeline),
  );
  const text = json ? JSON.stringify({ pipelines: reports, waiting }, null, 2) : summaryLines(reports).join('\n');
  print(text, isTaken ? process.stderr : process.stdout);
  if (waiting.length > 0) log.notice(`plan next: ${waiting.join(', ')}`);
  return exitCodes.success;
}
