import { ShapeCheck } from './checkShape.js';
import { formatLocation, type Diagnostics, type DocumentPlace } from './diagnostics.js';
import type { OutsideText, PipelineDocument, YamlDocument } from './document.js';
import { isDeclaration, variablesRule } from './grammar.js';
import { childOf, formatPath, mapLeaves } from './paths.js';
import { chosenProfile, declarationsIn } from './profiles.js';
import type { Scalar } from './scalar.js';
import { applyOptionSettings, parseSettings, type Setting, SetValue } from './settings.js';
import { parseTemplate, referencedNames } from './template.js';
import { VariableTable, type Declaration, type Resolved } from './variableTable.js';

/** Where values come from besides the file. */
export interface VariableSources {
  /** Arguments of `--set`: `variable=value` or `pipeline.step.option=value`. */
  readonly settings?: readonly string[];
  /** Name of the set of values under `profiles` that takes the place of those under `variables`. */
  readonly profile?: string;
  /** Values that win over all others: those of a trial, or of a test. */
  readonly values?: readonly Setting[];
  /** Variables that the run gives, e.g. `out`. */
  readonly builtIns?: Readonly<Record<string, Scalar>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Replaces the references in all string values (never in keys), and puts in the options that were set.
 *
 * `${name}` is looked up among the settings, the profile that was chosen, the `variables` of the file, the built-ins and the
 * environment, in that order; a variable declared without a value passes on to the next. `${name:-fallback}` takes its fallback where nothing is found, or
 * only an empty text, as in a shell. A string that is one reference takes the type of the value: texts from outside and
 * fallbacks are read as YAML scalars. Otherwise texts are joined, numbers as they were written. Replaced text is never read
 * again, neither as YAML nor for references; only the defaults of variables may refer to other variables.
 */
export function resolveVariables(
  yaml: YamlDocument,
  { settings = [], profile, values = [], builtIns = {}, environment = {} }: VariableSources,
  diagnostics: Diagnostics,
): PipelineDocument {
  const used = checkReferences(yaml, diagnostics);
  const ofFile = checkDeclarations(yaml, used, diagnostics);
  const declared = new Map([...ofFile, ...chosenProfile(yaml, profile, ofFile, diagnostics)]);
  const given = [...parseSettings(settings, diagnostics), ...values];
  const ofOptions = given.filter(({ target }) => target.includes('.'));
  const ofVariables = given.filter((setting) => !ofOptions.includes(setting));
  const table = new VariableTable(yaml, { settings: ofVariables, declared, builtIns, environment }, diagnostics);

  const brought = new Map<string, Brought>();
  const outside = new Map<string, OutsideText>();
  const value = mapLeaves(applyOptionSettings(yaml.value, ofOptions, diagnostics), (leaf, path) => {
    if (leaf instanceof SetValue) {
      brought.set(formatPath(path), leaf.setting);
      return leaf.setting.value;
    }
    if (typeof leaf !== 'string' || isDeclaration(path)) return leaf;
    const resolved = table.resolve(leaf, path);
    const isBrought = resolved?.origins !== undefined || resolved?.value === null;
    if (resolved?.shown !== undefined) outside.set(formatPath(path), { text: resolved.text, shown: resolved.shown });
    if (resolved && isBrought) brought.set(formatPath(path), bring(resolved, yaml.locate(path, 'value')));
    return resolved?.value;
  });
  return {
    file: yaml.file,
    text: yaml.text,
    value,
    outside,
    given: table.given,
    variables: table.values(),
    locate(path, part) {
      const written = yaml.locate(path, part);
      if (part === 'key' && yaml.has(path)) return written;
      for (let depth = path.length; depth > 0; depth--) {
        const found = brought.get(formatPath(path.slice(0, depth)));
        if (found !== undefined) return { ...found.place, path: written.path };
      }
      return written;
    },
    variableText: (path) => brought.get(formatPath(path))?.text,
  };
}

/** A value that a setting or variables brought into the document. */
interface Brought {
  readonly text: string;
  readonly place: DocumentPlace;
}

/** What is one argument alone is located there; what is made of several things keeps its place and notes them. */
function bring({ text, origins = [] }: Resolved, written: DocumentPlace): Brought {
  const [origin] = origins;
  if (origin?.argument !== undefined) {
    return {
      text,
      place: { ...written, location: origin.argument, note: `used at ${formatLocation(written.location)}` },
    };
  }
  if (origins.length === 0) return { text, place: written };
  return { text, place: { ...written, note: origins.map(({ note }) => note).join(', ') } };
}

/** Reports every `${` that is no reference. @returns the names that are referred to */
function checkReferences(yaml: YamlDocument, diagnostics: Diagnostics): ReadonlySet<string> {
  const names = new Set<string>();
  mapLeaves(yaml.value, (leaf, path) => {
    if (typeof leaf !== 'string') return;
    const { parts, problem } = parseTemplate(leaf);
    for (const name of referencedNames(parts)) names.add(name);
    if (problem === undefined) return;
    diagnostics.error(yaml.locateWithin(path, problem.text, leaf, problem.index), problem.message);
  });
  return names;
}

/** The variables of the file; those that are reported here have no value. */
function checkDeclarations(
  yaml: YamlDocument,
  used: ReadonlySet<string>,
  diagnostics: Diagnostics,
): ReadonlyMap<string, Declaration> {
  const written = childOf(yaml.value, 'variables') ?? {};
  new ShapeCheck(yaml, diagnostics).check(written, variablesRule, ['variables']);
  const declared = declarationsIn(written, ['variables']);
  for (const [name, { path }] of declared) {
    if (!used.has(name)) diagnostics.warning(yaml.locate(path, 'key'), `${formatPath(path)}: never used`);
  }
  return declared;
}
