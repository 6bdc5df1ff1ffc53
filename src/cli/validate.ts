import { typeName } from '../arrow/typeName.js';
import type { PipelinePlan, SweepPlan } from '../pipelines/plan.js';
import { resumptionOf } from '../pipelines/resumption.js';
import type { Parameter } from '../config/sweepEntry.js';
import { gridChoices } from '../sweeps/parameterValues.js';
import { trialsOf } from '../sweeps/trials.js';
import { type Places, placesIn } from '../tasks/places.js';
import { checkTests } from '../testing/runTest.js';
import { type EngineArguments, expectTasks, tasksOf } from './engine.js';
import { exitCodes } from './exitCodes.js';
import { formatBytes, formatCount, formatTable } from '../format.js';
import { loadArguments, type PlanArguments, reportDiagnostics } from './planArguments.js';
import { placeLines } from './plan.js';
import { print } from './print.js';

export interface ValidateArguments extends PlanArguments, EngineArguments {
  readonly json: boolean;
}

/** `soapstream validate`. @returns the exit code */
export async function validate({ json, engine, tasks, ...args }: ValidateArguments): Promise<number> {
  expectTasks({ engine, tasks });
  const loaded = await loadArguments(args);
  const { diagnostics, file: name } = loaded;
  if (loaded.plan) await checkTests(loaded.plan, diagnostics);
  const plan = diagnostics.hasErrors ? undefined : loaded.plan;
  const places = plan && engine !== 'local' ? await placesIn(plan, tasksOf(tasks)) : undefined;
  if (json) {
    print(JSON.stringify({ valid: plan !== undefined, diagnostics, ...(places && { places }) }, null, 2));
  } else {
    if (reportDiagnostics(loaded)) process.stderr.write('\n');
    const errors = diagnostics.sorted().filter(({ severity }) => severity === 'error').length + diagnostics.omitted;
    if (!plan) print(`${name}: ${errors} ${errors === 1 ? 'error' : 'errors'}`, process.stderr);
  }
  if (!plan) return exitCodes.configuration;
  if (!json) {
    const lines = plan.order.flatMap((pipeline, i) => describe(plan.pipelines.get(pipeline)!, places?.[i]));
    const sweeps = [...plan.sweeps.values()].flatMap(describeSweep);
    print([`${name} is valid`, ...lines, ...sweeps].join('\n'));
  }
  return exitCodes.success;
}

/** What a run does after an interruption, and where its steps run. */
function endsOf(pipeline: PipelinePlan, places: Places | undefined): string[] {
  if (!places) return [resumptionOf(pipeline)];
  if (places.tasks === 0) return [resumptionOf(pipeline), ...describePlaces(places)];
  return ['after an interruption it begins anew, with all of its tasks', ...describePlaces(places)];
}

function describePlaces({ tasks, inputBytes, ...places }: Places): string[] {
  const bytes = tasks && inputBytes ? `, about ${formatBytes(inputBytes / tasks)} of the input each` : '';
  const count = tasks === null ? 'tasks: as many as its input will have parts' : `tasks: ${tasks}${bytes}`;
  return [count, ...placeLines(places).map((line) => line.trim())];
}

/** Each step of a pipeline with the columns that leave it. */
function describe(pipeline: PipelinePlan, places?: Places): string[] {
  const { name, source, steps, sinks, deadLetters } = pipeline;
  const rows = [{ id: source.definition.name, output: source.output }, ...steps].map(({ id, output }) => [
    id,
    output ? output.fields.map((field) => `${field.name}: ${typeName(field.type)}`).join(', ') : 'known when it runs',
  ]);
  const writes = sinks.map(({ definition, writes: path }) => [`→ ${definition.name}`, path]);
  const failing = [
    ...(deadLetters?.ofSource ? [source.definition.name] : []),
    ...steps.flatMap((step) => (step.onError ? step.id : [])),
  ];
  if (deadLetters)
    writes.push([`✗ ${failing.join(', ')} → ${deadLetters.sink.definition.name}`, deadLetters.sink.writes]);
  const notes = [...(sinks.length > 1 ? ['the slowest of its sinks sets the pace'] : []), ...endsOf(pipeline, places)];
  return ['', name, ...[...formatTable([...rows, ...writes]), ...notes].map((line) => `  ${line}`)];
}

/** The trials of a sweep and what changes from one to the next. */
function describeSweep(sweep: SweepPlan): string[] {
  const { name, pipelines, parameters, sample, baseline } = sweep;
  const kind = sample ? 'drawn at random' : 'in a grid';
  const trials = `${formatCount(trialsOf(sweep).length - (baseline ? 1 : 0))} trials ${kind}${baseline ? ' and a baseline' : ''}`;
  const rows = parameters.map((parameter) => [parameter.name, describeParameter(parameter, sample !== undefined)]);
  return ['', `${name}: ${trials} of ${pipelines.join(', ')}`, ...formatTable(rows).map((line) => `  ${line}`)];
}

function describeParameter(parameter: Parameter, isDrawn: boolean): string {
  if (parameter.kind === 'list') return parameter.values.map(({ value }) => String(value)).join(', ');
  if (parameter.kind === 'cases') return [...parameter.cases.keys()].join(', ');
  const { from, to, integer, scale } = parameter;
  const count = isDrawn ? '' : `${formatCount(gridChoices(parameter).length)} values, `;
  return `${count}${from} to ${to}${integer ? ', whole numbers' : ''}${scale === 'log' ? ', log' : ''}`;
}
