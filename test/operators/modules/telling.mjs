import { map } from 'rxjs';
import { z } from 'zod';

/** Knows a key, and tells it where a row fails. */
export default {
  name: 'telling',
  summary: 'Fails with what it should keep to itself.',
  example: '- ./telling.mjs: { key: abc }',
  options: z.strictObject({ key: z.string(), at: z.array(z.int()).default([]), size: z.int().default(1) }),
  independent: true,
  dear: true,
  reads: () => [],
  outputSchema: (input) => input,
  create:
    ({ key, at }) =>
    (source) =>
      source.pipe(
        map((batch) => {
          for (const image of batch.getChild('image'))
            if (at.includes(image)) throw new Error(`401 for the key ${key}`);
          return batch;
        }),
      ),
};
