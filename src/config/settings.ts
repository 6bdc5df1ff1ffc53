import { parse } from 'yaml';
import { messageOf } from '../errors.js';
import { describeValue, orExpected, shortened } from './describe.js';
import type { Diagnostics, DocumentPlace } from './diagnostics.js';
import { childOf, formatName, formatPath, hasOwnKey, isMapping, setOwn, type Path } from './paths.js';
import { componentAt } from './grammar.js';
import { readScalar } from './scalar.js';
import { suggest } from './suggest.js';

/** One `--set target=value`. */
export interface Setting {
  /** A variable, or `pipeline.step.option`. */
  readonly target: string;
  readonly value: unknown;
  /** The value as text. */
  readonly text: string;
  readonly place: DocumentPlace;
}

/** A value that `--set` put into a document. It is final: references in it are text. */
export class SetValue {
  readonly setting: Setting;

  constructor(setting: Setting) {
    this.setting = setting;
  }
}

const ARGUMENT_CHARACTERS = 60;

/**
 * Reads arguments of the form `target=value`. Numbers, booleans and null are read as in YAML; a value that begins with a
 * quotation mark, `[` or `{` is read as YAML flow style; everything else is text.
 */
export function parseSettings(settings: readonly string[], diagnostics: Diagnostics): Setting[] {
  return settings.flatMap((setting) => {
    const equals = setting.indexOf('=');
    const target = setting.slice(0, Math.max(0, equals));
    const text = setting.slice(equals + 1);
    const place: DocumentPlace = {
      path: target,
      location: { argument: `--set ${shortened(setting.replaceAll(/\s+/g, ' '), ARGUMENT_CHARACTERS)}` },
    };
    if (target === '') {
      diagnostics.error(place, 'expected variable=value or pipeline.step.option=value');
      return [];
    }
    try {
      const value: unknown = /^["'[{]/.test(text)
        ? parse(text, { schema: 'core', stringKeys: true, prettyErrors: false, logLevel: 'error' })
        : readScalar(text);
      return { target, value, text: typeof value === 'string' ? value : text, place };
    } catch (error) {
      diagnostics.error(place, `the value is invalid YAML: ${messageOf(error)}`);
      return [];
    }
  });
}

/**
 * The document with the settings of options (`sample.soap.rCut=63`, `sample.source.images=…`) put in as {@link SetValue}s, later
 * ones over earlier ones. A step is named by its `id`, or else by its operator; what the file leaves out is added.
 */
export function applyOptionSettings(root: unknown, settings: readonly Setting[], diagnostics: Diagnostics): unknown {
  const copy = structuredClone(root);
  for (const setting of settings) {
    const target = findTarget(copy, setting, diagnostics);
    if (target !== undefined) putIn(target, setting, diagnostics);
  }
  return copy;
}

/** A component whose options can be set. */
interface Settable {
  /** Of the options in the document; ends with the name of the component. */
  readonly path: Path;
  /** The mapping of the name to the options; a step written as its name alone becomes one. */
  readonly holder: () => object;
}

interface Target {
  readonly component: Settable;
  /** The option, with the keys within it. */
  readonly keys: readonly string[];
}

function findTarget(root: unknown, { target, place }: Setting, diagnostics: Diagnostics): Target | undefined {
  const dot = target.indexOf('.');
  const pipeline = target.slice(0, dot);
  const pipelines = childOf(root, 'pipelines');
  if (!hasOwnKey(pipelines, pipeline)) {
    const names = isMapping(pipelines) ? Object.keys(pipelines) : [];
    diagnostics.error(place, `unknown pipeline ${formatName(pipeline)}${orExpected(names)}`, suggest(pipeline, names));
    return undefined;
  }
  const components = settableComponents(childOf(pipelines, pipeline), ['pipelines', pipeline]);
  const rest = target.slice(dot + 1);
  // The name of an own operator (`./own.mjs`) has dots itself, so the longest name that fits is taken.
  const [found] = [...components]
    .filter(([name]) => rest.startsWith(`${name}.`))
    .toSorted(([a], [b]) => b.length - a.length);
  if (found === undefined) {
    const known = [...components.keys()];
    const name = rest.split('.', 1).join('');
    if (components.has(rest)) diagnostics.error(place, `expected an option: ${target}.option=value`);
    else {
      const message = `pipeline ${pipeline} has no step ${formatName(name)}${orExpected(known)}`;
      diagnostics.error(place, message, suggest(name, known));
    }
    return undefined;
  }
  const [name, component] = found;
  const keys = rest.slice(name.length + 1).split('.');
  if (!keys.includes('')) return { component, keys };
  diagnostics.error(place, `expected ${pipeline}.${name}.option=value, a name between the dots is empty`);
  return undefined;
}

/** The components of a pipeline by the name that settings give them. The document is not checked yet. */
function settableComponents(pipeline: unknown, path: Path): Map<string, Settable> {
  const found = new Map<string, Settable>();
  const source = childOf(pipeline, 'source');
  const first = componentAt(source, [...path, 'source'], 'source');
  if (first && isMapping(source)) found.set('source', { path: first.path, holder: () => source });
  const written = childOf(pipeline, 'steps');
  const steps: unknown[] = Array.isArray(written) ? written : [];
  for (const [index, step] of steps.entries()) {
    const entry = componentAt(step, [...path, 'steps', index], 'operator');
    if (!entry || found.has(entry.id)) continue;
    const holder = (): object => (isMapping(step) ? step : (steps[index] = { [entry.name]: {} }));
    found.set(entry.id, { path: entry.path, holder });
  }
  return found;
}

function putIn({ component, keys }: Target, setting: Setting, diagnostics: Diagnostics): void {
  let parent = component.holder();
  for (const [depth, key] of [...component.path.slice(-1), ...keys.slice(0, -1)].entries()) {
    const child = childOf(parent, key) ?? {};
    const next = keys[depth] ?? '';
    if (!canHold(child, next)) {
      const path = formatPath([...component.path, ...keys.slice(0, depth)]);
      const found = describeValue(child instanceof SetValue ? child.setting.value : child);
      diagnostics.error(setting.place, `${path} is ${found} and cannot have ${formatName(next)}`);
      return;
    }
    setOwn(parent, key, child);
    parent = child;
  }
  for (const key of keys.slice(-1)) setOwn(parent, key, new SetValue(setting));
}

function canHold(value: unknown, key: string): value is object {
  if (Array.isArray(value)) return /^\d+$/.test(key) && Number(key) < value.length;
  return isMapping(value) && !(value instanceof SetValue);
}
