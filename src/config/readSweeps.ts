import type { ShapeCheck } from './checkShape.js';
import { describeValue, listChoices } from './describe.js';
import type { PipelineDocument } from './document.js';
import { checkOptions } from './options.js';
import { childOf, entriesOf, hasOwnKey, isMapping, type Path } from './paths.js';
import { isScalarValue, type Scalar } from './scalar.js';
import type { PipelineEntry } from './grammar.js';
import { suggest } from './suggest.js';
import type { CasesParameter, ListParameter, Objective, Parameter, SweepEntry, SweepValue } from './sweepEntry.js';
import { casesOptions, rangeOptions, sweepOptions, type SweepOptions } from './sweepOptions.js';

/** Checks the `sweeps` of a file. @returns those that are sound; everything else is reported */
export function readSweeps(
  document: PipelineDocument,
  all: ReadonlyMap<string, PipelineEntry>,
  shape: ShapeCheck,
): ReadonlyMap<string, SweepEntry> {
  /** Those that the file declares. */
  const variables = Object.keys(childOf(document.value, 'variables') ?? {});
  /** The sweep at hand. */
  let isSound = true;
  const sweeps = entriesOf(childOf(document.value, 'sweeps')).flatMap(([name, value]) => readSweep(name, value) ?? []);
  return new Map(sweeps.map((sweep) => [sweep.name, sweep]));

  function readSweep(name: string, value: unknown): SweepEntry | undefined {
    isSound = true;
    const path = ['sweeps', name];
    if (all.has(name)) refuse(path, 'key', 'there is a pipeline of that name, choose another');
    const options = checkOptions(sweepOptions, value, path, document, shape.diagnostics);
    if (options === undefined) return undefined;
    const { description, sample, minimize, abandon } = options;
    const known = [...all.keys()];
    const pipelines = shape.known(options.pipelines, [...path, 'pipelines'], 'pipeline', known);
    if (pipelines.length < options.pipelines.length) isSound = false;
    const parameters = readParameters(options, [...path, 'over']);
    const baseline = readBaseline(options, parameters, [...path, 'baseline']);
    const objective = readObjective(options, path);
    if (!isSound) return undefined;
    return {
      name,
      path,
      ...(description !== undefined && { description }),
      pipelines,
      pipelinesPlace: document.locate([...path, 'pipelines'], 'value'),
      parameters,
      ...(sample && { sample }),
      ...(objective && { objective }),
      minimize,
      ...(baseline && { baseline }),
      ...(abandon && { abandon }),
    };
  }

  function readParameters({ over, sample }: SweepOptions, path: Path): Parameter[] {
    const entries = Object.entries(over);
    if (entries.length === 0) refuse(path, 'value', 'expected at least one variable, got none');
    const parameters = entries.flatMap(([name, value]) => {
      const at = [...path, name];
      if (Array.isArray(value)) return isVariable(name, at) ? readList(name, value, at) : [];
      if (hasOwnKey(value, 'cases')) return readCases(name, value, at) ?? [];
      if (isMapping(value)) return isVariable(name, at) ? (readRange(name, value, at, sample) ?? []) : [];
      const wanted = 'a list of values, a range { from, to } or { cases }';
      refuse(at, 'value', `expected ${wanted}, got ${describeValue(value)}`);
      return [];
    });
    rejectRivals(parameters, path);
    return parameters;
  }

  function readList(name: string, items: readonly unknown[], path: Path): ListParameter {
    if (items.length === 0) refuse(path, 'value', 'expected at least one value, got none');
    const values = items.flatMap((value, index): SweepValue[] => {
      const at = [...path, index];
      if (!isScalarValue(value) || value === null) {
        refuse(at, 'value', `expected a string, number or boolean, got ${describeValue(value)}`);
        return [];
      }
      const first = items.indexOf(value);
      if (first < index) refuse(at, 'value', `${describeValue(value)} is given twice`);
      return [valueAt(at, value)];
    });
    return { kind: 'list', name, values };
  }

  function readRange(name: string, value: unknown, path: Path, sample: SweepOptions['sample']): Parameter | undefined {
    const range = checkOptions(rangeOptions, value, path, document, shape.diagnostics);
    if (range === undefined) return fail();
    if (sample && range.count !== undefined) {
      refuse([...path, 'count'], 'key', 'has no meaning with sample, which draws from the whole range');
    } else if (!sample && range.count === undefined && !range.integer) {
      refuse(path, 'key', 'expected count, the number of values of the grid, or a sample of the range');
    }
    const locate = (key: string): SweepValue['place'] => document.locate([...path, key], 'value');
    const places = { from: locate('from'), to: locate('to'), between: document.locate(path, 'key') };
    return { kind: 'range', name, ...range, places };
  }

  function readCases(name: string, value: unknown, path: Path): CasesParameter | undefined {
    const options = checkOptions(casesOptions, value, path, document, shape.diagnostics);
    if (options === undefined) return fail();
    if (variables.includes(name)) {
      refuse(path, 'key', 'cases set variables by themselves, give them a name that is no variable');
    }
    const at = [...path, 'cases'];
    const cases = Object.entries(options.cases);
    if (cases.length === 0) refuse(at, 'value', 'expected at least one case, got none');
    return {
      kind: 'cases',
      name,
      cases: new Map(cases.map(([key, values]) => [key, readValues(values, [...at, key])])),
    };
  }

  /** Values by variable. */
  function readValues(values: Readonly<Record<string, Scalar>>, path: Path): ReadonlyMap<string, SweepValue> {
    const known = Object.entries(values).filter(([name]) => isVariable(name, [...path, name]));
    return new Map(known.map(([name, value]) => [name, valueAt([...path, name], value)]));
  }

  function readBaseline(
    { baseline }: SweepOptions,
    parameters: readonly Parameter[],
    path: Path,
  ): SweepEntry['baseline'] | undefined {
    if (baseline === undefined) return undefined;
    const found = new Map<string, SweepValue>();
    for (const [name, value] of Object.entries(baseline)) {
      const at = [...path, name];
      const parameter = parameters.find((each) => each.name === name && each.kind === 'cases');
      if (parameter?.kind === 'cases') expectCase(parameter, value, at);
      else if (!isVariable(name, at)) continue;
      found.set(name, valueAt(at, value));
    }
    return found;
  }

  function expectCase({ cases }: CasesParameter, value: Scalar, path: Path): void {
    const names = [...cases.keys()];
    if (cases.has(String(value))) return;
    const message = `expected ${listChoices(names)}, got ${describeValue(value)}`;
    refuse(path, 'value', message, suggest(String(value), names));
  }

  function readObjective({ objective, minimize, abandon, pipelines }: SweepOptions, path: Path): Objective | undefined {
    if (objective === undefined) {
      if (abandon) refuse([...path, 'abandon'], 'key', 'needs the key objective beside it');
      if (minimize) refuse([...path, 'minimize'], 'key', 'needs the key objective beside it');
      return undefined;
    }
    const at = [...path, 'objective'];
    const [, pipeline = '', step = '', metric = ''] = /^([^.]+)\.(.+)\.([^.]+)$/.exec(objective) ?? [];
    const steps = (all.get(pipeline)?.steps ?? []).map(({ id }) => id);
    if (metric === '') {
      refuse(at, 'value', `expected pipeline.step.metric, got ${describeValue(objective)}`);
    } else if (isOneOf(pipeline, pipelines, at, 'the sweep has no pipeline') && all.has(pipeline)) {
      isOneOf(step, steps, at, `pipeline ${pipeline} has no step`);
    }
    return { pipeline, step, metric };
  }

  function isOneOf(name: string, known: readonly string[], path: Path, problem: string): boolean {
    const isKnown = shape.isOneOf(name, known, path, 'value', problem);
    isSound &&= isKnown;
    return isKnown;
  }

  function isVariable(name: string, path: Path): boolean {
    if (variables.includes(name)) return true;
    const message = `unknown variable, the file declares ${variables.join(', ') || 'none'}`;
    refuse(path, 'key', message, suggest(name, variables));
    return false;
  }

  /** No two parameters may set the same variable. */
  function rejectRivals(parameters: readonly Parameter[], path: Path): void {
    const setBy = new Map<string, string>();
    for (const parameter of parameters) {
      const { name } = parameter;
      for (const variable of variablesOf(parameter)) {
        const other = setBy.get(variable);
        if (other === undefined) setBy.set(variable, name);
        else refuse([...path, name], 'key', `sets the variable ${variable}, as ${other} does`);
      }
    }
  }

  function valueAt(path: Path, value: Scalar): SweepValue {
    return { value, place: document.locate(path, 'value') };
  }

  function refuse(path: Path, part: 'key' | 'value', message: string, suggestion?: string): void {
    isSound = false;
    shape.error(path, part, message, suggestion);
  }

  /** Of what has been reported already. */
  function fail(): undefined {
    isSound = false;
    return undefined;
  }
}

function variablesOf(parameter: Parameter): ReadonlySet<string> {
  if (parameter.kind !== 'cases') return new Set([parameter.name]);
  const variables = new Set<string>();
  for (const values of parameter.cases.values()) for (const variable of values.keys()) variables.add(variable);
  return variables;
}
