import { describeValue, listChoices, orExpected } from './describe.js';
import type { Diagnostics } from './diagnostics.js';
import type { PipelineDocument } from './document.js';
import { childOf, formatName, formatPath, hasOwnKey, isMapping, NAME, NAME_RULE, type Path } from './paths.js';
import { readSweeps } from './readSweeps.js';
import { suggest } from './suggest.js';
import type { SweepEntry } from './sweepEntry.js';

/** A source, step or sink as the file names it; neither its name nor its options are checked yet. */
export interface ComponentEntry {
  readonly name: string;
  /** Of a step unique in its pipeline: its `id`, or else its name. */
  readonly id: string;
  /** `{}` where the file gives none; undefined where a variable in their place could not be resolved. */
  readonly options: unknown;
  /** Of the options in the document; ends with the name. */
  readonly path: Path;
}

export interface PipelineEntry {
  readonly name: string;
  readonly path: Path;
  readonly description?: string;
  /** Missing only if it is faulty. */
  readonly source?: ComponentEntry;
  readonly steps: readonly ComponentEntry[];
  readonly sinks: readonly ComponentEntry[];
  /** Where the rows of metrics go. */
  readonly metrics?: ComponentEntry;
}

export interface PipelineFile {
  /** Names of the pipelines and sweeps that run when none is named. */
  readonly default: readonly string[];
  readonly pipelines: ReadonlyMap<string, PipelineEntry>;
  readonly sweeps: ReadonlyMap<string, SweepEntry>;
}

const ROOT_KEYS = ['variables', 'profiles', 'default', 'pipelines', 'sweeps'];
const PIPELINE_KEYS = ['description', 'source', 'steps', 'sinks', 'metrics'];

/** Checks the outer shape of a pipeline file. @returns what is well formed; everything else is reported */
export function readStructure(document: PipelineDocument, diagnostics: Diagnostics): PipelineFile {
  return new StructureReader(document, diagnostics).file();
}

class StructureReader {
  readonly #document: PipelineDocument;
  readonly #diagnostics: Diagnostics;

  constructor(document: PipelineDocument, diagnostics: Diagnostics) {
    this.#document = document;
    this.#diagnostics = diagnostics;
  }

  file(): PipelineFile {
    const root = this.#mapping(this.#document.value, []) ?? {};
    this.#rejectUnknownKeys(root, [], ROOT_KEYS);
    const pipelines = new Map<string, PipelineEntry>();
    if (this.#requireKey(root, 'pipelines', [])) {
      const path = ['pipelines'];
      const entries = Object.entries(this.#mapping(root['pipelines'], path) ?? {});
      if (isMapping(root['pipelines']) && entries.length === 0) {
        this.#error(path, 'value', 'expected at least one pipeline, got none');
      }
      for (const [name, value] of entries) {
        if (!NAME.test(name)) this.#error([...path, name], 'key', `expected ${NAME_RULE}`);
        pipelines.set(name, this.#pipeline(name, value, [...path, name]));
      }
    }
    const sweeps = readSweeps(this.#document, pipelines, this.#diagnostics);
    // One that is faulty is reported by itself, and not where it is named.
    const all = [...new Set([...pipelines.keys(), ...Object.keys(childOf(root, 'sweeps') ?? {})])];
    return { default: this.#default(root, all), pipelines, sweeps };
  }

  #default(root: Record<string, unknown>, all: readonly string[]): string[] {
    if (!hasOwnKey(root, 'default')) return [...all];
    const path = ['default'];
    const names = this.#list(root['default'], path);
    if (names?.length === 0) this.#error(path, 'value', 'expected at least one name of a pipeline or sweep, got none');
    const chosen = new Set<string>();
    for (const [index, name] of (names ?? []).entries()) {
      const at = [...path, index];
      if (name === undefined) continue;
      if (typeof name !== 'string')
        this.#error(at, 'value', `expected the name of a pipeline or sweep, got ${describeValue(name)}`);
      else if (chosen.has(name)) this.#error(at, 'value', `${formatName(name)} is named twice`);
      else if (all.includes(name)) chosen.add(name);
      else {
        const message = `there is no pipeline or sweep ${formatName(name)}${orExpected(all)}`;
        this.#error(at, 'value', message, suggest(name, all));
      }
    }
    return [...chosen];
  }

  #pipeline(name: string, value: unknown, path: Path): PipelineEntry {
    const nothing = { name, path, steps: [], sinks: [] };
    const pipeline = this.#mapping(value, path);
    if (pipeline === undefined) return nothing;
    this.#rejectUnknownKeys(pipeline, path, PIPELINE_KEYS);
    const description = this.#text(pipeline, 'description', path);
    const hasSource = this.#requireKey(pipeline, 'source', path);
    const source = hasSource ? this.#component(pipeline['source'], [...path, 'source'], 'source') : undefined;
    const metrics = hasOwnKey(pipeline, 'metrics')
      ? this.#component(pipeline['metrics'], [...path, 'metrics'], 'sink')
      : undefined;
    return {
      ...nothing,
      steps: this.#steps(pipeline, path),
      sinks: this.#items(pipeline, 'sinks', path).flatMap(([sink, at]) => this.#component(sink, at, 'sink') ?? []),
      ...(description !== undefined && { description }),
      ...(source !== undefined && { source }),
      ...(metrics !== undefined && { metrics }),
    };
  }

  #steps(pipeline: Record<string, unknown>, path: Path): ComponentEntry[] {
    const byId = new Map<string, ComponentEntry>();
    const steps = this.#items(pipeline, 'steps', path).flatMap(([step, at]) => {
      const entry = typeof step === 'string' ? bareStep(step, at) : this.#component(step, at, 'operator', ['id']);
      if (entry === undefined) return [];
      const id = this.#stepId(step, entry, at);
      return [{ ...entry, id }];
    });
    for (const step of steps) {
      const first = byId.get(step.id);
      if (first === undefined) byId.set(step.id, step);
      else this.#reportDuplicate(step, first);
    }
    return steps;
  }

  #stepId(step: unknown, { name }: ComponentEntry, path: Path): string {
    if (!hasOwnKey(step, 'id') || !isMapping(step)) return name;
    const { id } = step;
    const at = [...path, 'id'];
    if (id === 'source') this.#error(at, 'value', 'source means the source of the pipeline, choose another id');
    else if (typeof id === 'string' && NAME.test(id)) return id;
    else if (id !== undefined) this.#error(at, 'value', `expected ${NAME_RULE}, got ${describeValue(id)}`);
    return name;
  }

  #reportDuplicate({ id, path }: ComponentEntry, first: ComponentEntry): void {
    const holder = path.slice(0, -1);
    const isNamed = id !== path.at(-1);
    const remedy = isNamed ? 'choose another' : 'give one of them an id of its own (id: name beside the operator)';
    const message = `${formatPath(first.path.slice(0, -1))} has the id ${formatName(id)} too, ${remedy}`;
    if (isNamed) this.#error([...holder, 'id'], 'value', message);
    else this.#error(path, 'key', message, undefined, holder);
  }

  /** The one component that a mapping names, e.g. `parquet: { path: … }`. */
  #component(value: unknown, path: Path, kind: string, siblings: readonly string[] = []): ComponentEntry | undefined {
    const mapping = this.#mapping(value, path, `the name of one ${kind} with its options`);
    if (mapping === undefined) return undefined;
    const [name, ...more] = Object.keys(mapping).filter((key) => !siblings.includes(key));
    if (name === undefined) {
      this.#error(path, 'value', `expected the name of one ${kind}, got none`);
      return undefined;
    }
    const [second] = more;
    if (second !== undefined) {
      const misplaced = mapping[name] === null ? `; indent what are options of ${formatName(name)} further` : '';
      const found = listChoices([name, ...more].map(formatName)).replace(' or ', ' and ');
      this.#error([...path, second], 'key', `expected one ${kind}, got ${found}${misplaced}`, undefined, path);
      return undefined;
    }
    return { name, id: name, options: mapping[name] === null ? {} : mapping[name], path: [...path, name] };
  }

  #items(parent: Record<string, unknown>, key: string, path: Path): [item: unknown, path: Path][] {
    if (!hasOwnKey(parent, key)) return [];
    const at = [...path, key];
    return (this.#list(parent[key], at) ?? []).map((item, index) => [item, [...at, index]]);
  }

  #text(parent: Record<string, unknown>, key: string, path: Path): string | undefined {
    const value = parent[key];
    if (!hasOwnKey(parent, key) || value === undefined) return undefined;
    if (typeof value === 'string') return value;
    const at = [...path, key];
    const text = this.#document.variableText(at);
    if (text === undefined) this.#error(at, 'value', `expected a string, got ${describeValue(value)}`);
    return text;
  }

  #mapping(value: unknown, path: Path, wanted = 'a mapping'): Record<string, unknown> | undefined {
    if (isMapping(value)) return value;
    if (value !== undefined) this.#error(path, 'value', `expected ${wanted}, got ${describeValue(value)}`);
    return undefined;
  }

  #list(value: unknown, path: Path): unknown[] | undefined {
    if (Array.isArray(value)) return value;
    if (value !== undefined) this.#error(path, 'value', `expected a list, got ${describeValue(value)}`);
    return undefined;
  }

  #requireKey(mapping: Record<string, unknown>, key: string, path: Path): boolean {
    if (hasOwnKey(mapping, key)) return true;
    // A misspelt key is reported by itself.
    if (!Object.keys(mapping).some((other) => suggest(other, [key]) !== undefined)) {
      this.#error(path, 'key', `the key ${key} is missing`);
    }
    return false;
  }

  #rejectUnknownKeys(mapping: Record<string, unknown>, path: Path, known: readonly string[]): void {
    for (const key of Object.keys(mapping)) {
      if (!known.includes(key))
        this.#error([...path, key], 'key', `unknown key${orExpected(known)}`, suggest(key, known));
    }
  }

  /** `subject` names the place in the message, where that is not the path. */
  #error(path: Path, part: 'key' | 'value', message: string, suggestion?: string, subject = path): void {
    const name = formatPath(subject);
    const text = name === '' ? message : `${name}: ${message}`;
    this.#diagnostics.error(this.#document.locate(path, part), text, suggestion);
  }
}

function bareStep(name: string, path: Path): ComponentEntry {
  return { name, id: name, options: {}, path: [...path, name] };
}
