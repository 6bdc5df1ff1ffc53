import { type GraphFormat, renderGraph } from '../pipelines/graph.js';
import { exitCodes } from './exitCodes.js';
import { type PlanArguments, planOrReport } from './planArguments.js';
import { print } from './print.js';

/** `soapstream graph`. @returns the exit code */
export async function graph({ format, ...args }: PlanArguments & { readonly format: GraphFormat }): Promise<number> {
  const plan = await planOrReport(args);
  if (!plan) return exitCodes.configuration;
  print(renderGraph(plan, format).trimEnd());
  return exitCodes.success;
}
