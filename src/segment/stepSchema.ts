import type { Schema } from 'apache-arrow';
import { adoptSchema } from '../arrow/adoptSchema.js';
import { readingOf } from '../arrow/expectations.js';
import type { FittedDefinition, StreamDefinition } from '../operators/frame/definition.js';

/** What an artifact says of itself, as its operator understands it. */
export type Artifact = Record<string, unknown>;

interface Step<Definition> {
  readonly definition: Definition;
  readonly options: Record<string, unknown>;
}

/** @throws PipelineError `badSchema` if the step does not get its columns; so do the others */
export function streamOutput({ definition, options }: Step<StreamDefinition>, input: Schema): Schema {
  const { schema } = readingOf(input, definition.reads(options));
  return adoptSchema(definition.outputSchema(schema, options));
}

/** What a fit will leave, as an artifact and as a stream. */
export function fitOutput(
  { definition, options }: Step<FittedDefinition>,
  input: Schema,
): { artifact: Artifact; schema: Schema } {
  const { schema } = readingOf(input, definition.fitReads(options));
  const artifact = definition.describeArtifact(schema, options);
  const applied = { definition, options: definition.applyOptions.parse({}) };
  return { artifact, schema: applyOutput(applied, schema, artifact) };
}

export function applyOutput(
  { definition, options }: Step<FittedDefinition>,
  input: Schema,
  artifact: Artifact,
): Schema {
  const { schema } = readingOf(input, definition.applyReads(artifact, options));
  return adoptSchema(definition.outputSchema(schema, artifact, options));
}
