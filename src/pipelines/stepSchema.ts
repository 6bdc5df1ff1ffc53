import type { Schema } from 'apache-arrow';
import { adoptSchema } from '../arrow/adoptSchema.js';
import { readingOf } from '../arrow/expectations.js';
import type { FitStep, StreamStep, UnplacedApply } from './plan.js';

/** What an artifact says of itself, as its operator understands it. */
export type Artifact = Record<string, unknown>;

/** @throws PipelineError `badSchema` if the step does not get its columns; so do the others */
export function streamOutput({ definition, options }: StreamStep, input: Schema): Schema {
  const { schema } = readingOf(input, definition.reads(options));
  return adoptSchema(definition.outputSchema(schema, options));
}

/** What a fit will leave, as an artifact and as a stream. */
export function fitOutput({ definition, options }: FitStep, input: Schema): { artifact: Artifact; schema: Schema } {
  const { schema } = readingOf(input, definition.fitReads(options));
  const artifact = definition.describeArtifact(schema, options);
  return { artifact, schema: appliedTo(definition, schema, artifact, definition.applyOptions.parse({})) };
}

export function applyOutput({ definition, options }: UnplacedApply, input: Schema, artifact: Artifact): Schema {
  return appliedTo(definition, input, artifact, options);
}

function appliedTo(
  definition: UnplacedApply['definition'],
  input: Schema,
  artifact: Artifact,
  options: UnplacedApply['options'],
): Schema {
  const { schema } = readingOf(input, definition.applyReads(artifact, options));
  return adoptSchema(definition.outputSchema(schema, artifact, options));
}
