import { secondsOf } from './quantities.js';
import { asSchema, type JsonSchema } from './optionsSchema.js';
import { childOf, hasOwnKey, isMapping, NAME, type Path } from './paths.js';

/**
 * The grammar of a pipeline file but for its components, sweeps and tests, whose options have schemas of their own. What a file is checked
 * against, what an editor is told and what `--set` finds are made of it. Titles are what messages call a thing.
 */
const names: JsonSchema = { type: 'object', propertyNames: { pattern: NAME.source } };
const values: JsonSchema = { ...names, additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } };

export const variablesRule: JsonSchema = {
  title: 'mapping of names to values',
  description: 'Values by name, for ${name} anywhere in the file. --set name=value overrides them.',
  ...values,
};

export const profilesRule: JsonSchema = {
  title: 'mapping of names to profiles',
  description: 'Sets of values for the variables, by name: --profile name takes one in place of those under variables.',
  ...names,
  additionalProperties: { title: 'mapping of variables to values', ...values },
};

export type ComponentKind = 'source' | 'operator' | 'sink';
export const one = (kind: ComponentKind): JsonSchema => ({ $ref: REFERENCE + kind });
const REFERENCE = '#/definitions/';
const listOf = (description: string, items: JsonSchema): JsonSchema => ({ description, type: 'array', items });

const onErrorRule = (description: string): JsonSchema => ({
  description,
  enum: ['stop', 'deadLetter'],
});

/** Keys that may stand beside the operator of a step. */
export const stepKeys: Record<string, JsonSchema> = {
  id: {
    description: 'Name of the step; needed where an operator occurs twice.',
    type: 'string',
    pattern: NAME.source,
  },
  onError: onErrorRule(
    'What becomes of rows that fail in the step: the first stops the run, or they leave as dead letters; that of the pipeline unless told.',
  ),
  timeout: {
    description:
      'How long the step may take for a batch, such as 60s or 5m: after that the run fails. It needs a step whose batches are independent, which then runs on a worker thread.',
    type: 'string',
  },
};

const pipeline: JsonSchema = {
  type: 'object',
  required: ['source'],
  additionalProperties: false,
  properties: {
    description: { description: 'What the pipeline is for.', type: 'string' },
    source: one('source'),
    steps: listOf('Operators, in the order in which batches pass through them.', one('operator')),
    sinks: listOf('Where the batches that leave the last step are written.', one('sink')),
    metrics: { description: 'Where rows of metrics are written.', allOf: [one('sink')] },
    onError: onErrorRule(
      'What becomes of rows that fail: the first stops the run (the default), or they leave as dead letters, wherever a source or step can go on without them.',
    ),
    deadLetters: {
      description: 'Where rows are written that fail, with step, place, reason and the row as JSON.',
      allOf: [one('sink')],
    },
    maxErrors: {
      description:
        'Up to so many rows may fail, or the run stops: a whole number of all, or a share below 1 of the rows of each step. Without it any number.',
      title: 'whole number, or a share below 1',
      anyOf: [
        { type: 'integer', minimum: 0 },
        { type: 'number', minimum: 0, exclusiveMaximum: 1 },
      ],
    },
  },
};

export const pipelineFile: JsonSchema = {
  type: 'object',
  required: ['pipelines'],
  additionalProperties: false,
  properties: {
    variables: variablesRule,
    profiles: profilesRule,
    default: {
      ...listOf('The pipelines and sweeps that run when none is named; without this, all of them.', {
        title: 'name of a pipeline or sweep',
        type: 'string',
      }),
      minItems: 1,
      uniqueItems: true,
    },
    pipelines: {
      description: 'Pipelines by name.',
      type: 'object',
      minProperties: 1,
      propertyNames: { title: 'pipeline', pattern: NAME.source },
      additionalProperties: pipeline,
    },
    sweeps: {
      title: 'mapping of names to sweeps',
      description: 'Pipelines that run again and again with other values of variables, by name.',
      ...names,
      additionalProperties: { $ref: '#/definitions/sweep' },
    },
    tests: {
      title: 'mapping of names to tests',
      description: 'What pipelines must make of a few rows, by name: soapstream test.',
      ...names,
      additionalProperties: { $ref: '#/definitions/test' },
    },
  },
};

/** Whether a value is resolved where it is referred to, and not where it stands; so it is checked before the rest of the file. */
export function isDeclaration([part]: Path): boolean {
  return part === 'variables' || part === 'profiles';
}

/** The kind of the component that the grammar asks for, if it does. */
export function kindAt({ $ref, allOf }: JsonSchema): ComponentKind | undefined {
  const reference = $ref ?? asSchema(allOf?.[0])?.$ref;
  return (['source', 'operator', 'sink'] as const).find((kind) => reference === REFERENCE + kind);
}

/** A source, step or sink as the file names it; neither its name nor its options are checked yet. */
export interface ComponentEntry {
  readonly name: string;
  /** Of a step unique in its pipeline: its `id`, or else its name. */
  readonly id: string;
  /** `{}` where the file gives none; undefined where a variable in their place could not be resolved. */
  readonly options: unknown;
  /** Of the options in the document; ends with the name. */
  readonly path: Path;
  /** Of a step that says so. */
  readonly onError?: OnError;
  /** How long a step may take for a batch (s), if it says so. */
  readonly timeout?: number;
}

/** What becomes of rows that fail. */
export type OnError = 'stop' | 'deadLetter';

export interface PipelineEntry {
  readonly name: string;
  readonly path: Path;
  readonly description?: string;
  /** Missing only if it is faulty. */
  readonly source?: ComponentEntry;
  readonly steps: readonly ComponentEntry[];
  readonly sinks: readonly ComponentEntry[];
  /** Where the rows of metrics go. */
  readonly metrics?: ComponentEntry;
  readonly onError?: OnError;
  /** Where rows go that fail. */
  readonly deadLetters?: ComponentEntry;
  readonly maxErrors?: number;
}

/** The component that is written at a place, a mapping of its name to its options or, of a step, the name alone; of several the first. */
export function componentAt(value: unknown, path: Path, kind: ComponentKind): ComponentEntry | undefined {
  const [name] = componentNames(value, kind);
  if (name === undefined) return undefined;
  const id = kind === 'operator' ? childOf(value, 'id') : undefined;
  const options = isMapping(value) ? value[name] : {};
  const onError = kind === 'operator' ? onErrorOf(value) : undefined;
  const timeout = kind === 'operator' ? secondsOf(childOf(value, 'timeout')) : undefined;
  const entry = { name, id: isId(id) ? id : name, options: options === null ? {} : options, path: [...path, name] };
  return { ...entry, ...(onError && { onError }), ...(timeout !== undefined && { timeout }) };
}

/** What a step or a pipeline says of rows that fail, if that is one of the words. */
export function onErrorOf(value: unknown): OnError | undefined {
  const found = childOf(value, 'onError');
  return found === 'stop' || found === 'deadLetter' ? found : undefined;
}

/** One name, unless the file is faulty. */
export function componentNames(value: unknown, kind: ComponentKind): string[] {
  if (typeof value === 'string') return kind === 'operator' ? [value] : [];
  const given = Object.keys(isMapping(value) ? value : {});
  return kind === 'operator' ? given.filter((key) => !hasOwnKey(stepKeys, key)) : given;
}

/** `source` means the source of the pipeline. */
export function isId(id: unknown): id is string {
  return typeof id === 'string' && NAME.test(id) && id !== 'source';
}
