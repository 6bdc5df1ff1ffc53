import { describeValue, listChoices, orExpected } from './describe.js';
import type { Diagnostics } from './diagnostics.js';
import { DURATION_RULE, secondsOf } from './quantities.js';
import { type ComponentKind, componentNames, isDeclaration, isId, kindAt, stepKeys } from './grammar.js';
import type { OptionPlaces } from './options.js';
import { asSchema, childSchema, keysOf, type JsonSchema } from './optionsSchema.js';
import { childOf, formatName, formatPath, hasOwnKey, isMapping, NAME, NAME_RULE, type Path } from './paths.js';
import { isScalarValue } from './scalar.js';
import { suggest } from './suggest.js';

/** Holds a document to the grammar. */
export class ShapeCheck {
  readonly #document: OptionPlaces;
  readonly diagnostics: Diagnostics;

  constructor(document: OptionPlaces, diagnostics: Diagnostics) {
    this.#document = document;
    this.diagnostics = diagnostics;
  }

  /** What is undefined was reported before. */
  check(value: unknown, schema: JsonSchema, path: Path): void {
    const kind = kindAt(schema);
    // Sweeps and tests have schemas of their own.
    if (value === undefined || (schema.$ref !== undefined && !kind)) return;
    if (kind !== undefined) this.#component(value, kind, path);
    else if (schema.type === 'object') this.#mapping(value, schema, path);
    else if (schema.type === 'array') this.#list(value, schema, path);
    else if (schema.enum) {
      if (!schema.enum.includes(value as string)) this.#unfit(path, listChoices(schema.enum.map(String)), value);
    } else if (schema.anyOf) {
      const fits = schema.anyOf.some((branch) => isNumberOf(value, asSchema(branch) ?? {}));
      if (!fits) this.#unfit(path, `a ${schema.title}`, value);
    } else if (Array.isArray(schema.type)) {
      if (!isScalarValue(value)) this.#unfit(path, 'a string, number, boolean or null', value);
    } else if (this.textAt(path, value) === undefined) {
      this.#unfit(path, schema.title === undefined ? 'a string' : `the ${schema.title}`, value);
    }
  }

  /** A string, also one that a variable brought in and that looks like a number. */
  textAt(path: Path, value: unknown): string | undefined {
    return typeof value === 'string' ? value : this.#document.variableText(path);
  }

  /** `subject` names the place in the message, where that is not the path. */
  error(path: Path, part: 'key' | 'value', message: string, suggestion?: string, subject = path): void {
    const name = formatPath(subject);
    const text = name === '' ? message : `${name}: ${message}`;
    this.diagnostics.error(this.#document.locate(path, part), text, suggestion);
  }

  /** Whether a name is among those that there are. `problem` begins the message where it is not. */
  isOneOf(name: string, all: readonly string[], path: Path, part: 'key' | 'value', problem: string): boolean {
    if (all.includes(name)) return true;
    this.error(path, part, `${problem} ${formatName(name)}${orExpected(all)}`, suggest(name, all));
    return false;
  }

  /** Of a list of names those that `all` has, each once. */
  known(list: unknown, path: Path, noun: string, all: readonly string[]): string[] {
    const found = new Set<string>();
    for (const [index, value] of Array.isArray(list) ? list.entries() : []) {
      const at = [...path, index];
      const name = this.textAt(at, value);
      if (name === undefined) continue;
      if (found.has(name)) this.error(at, 'value', `${formatName(name)} is named twice`);
      else if (this.isOneOf(name, all, at, 'value', `there is no ${noun}`)) found.add(name);
    }
    return [...found];
  }

  #unfit(path: Path, wanted: string, value: unknown): void {
    this.error(path, 'value', `expected ${wanted}, got ${describeValue(value)}`);
  }

  #list(value: unknown, { items, minItems = 0 }: JsonSchema, path: Path): void {
    if (!Array.isArray(value)) return this.#unfit(path, 'a list', value);
    const item = asSchema(items) ?? {};
    if (value.length < minItems) this.error(path, 'value', `expected at least one ${item.title}, got none`);
    for (const [index, each] of value.entries()) this.check(each, item, [...path, index]);
  }

  #mapping(value: unknown, schema: JsonSchema, path: Path): void {
    if (!isMapping(value)) return this.#unfit(path, `a ${schema.title ?? 'mapping'}`, value);
    const given = Object.keys(value);
    const known = keysOf(schema);
    if (given.length < (schema.minProperties ?? 0)) {
      this.error(path, 'value', `expected at least one ${asSchema(schema.propertyNames)?.title}, got none`);
    }
    for (const key of given) {
      const at = [...path, key];
      const child = childSchema(schema, key);
      if (!child) this.error(at, 'key', `unknown key${orExpected(known)}`, suggest(key, known));
      else if (schema.propertyNames && !NAME.test(key)) this.error(at, 'key', `expected ${NAME_RULE}`);
      const isChecked = path.length === 0 && isDeclaration(at);
      if (child && !isChecked) this.check(value[key], child, at);
    }
    for (const key of schema.required ?? []) {
      // A misspelt key is reported by itself.
      const isMisspelt = given.some((other) => suggest(other, [key]) !== undefined);
      if (!hasOwnKey(value, key) && !isMisspelt) this.error(path, 'key', `the key ${key} is missing`);
    }
  }

  #component(value: unknown, kind: ComponentKind, path: Path): void {
    if (kind === 'operator' && typeof value === 'string') return;
    if (!isMapping(value)) return this.#unfit(path, `the name of one ${kind} with its options`, value);
    const names = componentNames(value, kind);
    const [name, second] = names;
    if (name === undefined) this.error(path, 'value', `expected the name of one ${kind}, got none`);
    else if (second !== undefined) {
      const misplaced = value[name] === null ? `; indent what are options of ${formatName(name)} further` : '';
      const found = listChoices(names.map(formatName)).replace(' or ', ' and ');
      this.error([...path, second], 'key', `expected one ${kind}, got ${found}${misplaced}`, undefined, path);
    }
    if (kind !== 'operator') return;
    this.check(childOf(value, 'onError'), stepKeys['onError']!, [...path, 'onError']);
    const timeout = childOf(value, 'timeout');
    if (timeout !== undefined && secondsOf(timeout) === undefined)
      this.#unfit([...path, 'timeout'], DURATION_RULE, timeout);
    const id = childOf(value, 'id');
    if (id === undefined || isId(id)) return;
    const at = [...path, 'id'];
    if (id === 'source') this.error(at, 'value', 'source means the source of the pipeline, choose another id');
    else this.#unfit(at, NAME_RULE, id);
  }
}

function isNumberOf(value: unknown, { type, minimum, exclusiveMaximum }: JsonSchema): boolean {
  if (typeof value !== 'number' || (type === 'integer' && !Number.isSafeInteger(value))) return false;
  return value >= (minimum ?? -Infinity) && value < Number(exclusiveMaximum ?? Infinity);
}
