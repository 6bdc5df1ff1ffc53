import { map } from 'rxjs';
import { z } from 'zod';

/** Keeps so many MiB of arrays for each batch, and hands the batch on. */
export default {
  name: 'hoarding',
  summary: 'Keeps memory that it does not need.',
  example: '- ./hoarding.mjs',
  options: z.strictObject({ mebibytes: z.int().default(64) }),
  reads: () => [],
  outputSchema: (input) => input,
  create:
    ({ mebibytes }) =>
    (source) => {
      const held = [];
      return source.pipe(
        map((batch) => {
          held.push(new Uint8Array(mebibytes * 2 ** 20).fill(1));
          return batch;
        }),
      );
    },
};
