import type { Schema } from 'apache-arrow';
import { expectColumns } from '../arrow/expectations.js';
import { messageOf, PipelineError } from '../errors.js';
import type { FittedDefinition } from '../operators/definition.js';
import type { ApplyStep, FitStep, StreamStep } from './plan.js';

/** What an artifact says of itself, as its operator understands it. */
export type Artifact = Record<string, unknown>;

/** @throws PipelineError `badSchema` if the step does not get its columns; so do the others */
export function streamOutput({ definition, options }: StreamStep, input: Schema): Schema {
  expectColumns(input, definition.reads(options));
  return definition.outputSchema(input, options);
}

/** What a fit will leave, as an artifact and as a stream. */
export function fitOutput({ definition, options }: FitStep, input: Schema): { artifact: Artifact; schema: Schema } {
  expectColumns(input, definition.fitReads(options));
  const artifact = definition.describeArtifact(input, options);
  return { artifact, schema: definition.outputSchema(input, artifact, definition.applyOptions.parse({})) };
}

export function applyOutput({ definition, options }: ApplyStep, input: Schema, artifact: Artifact): Schema {
  expectColumns(input, definition.applyReads(artifact, options));
  return definition.outputSchema(input, artifact, options);
}

/**
 * An artifact's description as its operator understands it.
 * @throws PipelineError `badSchema` if another operator made it, `badData` if it is damaged
 */
export function parseArtifact(
  definition: FittedDefinition,
  description: Readonly<Record<string, unknown>>,
  name: string,
): Artifact {
  if (description.operator !== definition.name) {
    throw new PipelineError(
      'badSchema',
      `artifact ${name}: expected one that ${definition.name} has fitted, found one of ${String(description.operator)}`,
    );
  }
  const parsed = definition.artifact.safeParse(description);
  if (parsed.success) return parsed.data;
  throw new PipelineError('badData', `artifact ${name}: its description is damaged: ${messageOf(parsed.error)}`, {
    cause: parsed.error,
  });
}
