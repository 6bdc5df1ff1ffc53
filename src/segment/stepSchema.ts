import type { Schema } from 'apache-arrow';
import { expectColumns } from '../arrow/expectations.js';
import type { FittedDefinition, StreamDefinition } from '../operators/definition.js';

/** What an artifact says of itself, as its operator understands it. */
export type Artifact = Record<string, unknown>;

interface Step<Definition> {
  readonly definition: Definition;
  readonly options: Record<string, unknown>;
}

/** @throws PipelineError `badSchema` if the step does not get its columns; so do the others */
export function streamOutput({ definition, options }: Step<StreamDefinition>, input: Schema): Schema {
  expectColumns(input, definition.reads(options));
  return definition.outputSchema(input, options);
}

/** What a fit will leave, as an artifact and as a stream. */
export function fitOutput(
  { definition, options }: Step<FittedDefinition>,
  input: Schema,
): { artifact: Artifact; schema: Schema } {
  expectColumns(input, definition.fitReads(options));
  const artifact = definition.describeArtifact(input, options);
  return { artifact, schema: definition.outputSchema(input, artifact, definition.applyOptions.parse({})) };
}

export function applyOutput(
  { definition, options }: Step<FittedDefinition>,
  input: Schema,
  artifact: Artifact,
): Schema {
  expectColumns(input, definition.applyReads(artifact, options));
  return definition.outputSchema(input, artifact, options);
}
