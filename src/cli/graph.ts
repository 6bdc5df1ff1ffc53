import { type GraphFormat, renderGraph } from '../pipelines/graph.js';
import { exitCodes } from './exitCodes.js';
import { type PlanArguments, planOrReport } from './planArguments.js';

/** `soapstream graph`. @returns the exit code */
export async function graph({ format, ...args }: PlanArguments & { readonly format: GraphFormat }): Promise<number> {
  const plan = await planOrReport(args);
  if (!plan) return exitCodes.configuration;
  process.stdout.write(renderGraph(plan, format));
  return exitCodes.success;
}
