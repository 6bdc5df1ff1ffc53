import type { z } from 'zod';
import { messageOf, PipelineError } from '../../errors.js';
import type { FittedDefinition } from './definition.js';

/**
 * An artifact's description as its operator understands it.
 * @throws PipelineError `badSchema` if another operator made it, `badData` if it is damaged
 */
export function parseArtifact<F extends z.ZodObject, P extends z.ZodObject, A extends z.ZodObject, Model>(
  definition: FittedDefinition<F, P, A, Model>,
  description: Readonly<Record<string, unknown>>,
  name: string,
): z.output<A> {
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
