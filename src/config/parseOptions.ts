import type { z } from 'zod';
import { PipelineError } from '../errors.js';
import { Diagnostics } from './diagnostics.js';
import { checkOptions, type OptionPlaces } from './options.js';
import { formatPath, isMapping } from './paths.js';

/** A call has no lines and columns: the path says it all. */
const IN_A_CALL: OptionPlaces = {
  locate: (path) => ({ path: formatPath(path), location: { argument: formatPath(path) } }),
  variableText: () => undefined,
};

/**
 * Options of a call, checked as those of a pipeline file are, and with defaults filled in.
 * @throws PipelineError `badOption` naming the operator, the option, what is expected and what was given
 */
export function parseOptions<Options extends z.ZodObject>(
  name: string,
  schema: Options,
  options: z.input<Options>,
): z.output<Options> {
  const diagnostics = new Diagnostics();
  const parsed = checkOptions(schema, withoutUndefined(options ?? {}), [name], IN_A_CALL, diagnostics);
  if (parsed) return parsed;
  const messages = diagnostics
    .sorted()
    .map(({ message, suggestion }) => (suggestion ? `${message}; did you mean ${suggestion}?` : message));
  throw new PipelineError('badOption', messages.join('\n'));
}

/** An option that is `undefined` is one that is not given. */
function withoutUndefined(value: unknown): unknown {
  if (!isMapping(value)) return value;
  const given = Object.entries(value).filter(([, option]) => option !== undefined);
  return Object.fromEntries(given.map(([name, option]) => [name, withoutUndefined(option)]));
}
