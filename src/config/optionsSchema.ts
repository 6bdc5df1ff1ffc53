import { z } from 'zod';
import { childOf, hasOwnKey, isMapping, setOwn, type Path } from './paths.js';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/**
 * The options of a component as JSON Schema (draft 7) of what a user writes: fields with a default are optional, `$ref`s are
 * resolved, objects reject unknown keys unless they say otherwise, `unit` stays as an extra keyword. The one form from which
 * messages, editor schema and reference are made.
 *
 * @throws Error if the schema is recursive
 */
export function optionsSchema(options: z.ZodObject): JsonSchema {
  const schema = converted.get(options) ?? convert(options);
  converted.set(options, schema);
  return schema;
}

/** A conversion takes a millisecond or two, and a file may name the same component many times. */
const converted = new WeakMap<z.ZodObject, JsonSchema>();

function convert(options: z.ZodObject): JsonSchema {
  const {
    $schema: _,
    definitions,
    ...schema
  }: JsonSchema = z.toJSONSchema(options, {
    target: 'draft-07',
    io: 'input',
    unrepresentable: 'any',
    cycles: 'throw',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodObject && !zodSchema.def.catchall) jsonSchema.additionalProperties = false;
      // The bounds that every z.int() has say nothing to a person.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return asSchema(inlineReferences(schema, asSchema(definitions) ?? {})) ?? {};
}

/** The branches of a choice between schemas, flattened; the schema itself if it is none. */
export function alternatives(schema: JsonSchema): JsonSchema[] {
  const branches = schema.anyOf ?? schema.oneOf;
  return branches === undefined ? [schema] : branches.flatMap((branch) => alternatives(asSchema(branch) ?? {}));
}

/**
 * The alternatives that a mapping or list may be meant as: those of its type and, for mappings, with its constants (`kind: a`).
 * A schema without alternatives is always meant.
 */
export function branchesFor(schema: JsonSchema, value: unknown): JsonSchema[] {
  const branches = alternatives(schema);
  const type = Array.isArray(value) ? 'array' : 'object';
  if (branches.length === 1) return branches;
  return branches.filter((branch) => {
    const constants = Object.entries(branch.properties ?? {}).map(
      ([key, child]) => [key, choicesOf(asSchema(child) ?? {})] as const,
    );
    return (
      branch.type === type &&
      constants.every(
        ([key, choices]) => !hasOwnKey(value, key) || choices.length === 0 || choices.includes(childOf(value, key)),
      )
    );
  });
}

/** The values an enumeration allows, through its alternatives; none if it also allows others. */
export function choicesOf(schema: JsonSchema): unknown[] {
  const branches = alternatives(schema);
  if (branches.length > 1) {
    const choices = branches.map(choicesOf);
    return choices.some((list) => list.length === 0) ? [] : choices.flat();
  }
  const [branch = {}] = branches;
  return branch.const !== undefined ? [branch.const] : (branch.enum ?? []);
}

/** The schema of the value at `path`; several branches that have one make a choice. */
export function schemaAt(schema: JsonSchema, path: Path): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((at, key) => at && childSchema(at, key), schema);
}

export function childSchema(schema: JsonSchema, key: string | number): JsonSchema | undefined {
  const children: JsonSchema[] = [];
  for (const branch of alternatives(schema)) {
    const child = ownChildSchema(branch, key);
    if (child !== undefined) children.push(child);
  }
  return children.length > 1 ? { anyOf: children } : children[0];
}

/** The names that a mapping may have. */
export function keysOf(schema: JsonSchema): string[] {
  const keys = new Set<string>();
  for (const { properties = {}, propertyNames } of alternatives(schema)) {
    for (const key of Object.keys(properties)) keys.add(key);
    for (const key of choicesOf(asSchema(propertyNames) ?? {})) keys.add(String(key));
  }
  return [...keys];
}

export function isRequired(schema: JsonSchema, key: string): boolean {
  return schema.required?.includes(key) ?? false;
}

/** `true` and `false` are schemas too, but say nothing that is used here. */
export function asSchema(schema: unknown): JsonSchema | undefined {
  return isMapping(schema) ? schema : undefined;
}

function ownChildSchema(schema: JsonSchema, key: string | number): JsonSchema | undefined {
  if (typeof key === 'number') {
    const { items } = schema;
    return asSchema(Array.isArray(items) ? (items[key] ?? schema.additionalItems) : items);
  }
  const { properties = {}, additionalProperties } = schema;
  return asSchema(Object.hasOwn(properties, key) ? properties[key] : additionalProperties);
}

/** zod refers to schemas that have an id; wraps the reference in `allOf`. */
function inlineReferences(node: unknown, definitions: Record<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map((item) => inlineReferences(item, definitions));
  if (!isMapping(node)) return node;
  if (typeof node['$ref'] === 'string') {
    const id = node['$ref'].slice('#/definitions/'.length).replaceAll('~1', '/').replaceAll('~0', '~');
    return inlineReferences(definitions[id], definitions);
  }
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) setOwn(copy, key, inlineReferences(value, definitions));
  const { allOf, ...rest } = copy;
  const only: unknown = Array.isArray(allOf) && allOf.length === 1 ? allOf[0] : undefined;
  return isMapping(only) ? { ...only, ...rest } : copy;
}
