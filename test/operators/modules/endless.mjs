import { map } from 'rxjs';
import { z } from 'zod';

/** Hands on what arrives, but never answers to the batch that has the image `at`. */
export default {
  name: 'endless',
  summary: 'Never answers to one batch.',
  example: '- ./endless.mjs: { at: 3 }',
  options: z.strictObject({ at: z.int().default(-1), fills: z.boolean().default(false) }),
  independent: true,
  reads: () => [],
  outputSchema: (input) => input,
  create:
    ({ at, fills }) =>
    (source) =>
      source.pipe(
        map((batch) => {
          const images = new Set(batch.getChild('image'));
          const held = [];
          while (images.has(at)) if (fills) held.push(Array.from({ length: 1e5 }, Math.random));
          return batch;
        }),
      ),
};
