import type { Diagnostics } from '../config/diagnostics.js';
import { renderDiagnostics } from '../config/renderDiagnostics.js';
import { type LoadedPlan, loadPlan } from '../pipelines/loadPlan.js';
import type { Plan } from '../pipelines/plan.js';
import { checkSweeps } from '../sweeps/checkSweeps.js';
import { wantsColor } from './print.js';
import { allowedOperators } from './allowedOperators.js';

/** What every command that reads a pipeline file takes. */
export interface PlanArguments {
  readonly file: string;
  readonly set: readonly string[];
  readonly profile?: string | undefined;
  /** Default: that of `loadPlan`. */
  readonly out?: string | undefined;
  readonly limit?: number | undefined;
  /** Modules that may be loaded, as they were typed. */
  readonly operators: readonly string[];
  /** Folders that may be written below, as they were typed. */
  readonly 'allow-write': readonly string[];
  /** Seconds. */
  readonly batchTimeout?: number | undefined;
  /** Bytes. */
  readonly memory?: number | undefined;
}

/** That there are more mistakes than are shown; empty if there are not. */
export function omittedLine({ omitted }: Diagnostics): string {
  return omitted > 0 ? `and ${omitted} more that are not shown\n` : '';
}

/** Reads the file and checks everything that can be checked without data, the trials of sweeps too. */
export async function loadArguments({
  file,
  set,
  profile,
  out,
  limit,
  batchTimeout,
  memory,
  operators,
  'allow-write': allowWrite,
}: PlanArguments): Promise<LoadedPlan> {
  const options = {
    settings: set,
    outDirectory: out,
    limit,
    batchTimeout,
    memory,
    operators: await allowedOperators(operators),
    writable: allowWrite,
    ...(profile !== undefined && { profile }),
  };
  return checkSweeps(await loadPlan(file, options));
}

/** The plan; undefined if something is wrong with the file, which then stands on standard error. */
export async function planOrReport(args: PlanArguments): Promise<Plan | undefined> {
  const loaded = await loadArguments(args);
  reportDiagnostics(loaded);
  return loaded.plan;
}

/** Tells on standard error what is wrong with a file, with code frames. @returns whether there was anything to tell */
export function reportDiagnostics({ diagnostics, file, text }: LoadedPlan): boolean {
  const found = renderDiagnostics(diagnostics, { sources: new Map([[file, text]]), color: wantsColor(process.stderr) });
  if (found !== '') process.stderr.write(`${found}\n${omittedLine(diagnostics)}`);
  return found !== '';
}
