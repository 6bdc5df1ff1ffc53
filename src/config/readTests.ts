import type { ShapeCheck } from './checkShape.js';
import type { DocumentPlace } from './diagnostics.js';
import type { PipelineDocument } from './document.js';
import { type ComponentEntry, componentAt, one, type PipelineEntry } from './grammar.js';
import { checkOptions } from './options.js';
import { childOf, entriesOf, NAME, type Path } from './paths.js';
import type { Setting } from './settings.js';
import { testOptions, type TestOptions } from './testOptions.js';

/** Rows as the file writes them. */
export interface RowList {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly path: Path;
}

/** A test as the file declares it. */
export interface TestEntry {
  readonly name: string;
  readonly path: Path;
  readonly pipeline: string;
  /** Ids of the first and of the last step that are run. */
  readonly from?: string;
  readonly to?: string;
  /** What arrives at the first step: rows, or the source of a small file. */
  readonly input: RowList | ComponentEntry;
  /** By the pipeline that is fitted on them first. */
  readonly fit: ReadonlyMap<string, RowList | ComponentEntry>;
  readonly set: readonly Setting[];
  readonly expect: NonNullable<TestOptions['expect']>;
  readonly tolerance: number;
  /** As that of the document. */
  readonly locate: (path: Path, part: 'key' | 'value') => DocumentPlace;
}

/** Checks the `tests` of a file. @returns those that are sound; everything else is reported */
export function readTests(
  document: PipelineDocument,
  pipelines: ReadonlyMap<string, PipelineEntry>,
  shape: ShapeCheck,
): ReadonlyMap<string, TestEntry> {
  const entries = entriesOf(childOf(document.value, 'tests'));
  return new Map(entries.flatMap(([name, value]) => readTest(name, value) ?? []).map((test) => [test.name, test]));

  function readTest(name: string, value: unknown): TestEntry | undefined {
    const path = ['tests', name];
    const options = checkOptions(testOptions, value, path, document, shape.diagnostics);
    if (options === undefined) return undefined;
    const { pipeline, from, to, expect = {}, tolerance } = options;
    const areKnown = areSteps(options, path);
    const input = readRows(options.input, [...path, 'input']);
    const fit = readFit(options, [...path, 'fit']);
    if (!areKnown || !input || !NAME.test(name)) return undefined;
    return {
      name,
      path,
      pipeline,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      input,
      fit,
      set: readSettings(options, [...path, 'set']),
      expect,
      tolerance,
      locate: (at, part) => document.locate(at, part),
    };
  }

  /** Whether there are such steps, and the first comes first. */
  function areSteps({ pipeline, from, to }: TestOptions, path: Path): boolean {
    if (!isPipeline(pipeline, [...path, 'pipeline'], 'value')) return false;
    const ids = pipelines.get(pipeline)!.steps.map(({ id }) => id);
    const isStep = (id: string | undefined, key: string): boolean =>
      id === undefined || shape.isOneOf(id, ids, [...path, key], 'value', `pipeline ${pipeline} has no step`);
    const [isFrom, isTo] = [isStep(from, 'from'), isStep(to, 'to')];
    if (!isFrom || !isTo) return false;
    if (from === undefined || to === undefined || ids.indexOf(from) <= ids.indexOf(to)) return true;
    shape.error([...path, 'from'], 'value', `expected a step before ${to}, but ${from} comes after it`);
    return false;
  }

  function isPipeline(name: string, path: Path, part: 'key' | 'value'): boolean {
    return shape.isOneOf(name, [...pipelines.keys()], path, part, 'there is no pipeline');
  }

  function readFit({ fit = {} }: TestOptions, path: Path): Map<string, RowList | ComponentEntry> {
    const found = new Map<string, RowList | ComponentEntry>();
    for (const [pipeline, value] of Object.entries(fit)) {
      const at = [...path, pipeline];
      const rows = isPipeline(pipeline, at, 'key') ? readRows(value, at) : undefined;
      if (rows) found.set(pipeline, rows);
    }
    return found;
  }

  function readRows(value: TestOptions['input'], path: Path): RowList | ComponentEntry | undefined {
    if (Array.isArray(value)) return { rows: value, path };
    shape.check(value, one('source'), path);
    return componentAt(value, path, 'source');
  }

  function readSettings({ set = {} }: TestOptions, path: Path): Setting[] {
    return Object.entries(set).map(([target, value]) => {
      const at = [...path, target];
      const text = document.variableText(at) ?? String(value);
      return { target, value, text, place: document.locate(at, 'value') };
    });
  }
}
