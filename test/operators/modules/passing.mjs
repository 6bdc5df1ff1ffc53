import { z } from 'zod';

/** Hands on what arrives. */
export default {
  name: 'passing',
  summary: 'Hands on what arrives.',
  example: '- ./passing.mjs',
  options: z.strictObject({}),
  independent: true,
  dear: true,
  reads: () => [],
  outputSchema: (input) => input,
  create: () => (source) => source,
};
