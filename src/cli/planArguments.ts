import { loadPlan } from '../pipelines/loadPlan.js';
import type { Plan } from '../pipelines/plan.js';
import { renderDiagnostics } from '../config/renderDiagnostics.js';
import { wantsColor } from './terminal.js';

/** What every command that reads a pipeline file takes. */
export interface PlanArguments {
  readonly file: string;
  readonly set: readonly string[];
  readonly out: string;
}

/** The plan; undefined if something is wrong with the file, which then stands on standard error. */
export async function planOrReport({ file, set, out }: PlanArguments): Promise<Plan | undefined> {
  const loaded = await loadPlan(file, { settings: set, outDirectory: out });
  const sources = new Map([[loaded.file, loaded.text]]);
  const text = renderDiagnostics(loaded.diagnostics, { sources, color: wantsColor(process.stderr) });
  if (text !== '') process.stderr.write(`${text}\n`);
  return loaded.plan;
}
