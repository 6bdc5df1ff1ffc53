import { z } from 'zod';
import { MODULE_PATH, optionForms, type Catalogue, type Component, type OptionsForm } from './catalogue.js';
import { describeOption } from './describe.js';
import { one, pipelineFile, stepKeys } from './grammar.js';
import { alternatives, asSchema, optionsSchema, type JsonSchema } from './optionsSchema.js';
import { casesOptions, listOptions, rangeOptions, sweepOptions } from './sweepOptions.js';
import { testOptions, rowsOptions } from './testOptions.js';

const REFERENCE_PATTERN = String.raw`\$\{[^}]+\}`;
const REFERENCE: JsonSchema = { type: 'string', pattern: REFERENCE_PATTERN };

/**
 * JSON Schema (draft 7, what yaml-language-server supports best) of a whole pipeline file, for editors: made from the same
 * definitions that check the file. What is no string may also be written as a string with a reference, `"${rCut}"`.
 */
export function pipelineFileSchema({ sources, sinks, operators }: Catalogue): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'soapstream pipelines',
    ...pipelineFile,
    definitions: {
      source: {
        description: 'Where batches come from: one source with its options.',
        ...onlyOne(references('source', sources)),
      },
      sink: { description: 'One sink with its options.', ...onlyOne(references('sink', sinks)) },
      operator: stepSchema(operators),
      sweep: sweepSchema(),
      test: testSchema(),
      ...definitions('source', sources),
      ...definitions('operator', operators),
      ...definitions('sink', sinks),
    },
  };
}

function stepSchema(operators: readonly Component[]): JsonSchema {
  const bare = operators.filter((operator) => !optionForms(operator).some(needsOptions));
  const names: JsonSchema[] = bare.map(({ name, summary }) => ({ const: name, description: summary }));
  const known = references('operator', operators);
  const own: JsonSchema = {
    type: ['object', 'null'],
    description: "Options of one's own operator, checked when the pipeline is.",
  };
  const patternProperties = { [MODULE_PATH.source]: own };
  const withKeys = (keys: string[]): JsonSchema => ({
    ...onlyOne({ ...Object.fromEntries(keys.map((key) => [key, stepKeys[key]!])), ...known }),
    patternProperties,
    required: keys,
    minProperties: keys.length + 1,
    maxProperties: keys.length + 1,
  });
  return {
    description: 'One operator with its options, or its name alone where it needs none.',
    anyOf: [
      { ...onlyOne(known), patternProperties },
      ...keysBeside().map(withKeys),
      ...names,
      { type: 'string', pattern: MODULE_PATH.source, description: "Path of one's own operator." },
    ],
  };
}

/** Each choice of keys that may stand beside an operator, but none. */
function keysBeside(): string[][] {
  const choices = Object.keys(stepKeys).reduce<string[][]>(
    (chosen, key) => chosen.flatMap((keys) => [keys, [...keys, key]]),
    [[]],
  );
  return choices.filter((keys) => keys.length > 0);
}

function sweepSchema(): JsonSchema {
  const schema = acceptReferences(optionsSchema(sweepOptions));
  const { list } = optionsSchema(z.object({ list: listOptions })).properties ?? {};
  const forms = [asSchema(list) ?? {}, optionsSchema(rangeOptions), optionsSchema(casesOptions)].map(acceptReferences);
  const over = { ...asSchema(schema.properties?.['over']), minProperties: 1, additionalProperties: { anyOf: forms } };
  return { ...schema, properties: { ...schema.properties, over } };
}

function testSchema(): JsonSchema {
  const schema = acceptReferences(optionsSchema(testOptions));
  const { rows } = optionsSchema(z.object({ rows: rowsOptions })).properties ?? {};
  const given = { anyOf: [acceptReferences(asSchema(rows) ?? {}), one('source')] };
  const { input, fit } = schema.properties ?? {};
  return {
    ...schema,
    properties: {
      ...schema.properties,
      input: { ...asSchema(input), ...given },
      fit: { ...asSchema(fit), additionalProperties: given },
    },
  };
}

function onlyOne(properties: Record<string, JsonSchema>): JsonSchema {
  return { type: 'object', additionalProperties: false, minProperties: 1, maxProperties: 1, properties };
}

function references(kind: string, components: readonly Component[]): Record<string, JsonSchema> {
  return Object.fromEntries(components.map(({ name }) => [name, { $ref: `#/definitions/${kind}-${name}` }]));
}

function definitions(kind: string, components: readonly Component[]): Record<string, JsonSchema> {
  return Object.fromEntries(components.map((component) => [`${kind}-${component.name}`, componentSchema(component)]));
}

function componentSchema(component: Component): JsonSchema {
  const { summary, description, example } = component;
  const text = description === undefined ? summary : `${summary}\n\n${description}`;
  const documentation = {
    description: text,
    markdownDescription: `${text}\n\n\`\`\`yaml\n${example.trimEnd()}\n\`\`\``,
  };
  const [form = {}, ...others] = optionForms(component).map(({ options }) => acceptReferences(optionsSchema(options)));
  if (others.length > 0) return { ...documentation, anyOf: [form, ...others] };
  const isOptional = (form.required ?? []).length === 0;
  return { ...form, ...documentation, ...(isOptional && { type: ['object', 'null'] }) };
}

function needsOptions({ options }: OptionsForm): boolean {
  return (optionsSchema(options).required ?? []).length > 0;
}

/** The same schema, with a string that holds a reference allowed wherever a scalar stands; units move into descriptions. */
function acceptReferences(schema: JsonSchema): JsonSchema {
  const { title, default: preset } = schema;
  const description = describeOption(schema);
  const annotations = {
    ...(title !== undefined && { title }),
    ...(description !== '' && { description }),
    ...(preset !== undefined && { default: preset }),
  };
  const constraints = { ...schema };
  for (const key of ['unit', 'title', 'description', 'default']) delete constraints[key];
  return { ...annotations, ...acceptReferencesIn(constraints) };
}

function acceptReferencesIn(schema: JsonSchema): JsonSchema {
  const { anyOf, oneOf, ...rest } = schema;
  if (anyOf ?? oneOf) return { ...rest, anyOf: alternatives(schema).map(acceptReferences) };
  if (schema.const !== undefined || schema.enum !== undefined) return { anyOf: [schema, REFERENCE] };
  const types = [schema.type ?? []].flat();
  if (types.includes('string')) {
    const isFree = ['minLength', 'maxLength', 'pattern', 'format'].every((keyword) => schema[keyword] === undefined);
    return isFree ? schema : { anyOf: [schema, REFERENCE] };
  }
  const nested = acceptReferencesWithin(schema);
  const hasScalar = types.some((type) => type !== 'object' && type !== 'array');
  // The keywords of numbers say nothing of strings, so both can stand side by side, which reads best in an editor.
  return hasScalar ? { ...nested, type: [...types, 'string'], pattern: REFERENCE_PATTERN } : nested;
}

/** Goes on into the items of lists and the values of mappings. */
function acceptReferencesWithin(schema: JsonSchema): JsonSchema {
  const { items, additionalItems, properties, additionalProperties } = schema;
  return {
    ...schema,
    ...(items !== undefined && { items: Array.isArray(items) ? items.map(accept) : accept(items) }),
    ...(additionalItems !== undefined && { additionalItems: accept(additionalItems) }),
    ...(additionalProperties !== undefined && { additionalProperties: accept(additionalProperties) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, accept(child)])),
    }),
  };
}

function accept(child: JsonSchema | boolean): JsonSchema | boolean {
  return typeof child === 'boolean' ? child : acceptReferences(child);
}
