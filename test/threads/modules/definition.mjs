import { z } from 'zod';

/** The definition of an operator that a test of worker threads names by its path. */
export function definition(name, create, outputSchema = (input) => input) {
  return {
    name,
    summary: `For tests of worker threads: ${name}.`,
    example: `- ./${name}.mjs`,
    options: z.strictObject({}),
    independent: true,
    dear: true,
    reads: () => [],
    outputSchema,
    create,
  };
}
