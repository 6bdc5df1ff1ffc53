import type { z } from 'zod';
import { describeValue, expectation, fullExpectation, orExpected } from './describe.js';
import type { Diagnostics, DocumentPlace } from './diagnostics.js';
import type { PipelineDocument } from './document.js';
import {
  asSchema,
  branchesFor,
  childSchema,
  choicesOf,
  keysOf,
  optionsSchema,
  schemaAt,
  type JsonSchema,
} from './optionsSchema.js';
import { entriesOf, formatPath, hasOwnKey, isMapping, mapLeaves, valueAt, type Path } from './paths.js';
import { suggest } from './suggest.js';

type Issue = z.core.$ZodIssue;

/** Where options stand: in a document, or in a call. */
export type OptionPlaces = Pick<PipelineDocument, 'locate' | 'variableText'>;

/** Told apart from the messages that a schema brings itself, `z.string().regex(…, 'expected seconds, e.g. 10s')`. */
const NO_MESSAGE = '';

/**
 * Checks the options at `path`, which ends with the name of their component, and turns everything wrong with them into
 * diagnostics at the exact key or value. Unknown keys are rejected at every depth, unless their schema admits them.
 *
 * @returns the parsed options, with defaults; undefined if anything is wrong
 */
export function checkOptions<Options extends z.ZodObject>(
  options: Options,
  written: unknown,
  path: Path,
  document: OptionPlaces,
  diagnostics: Diagnostics,
): z.output<Options> | undefined {
  if (written === undefined) return undefined;
  let isSound = true;
  // Made when it is needed: that takes a millisecond or two, and options without a mistake seldom need it.
  const schemaOfAll = (): JsonSchema => optionsSchema(options);
  const given = withoutOpenOptions(textWhereStringsAreMeant(written ?? {}));
  if (!isFlat()) for (const at of unknownKeys(schemaOfAll(), given, [])) reportUnknownKey(at);
  // Compiling a parser pays only from thousands of values on.
  const result = options.safeParse(given, { error: () => NO_MESSAGE, jitless: true });
  for (const issue of (result.error?.issues ?? []).flatMap(decisiveIssues)) report(issue);
  return result.success && isSound && !containsUnresolved(given) ? result.data : undefined;

  /** Whether these are known options without a mapping inside, so that no key can be unknown. */
  function isFlat(): boolean {
    const { shape } = options;
    const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;
    return entriesOf(given).every(
      ([key, value]) => Object.hasOwn(shape, key) && (Array.isArray(value) ? value : [value]).every(isScalar),
    );
  }

  /** A variable's text that looks like a number is a string after all where only a string will do: `--set run=2024`. */
  function textWhereStringsAreMeant(value: unknown): unknown {
    return mapLeaves(value, (leaf, at) => {
      if (typeof leaf === 'string' || leaf === null) return leaf;
      const text = document.variableText([...path, ...at]);
      return text !== undefined && schemaAt(schemaOfAll(), at)?.type === 'string' ? text : leaf;
    });
  }

  /** An option that a variable leaves open, `${hiddenMultiplier:-null}`, is one that is not given; a null that is written is a mistake. */
  function withoutOpenOptions(value: unknown): unknown {
    if (!isMapping(value)) return value;
    const isOpen = (key: string): boolean => value[key] === null && document.variableText([...path, key]) !== undefined;
    return Object.fromEntries(Object.entries(value).filter(([key]) => !isOpen(key)));
  }

  function report(issue: Issue): void {
    const at = issue.path.filter((key) => typeof key !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) reportUnknownKey([...at, key]);
    } else if (issue.code === 'custom') {
      reportCustom(at, issue.message);
    } else if (isMissing(given, at)) {
      reportMissing(at);
    } else if (issue.code === 'invalid_key') {
      const names = asSchema(schemaAt(schemaOfAll(), at.slice(0, -1))?.propertyNames) ?? {};
      error(at, 'key', `expected ${expectation(names)} for a key`);
    } else if (!containsUnresolved(valueAt(given, at))) {
      reportUnfit(at, issue);
    }
  }

  /** A refinement may compare any options, so it means nothing while one of them is open. */
  function reportCustom(at: Path, message: string): void {
    if (containsUnresolved(given)) return;
    error(at, at.length === 0 ? 'key' : 'value', message === NO_MESSAGE ? 'is not valid' : message);
  }

  function reportUnfit(at: Path, { message }: Issue): void {
    const value = valueAt(given, at);
    const schema = schemaAt(schemaOfAll(), at) ?? {};
    const wanted = at.length === 0 ? 'a mapping of options' : expectation(schema);
    const choices = choicesOf(schema).filter((choice) => typeof choice === 'string');
    const suggestion = typeof value === 'string' ? suggest(value, choices) : undefined;
    const text = message === NO_MESSAGE ? `expected ${wanted}` : message;
    error(at, 'value', `${text}, got ${describeValue(value)}`, suggestion);
  }

  function reportMissing(at: Path): void {
    const parent = at.slice(0, -1);
    const key = String(at.at(-1));
    const others = Object.keys(valueAt(given, parent) ?? {});
    const known = keysOf(schemaAt(schemaOfAll(), parent) ?? {});
    // Where a key looks like a misspelling of this one, that is reported, and is enough.
    if (others.some((other) => !known.includes(other) && suggest(other, known) === key)) {
      isSound = false;
      return;
    }
    const schema = schemaAt(schemaOfAll(), at) ?? {};
    const place = document.locate([...path, ...parent], 'key');
    errorAt(place, at, `missing, expected ${fullExpectation(schema)}`);
  }

  function reportUnknownKey(at: Path): void {
    const key = String(at.at(-1));
    const parent = valueAt(given, at.slice(0, -1));
    const schema = schemaAt(schemaOfAll(), at.slice(0, -1)) ?? {};
    const known = branchesFor(schema, parent).flatMap(keysOf);
    error(at, 'key', `unknown option${orExpected(known)}`, suggest(key, known));
  }

  function error(at: Path, part: 'key' | 'value', message: string, suggestion?: string): void {
    errorAt(document.locate([...path, ...at], part), at, message, suggestion);
  }

  function errorAt(place: DocumentPlace, at: Path, message: string, suggestion?: string): void {
    isSound = false;
    const subject = formatPath(at, String(path.at(-1) ?? ''));
    const located = { ...place, path: formatPath([...path, ...at]) };
    diagnostics.error(located, `${subject}: ${message}`, suggestion);
  }
}

/** Keys that the schema does not have. Where a choice of schemas is open, nothing is unknown. */
function* unknownKeys(schema: JsonSchema, value: unknown, path: Path): Generator<Path> {
  const [branch, ...others] = branchesFor(schema, value);
  if (branch === undefined || others.length > 0 || typeof value !== 'object' || value === null) return;
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  for (const [key, child] of entries) {
    const at = [...path, key];
    const known = childSchema(branch, key);
    if (known !== undefined) yield* unknownKeys(known, child, at);
    else if (branch.additionalProperties === false && isMapping(value)) yield at;
  }
}

/**
 * Where a union failed, the issues of the one branch that was meant: that the value has the shape of, and fails only further
 * inside. Otherwise the union's own issue.
 */
function decisiveIssues(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.filter((branch) =>
    branch.every(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  const [branch] = meant;
  if (meant.length !== 1 || branch === undefined) return [issue];
  return branch.flatMap((inner) => decisiveIssues({ ...inner, path: [...issue.path, ...inner.path] }));
}

function isMissing(root: unknown, path: Path): boolean {
  const key = path.at(-1);
  const parent = valueAt(root, path.slice(0, -1));
  return key !== undefined && isMapping(parent) && !hasOwnKey(parent, key);
}

/** Whether a variable in here could not be resolved, so that whatever else is wrong may follow from that. */
function containsUnresolved(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === undefined;
  return Object.values(value).some(containsUnresolved);
}
