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
  pipelines: ReadonlyMap<string, PipelineEntry>,
  shape: ShapeCheck,
): ReadonlyMap<string, SweepEntry> {
  const reader = new SweepReader(document, pipelines, shape);
  return new Map(reader.sweeps().map((sweep) => [sweep.name, sweep]));
}

class SweepReader {
  readonly #document: PipelineDocument;
  readonly #pipelines: ReadonlyMap<string, PipelineEntry>;
  readonly #shape: ShapeCheck;
  /** The variables that the file declares. */
  readonly #variables: readonly string[];
  #isSound = true;

  constructor(document: PipelineDocument, pipelines: ReadonlyMap<string, PipelineEntry>, shape: ShapeCheck) {
    this.#document = document;
    this.#pipelines = pipelines;
    this.#shape = shape;
    this.#variables = Object.keys(childOf(document.value, 'variables') ?? {});
  }

  sweeps(): SweepEntry[] {
    const sweeps = entriesOf(childOf(this.#document.value, 'sweeps'));
    return sweeps.flatMap(([name, value]) => this.#sweep(name, value) ?? []);
  }

  #sweep(name: string, value: unknown): SweepEntry | undefined {
    this.#isSound = true;
    const path = ['sweeps', name];
    if (this.#pipelines.has(name)) this.#error(path, 'key', 'there is a pipeline of that name, choose another');
    const options = checkOptions(sweepOptions, value, path, this.#document, this.#shape.diagnostics);
    if (options === undefined) return undefined;
    const { description, sample, minimize, abandon } = options;
    const known = [...this.#pipelines.keys()];
    const pipelines = this.#shape.known(options.pipelines, [...path, 'pipelines'], 'pipeline', known);
    if (pipelines.length < options.pipelines.length) this.#isSound = false;
    const parameters = this.#parameters(options, [...path, 'over']);
    const baseline = this.#baseline(options, parameters, [...path, 'baseline']);
    const objective = this.#objective(options, path);
    if (!this.#isSound) return undefined;
    return {
      name,
      path,
      ...(description !== undefined && { description }),
      pipelines,
      pipelinesPlace: this.#document.locate([...path, 'pipelines'], 'value'),
      parameters,
      ...(sample && { sample }),
      ...(objective && { objective }),
      minimize,
      ...(baseline && { baseline }),
      ...(abandon && { abandon }),
    };
  }

  #parameters({ over, sample }: SweepOptions, path: Path): Parameter[] {
    const entries = Object.entries(over);
    if (entries.length === 0) this.#error(path, 'value', 'expected at least one variable, got none');
    const parameters = entries.flatMap(([name, value]) => {
      const at = [...path, name];
      if (Array.isArray(value)) return this.#isVariable(name, at) ? this.#list(name, value, at) : [];
      if (hasOwnKey(value, 'cases')) return this.#cases(name, value, at) ?? [];
      if (isMapping(value)) return this.#isVariable(name, at) ? (this.#range(name, value, at, sample) ?? []) : [];
      const wanted = 'a list of values, a range { from, to } or { cases }';
      this.#error(at, 'value', `expected ${wanted}, got ${describeValue(value)}`);
      return [];
    });
    this.#rejectRivals(parameters, path);
    return parameters;
  }

  #list(name: string, items: readonly unknown[], path: Path): ListParameter {
    if (items.length === 0) this.#error(path, 'value', 'expected at least one value, got none');
    const values = items.flatMap((value, index): SweepValue[] => {
      const at = [...path, index];
      if (!isScalarValue(value) || value === null) {
        this.#error(at, 'value', `expected a string, number or boolean, got ${describeValue(value)}`);
        return [];
      }
      const first = items.indexOf(value);
      if (first < index) this.#error(at, 'value', `${describeValue(value)} is given twice`);
      return [this.#valueAt(at, value)];
    });
    return { kind: 'list', name, values };
  }

  #range(name: string, value: unknown, path: Path, sample: SweepOptions['sample']): Parameter | undefined {
    const range = checkOptions(rangeOptions, value, path, this.#document, this.#shape.diagnostics);
    if (range === undefined) return this.#fail();
    if (sample && range.count !== undefined) {
      this.#error([...path, 'count'], 'key', 'has no meaning with sample, which draws from the whole range');
    } else if (!sample && range.count === undefined && !range.integer) {
      this.#error(path, 'key', 'expected count, the number of values of the grid, or a sample of the range');
    }
    const locate = (key: string): SweepValue['place'] => this.#document.locate([...path, key], 'value');
    const places = { from: locate('from'), to: locate('to'), between: this.#document.locate(path, 'key') };
    return { kind: 'range', name, ...range, places };
  }

  #cases(name: string, value: unknown, path: Path): CasesParameter | undefined {
    const options = checkOptions(casesOptions, value, path, this.#document, this.#shape.diagnostics);
    if (options === undefined) return this.#fail();
    if (this.#variables.includes(name)) {
      this.#error(path, 'key', 'cases set variables by themselves, give them a name that is no variable');
    }
    const at = [...path, 'cases'];
    const cases = Object.entries(options.cases);
    if (cases.length === 0) this.#error(at, 'value', 'expected at least one case, got none');
    return {
      kind: 'cases',
      name,
      cases: new Map(cases.map(([key, values]) => [key, this.#values(values, [...at, key])])),
    };
  }

  /** Values by variable. */
  #values(values: Readonly<Record<string, Scalar>>, path: Path): ReadonlyMap<string, SweepValue> {
    const known = Object.entries(values).filter(([name]) => this.#isVariable(name, [...path, name]));
    return new Map(known.map(([name, value]) => [name, this.#valueAt([...path, name], value)]));
  }

  #baseline(
    { baseline }: SweepOptions,
    parameters: readonly Parameter[],
    path: Path,
  ): SweepEntry['baseline'] | undefined {
    if (baseline === undefined) return undefined;
    const found = new Map<string, SweepValue>();
    for (const [name, value] of Object.entries(baseline)) {
      const at = [...path, name];
      const parameter = parameters.find((each) => each.name === name && each.kind === 'cases');
      if (parameter?.kind === 'cases') this.#expectCase(parameter, value, at);
      else if (!this.#isVariable(name, at)) continue;
      found.set(name, this.#valueAt(at, value));
    }
    return found;
  }

  #expectCase({ cases }: CasesParameter, value: Scalar, path: Path): void {
    const names = [...cases.keys()];
    if (cases.has(String(value))) return;
    const message = `expected ${listChoices(names)}, got ${describeValue(value)}`;
    this.#error(path, 'value', message, suggest(String(value), names));
  }

  #objective({ objective, minimize, abandon, pipelines }: SweepOptions, path: Path): Objective | undefined {
    if (objective === undefined) {
      if (abandon) this.#error([...path, 'abandon'], 'key', 'needs the key objective beside it');
      if (minimize) this.#error([...path, 'minimize'], 'key', 'needs the key objective beside it');
      return undefined;
    }
    const at = [...path, 'objective'];
    const [, pipeline = '', step = '', metric = ''] = /^([^.]+)\.(.+)\.([^.]+)$/.exec(objective) ?? [];
    const steps = (this.#pipelines.get(pipeline)?.steps ?? []).map(({ id }) => id);
    if (metric === '') {
      this.#error(at, 'value', `expected pipeline.step.metric, got ${describeValue(objective)}`);
    } else if (this.#isOneOf(pipeline, pipelines, at, 'the sweep has no pipeline') && this.#pipelines.has(pipeline)) {
      this.#isOneOf(step, steps, at, `pipeline ${pipeline} has no step`);
    }
    return { pipeline, step, metric };
  }

  #isOneOf(name: string, all: readonly string[], path: Path, problem: string): boolean {
    const isKnown = this.#shape.isOneOf(name, all, path, 'value', problem);
    this.#isSound &&= isKnown;
    return isKnown;
  }

  #isVariable(name: string, path: Path): boolean {
    if (this.#variables.includes(name)) return true;
    const message = `unknown variable, the file declares ${this.#variables.join(', ') || 'none'}`;
    this.#error(path, 'key', message, suggest(name, this.#variables));
    return false;
  }

  /** No two parameters may set the same variable. */
  #rejectRivals(parameters: readonly Parameter[], path: Path): void {
    const setBy = new Map<string, string>();
    for (const parameter of parameters) {
      const { name } = parameter;
      for (const variable of variablesOf(parameter)) {
        const other = setBy.get(variable);
        if (other === undefined) setBy.set(variable, name);
        else this.#error([...path, name], 'key', `sets the variable ${variable}, as ${other} does`);
      }
    }
  }

  #valueAt(path: Path, value: Scalar): SweepValue {
    return { value, place: this.#document.locate(path, 'value') };
  }

  #error(path: Path, part: 'key' | 'value', message: string, suggestion?: string): void {
    this.#isSound = false;
    this.#shape.error(path, part, message, suggestion);
  }

  /** Of what has been reported already. */
  #fail(): undefined {
    this.#isSound = false;
    return undefined;
  }
}

function variablesOf(parameter: Parameter): ReadonlySet<string> {
  if (parameter.kind !== 'cases') return new Set([parameter.name]);
  const variables = new Set<string>();
  for (const values of parameter.cases.values()) for (const variable of values.keys()) variables.add(variable);
  return variables;
}
