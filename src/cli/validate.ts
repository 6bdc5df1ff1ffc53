import { typeName } from '../arrow/typeName.js';
import { loadPlan } from '../pipelines/loadPlan.js';
import type { PipelinePlan } from '../pipelines/plan.js';
import { renderDiagnostics } from '../config/renderDiagnostics.js';
import { exitCodes } from './exitCodes.js';
import { formatTable } from './format.js';
import type { PlanArguments } from './planArguments.js';
import { wantsColor } from './terminal.js';

/** `soapstream validate`. @returns the exit code */
export async function validate({ file, set, out, json }: PlanArguments & { readonly json: boolean }): Promise<number> {
  const { plan, diagnostics, text, file: name } = await loadPlan(file, { settings: set, outDirectory: out });
  if (json) {
    process.stdout.write(`${JSON.stringify({ valid: plan !== undefined, diagnostics }, null, 2)}\n`);
  } else {
    const found = renderDiagnostics(diagnostics, {
      sources: new Map([[name, text]]),
      color: wantsColor(process.stderr),
    });
    if (found !== '') process.stderr.write(`${found}\n\n`);
    const errors = diagnostics.sorted().filter(({ severity }) => severity === 'error').length;
    if (!plan) process.stderr.write(`${name}: ${errors} ${errors === 1 ? 'error' : 'errors'}\n`);
  }
  if (!plan) return exitCodes.configuration;
  if (!json) {
    const lines = plan.order.flatMap((pipeline) => describe(plan.pipelines.get(pipeline)!));
    process.stdout.write(`${[`${name} is valid`, ...lines].join('\n')}\n`);
  }
  return exitCodes.success;
}

/** Each step of a pipeline with the columns that leave it. */
function describe({ name, source, steps, sinks }: PipelinePlan): string[] {
  const rows = [{ id: source.definition.name, output: source.output }, ...steps].map(({ id, output }) => [
    id,
    output ? output.fields.map((field) => `${field.name}: ${typeName(field.type)}`).join(', ') : 'known when it runs',
  ]);
  const writes = sinks.map(({ definition, writes: path }) => [`→ ${definition.name}`, path]);
  const note = sinks.length > 1 ? ['  the slowest of its sinks sets the pace'] : [];
  return ['', name, ...formatTable([...rows, ...writes]).map((line) => `  ${line}`), ...note];
}
