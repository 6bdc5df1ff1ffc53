import { alternatives, asSchema, choicesOf, type JsonSchema } from './optionsSchema.js';
import { formatName } from './paths.js';

/** How a noun stands in its sentence: alone, with its article, or in the plural. */
type Form = 'bare' | 'article' | 'plural';

const SHOWN_CHARACTERS = 60;

/** A value as a message shows it: `-1`, `"gtoo"`, `null`, `a list`. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(shortened(value, SHOWN_CHARACTERS));
}

/** The beginning of a text that is longer. */
export function shortened(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters)}…` : text;
}

/** `a, b or c`. */
export function listChoices(choices: readonly string[]): string {
  if (choices.length < 2) return choices.join('');
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

/** `, expected a, b or c`, for the end of a message; empty if there is nothing to choose from. */
export function orExpected(names: readonly string[]): string {
  return names.length > 0 ? `, expected ${listChoices(names.map(formatName))}` : '';
}

/** What a value must be, with its unit: `a number > 1 (input units)`. */
export function expectation(schema: JsonSchema): string {
  const unit = unitOf(schema);
  return typeName(schema, 'article') + (unit === undefined ? '' : ` (${unit})`);
}

/** What a value must be and what it means: `a number > 1: Cutoff radius (input units).` */
export function fullExpectation(schema: JsonSchema): string {
  const meaning = describeOption(schema);
  return typeName(schema, 'article') + (meaning === '' ? '' : `: ${meaning}`);
}

/** The type for a table: `number > 1`, `gto or polynomial`, `list of integers`. */
export function typeOf(schema: JsonSchema): string {
  return typeName(schema, 'bare');
}

/** `.meta({ unit })`, or what stands for a unit in the description: `Cutoff radius (input units).` */
export function unitOf({ unit, description = '' }: JsonSchema): string | undefined {
  if (typeof unit === 'string') return unit;
  return /\(([a-z]+ units|[a-z]+s)\)/.exec(description)?.[1];
}

/** The description, with the unit if it does not name it. */
export function describeOption(schema: JsonSchema): string {
  const { description = '' } = schema;
  const unit = unitOf(schema);
  return unit === undefined || description.includes(unit) ? description : `${description} (${unit})`.trim();
}

function typeName(schema: JsonSchema, form: Form): string {
  const choices = choicesOf(schema);
  if (choices.length > 0) return listChoices(choices.map(String));
  const branches = alternatives(schema);
  if (branches.length > 1) return listChoices([...new Set(branches.map((branch) => typeName(branch, form)))]);
  const [branch = {}] = branches;
  if (Array.isArray(branch.type)) {
    return listChoices(branch.type.map((type) => typeName({ ...branch, type }, form)));
  }
  switch (branch.type) {
    case 'number':
    case 'integer':
      return inflect(branch.type, form) + numberRange(branch);
    case 'boolean':
      return form === 'article' ? 'true or false' : inflect('boolean', form);
    case 'string':
      return stringName(branch, form);
    case 'array':
      return listName(branch, form);
    case 'object':
      return mappingName(branch, form);
    case 'null':
      return 'null';
    default:
      return form === 'plural' ? 'values' : 'any value';
  }
}

function numberRange(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const multiple = multipleOf === undefined ? '' : ` that is a multiple of ${multipleOf}`;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}${multiple}`;
  const bounds = [
    minimum !== undefined && `>= ${minimum}`,
    exclusiveMinimum !== undefined && `> ${String(exclusiveMinimum)}`,
    maximum !== undefined && `<= ${maximum}`,
    exclusiveMaximum !== undefined && `< ${String(exclusiveMaximum)}`,
  ].filter((bound) => bound !== false);
  return (bounds.length > 0 ? ` ${bounds.join(' and ')}` : '') + multiple;
}

function stringName({ minLength, maxLength, pattern, format }: JsonSchema, form: Form): string {
  const isNonEmpty = minLength === 1 && maxLength === undefined;
  const name = inflect(isNonEmpty ? 'non-empty string' : 'string', form);
  const size = isNonEmpty ? '' : sizeRange(minLength, maxLength, 'character');
  if (format !== undefined) return `${name}${size && ` of${size}`} in the format ${format}`;
  return `${name}${size && ` of${size}`}${pattern === undefined ? '' : ` that matches ${pattern}`}`;
}

function listName(schema: JsonSchema, form: Form): string {
  const { items, minItems, maxItems } = schema;
  if (Array.isArray(items)) {
    const names = items.map((item) => typeName(asSchema(item) ?? {}, 'bare'));
    return `${inflect('list', form)} of ${names.length} items (${names.join(', ')})`;
  }
  const item = asSchema(items);
  const size = sizeRange(minItems, maxItems, 'item');
  const content = item === undefined ? '' : typeName(item, 'plural');
  if (size === '') return inflect('list', form) + (content && ` of ${content}`);
  return `${inflect('list', form)} of${size}${content && ` (${content})`}`;
}

function mappingName(schema: JsonSchema, form: Form): string {
  const entry = schema.properties === undefined ? asSchema(schema.additionalProperties) : undefined;
  const name = inflect('mapping', form);
  return entry === undefined || Object.keys(entry).length === 0 ? name : `${name} to ${typeName(entry, 'plural')}`;
}

/** ` 2 items`, ` at least 1 item`; empty if any number will do. */
function sizeRange(least: number | undefined, most: number | undefined, unit: string): string {
  const counted = (count: number): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (least !== undefined && least === most) return ` ${counted(least)}`;
  if (least !== undefined && most !== undefined) return ` ${least} to ${counted(most)}`;
  if (least !== undefined) return ` at least ${counted(least)}`;
  return most === undefined ? '' : ` at most ${counted(most)}`;
}

function inflect(noun: string, form: Form): string {
  if (form === 'plural') return `${noun}s`;
  if (form === 'bare') return noun;
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
