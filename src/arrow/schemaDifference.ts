import type { DataType, Field, Schema } from 'apache-arrow';
import { exactTypeName, typeName } from './typeName.js';
import { PipelineError } from '../errors.js';

/**
 * Where two schemas differ first, in names, exact types, nullability or metadata, nested fields included; nothing if they are
 * equal. The order of metadata does not count.
 */
export function schemaDifference(expected: Schema, found: Schema): string | undefined {
  if (expected === found) return undefined;
  return fieldsDifference('', expected.fields, found.fields) ?? metadataDifference('schema', expected, found);
}

/** @throws PipelineError `badSchema` naming place, column, and what was expected and found */
export function expectEqualSchema(place: string, expected: Schema, found: Schema): void {
  const difference = schemaDifference(expected, found);
  if (difference !== undefined) throw new PipelineError('badSchema', `${place}: ${difference}`);
}

function fieldsDifference(parent: string, expected: readonly Field[], found: readonly Field[]): string | undefined {
  if (expected.length !== found.length || expected.some(({ name }, i) => name !== found[i]!.name)) {
    return `${parent === '' ? 'columns' : `fields of ${parent}`}: expected ${namesOf(expected)}, found ${namesOf(found)}`;
  }
  return firstDefined(expected, (field, i) => fieldDifference(parent, field, found[i]!));
}

function namesOf(fields: readonly Field[]): string {
  return fields.map(({ name }) => name).join(', ') || 'none';
}

function fieldDifference(parent: string, expected: Field, found: Field): string | undefined {
  const name = parent === '' ? `column ${expected.name}` : `${parent}.${expected.name}`;
  return (
    typeDifference(name, expected.type, found.type) ??
    nullabilityDifference(name, expected, found) ??
    metadataDifference(name, expected, found)
  );
}

function typeDifference(name: string, expected: DataType, found: DataType): string | undefined {
  if (exactTypeName(expected) !== exactTypeName(found)) {
    const describe = typeName(expected) === typeName(found) ? exactTypeName : typeName;
    return `${name}: expected ${describe(expected)}, found ${describe(found)}`;
  }
  return fieldsDifference(name, childrenOf(expected), childrenOf(found));
}

/** Types that do not nest have null for children, whatever their declaration says. */
function childrenOf(type: DataType): readonly Field[] {
  const children: readonly Field[] | null = type.children;
  return children ?? [];
}

function nullabilityDifference(name: string, expected: Field, found: Field): string | undefined {
  if (expected.nullable === found.nullable) return undefined;
  const [wanted, got] = [expected, found].map(({ nullable }) => (nullable ? 'nullable' : 'without nulls'));
  return `${name}: expected ${wanted}, found ${got}`;
}

interface WithMetadata {
  readonly metadata: ReadonlyMap<string, string>;
}

function metadataDifference(name: string, expected: WithMetadata, found: WithMetadata): string | undefined {
  const keys = [...new Set([...expected.metadata.keys(), ...found.metadata.keys()])];
  return firstDefined(keys, (key) => {
    const [wanted, got] = [expected.metadata.get(key), found.metadata.get(key)];
    return wanted === got
      ? undefined
      : `${name}: metadata ${key}: expected ${wanted ?? 'nothing'}, found ${got ?? 'nothing'}`;
  });
}

function firstDefined<T>(
  items: readonly T[],
  describe: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const described = describe(item, index);
    if (described !== undefined) return described;
  }
  return undefined;
}
