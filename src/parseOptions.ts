import type { z } from 'zod';
import { PipelineError } from './errors.js';

/**
 * Options of a call, checked and with defaults filled in.
 * @throws PipelineError `badOption` naming the operator, the option, what is expected and what was given
 */
export function parseOptions<Options extends z.ZodObject>(
  name: string,
  schema: Options,
  options: z.input<Options>,
): z.output<Options> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const messages = result.error.issues.map((issue) => `${[name, ...issue.path].join('.')}: ${issue.message}`);
  throw new PipelineError('badOption', messages.join('\n'), { cause: result.error });
}
