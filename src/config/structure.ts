import { ShapeCheck } from './checkShape.js';
import type { Diagnostics } from './diagnostics.js';
import type { PipelineDocument } from './document.js';
import {
  componentAt,
  type ComponentEntry,
  type ComponentKind,
  componentNames,
  onErrorOf,
  type PipelineEntry,
  pipelineFile,
} from './grammar.js';
import { childOf, entriesOf, formatName, formatPath, hasOwnKey, type Path } from './paths.js';
import { readSweeps } from './readSweeps.js';
import { readTests } from './readTests.js';
import type { SweepEntry } from './sweepEntry.js';
import type { TestEntry } from './readTests.js';

export interface PipelineFile {
  /** Names of the pipelines and sweeps that run when none is named. */
  readonly default: readonly string[];
  readonly pipelines: ReadonlyMap<string, PipelineEntry>;
  readonly sweeps: ReadonlyMap<string, SweepEntry>;
  readonly tests: ReadonlyMap<string, TestEntry>;
}

/** Checks the outer shape of a pipeline file. @returns what is well formed; everything else is reported */
export function readStructure(document: PipelineDocument, diagnostics: Diagnostics): PipelineFile {
  const { value } = document;
  const shape = new ShapeCheck(document, diagnostics);
  shape.check(value, pipelineFile, []);
  const entries = entriesOf(childOf(value, 'pipelines'));
  const pipelines = new Map(entries.map(([name, entry]) => [name, readPipeline(name, entry, shape)]));
  const sweeps = readSweeps(document, pipelines, shape);
  // One that is faulty is reported by itself, and not where it is named.
  const all = [...new Set([...pipelines.keys(), ...entriesOf(childOf(value, 'sweeps')).map(([name]) => name)])];
  const isChosen = hasOwnKey(value, 'default');
  const chosen = shape.known(childOf(value, 'default'), ['default'], 'pipeline or sweep', all);
  const tests = readTests(document, pipelines, shape);
  return { default: isChosen ? chosen : all, pipelines, sweeps, tests };
}

function readPipeline(name: string, value: unknown, shape: ShapeCheck): PipelineEntry {
  const path = ['pipelines', name];
  const description = shape.textAt([...path, 'description'], childOf(value, 'description'));
  const source = soundComponent(childOf(value, 'source'), [...path, 'source'], 'source');
  const metrics = soundComponent(childOf(value, 'metrics'), [...path, 'metrics'], 'sink');
  const deadLetters = soundComponent(childOf(value, 'deadLetters'), [...path, 'deadLetters'], 'sink');
  const [onError, maxErrors] = [onErrorOf(value), childOf(value, 'maxErrors')];
  const all = (key: string, kind: ComponentKind): ComponentEntry[] => {
    const items: unknown = childOf(value, key);
    if (!Array.isArray(items)) return [];
    return items.flatMap((item, index) => soundComponent(item, [...path, key, index], kind) ?? []);
  };
  const steps = all('steps', 'operator');
  expectUniqueIds(steps, shape);
  return {
    name,
    path,
    ...(description !== undefined && { description }),
    ...(source && { source }),
    steps,
    sinks: all('sinks', 'sink'),
    ...(metrics && { metrics }),
    ...(onError && { onError }),
    ...(deadLetters && { deadLetters }),
    ...(typeof maxErrors === 'number' && { maxErrors }),
  };
}

function soundComponent(value: unknown, path: Path, kind: ComponentKind): ComponentEntry | undefined {
  return componentNames(value, kind).length === 1 ? componentAt(value, path, kind) : undefined;
}

function expectUniqueIds(steps: readonly ComponentEntry[], shape: ShapeCheck): void {
  const byId = new Map<string, Path>();
  for (const { id, path } of steps) {
    const first = byId.get(id);
    byId.set(id, first ?? path);
    if (first === undefined) continue;
    const holder = path.slice(0, -1);
    const isNamed = id !== path.at(-1);
    const remedy = isNamed ? 'choose another' : 'give one of them an id of its own (id: name beside the operator)';
    const message = `${formatPath(first.slice(0, -1))} has the id ${formatName(id)} too, ${remedy}`;
    if (isNamed) shape.error([...holder, 'id'], 'value', message);
    else shape.error(path, 'key', message, undefined, holder);
  }
}
