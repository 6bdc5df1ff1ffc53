import { map } from 'rxjs';
import { z } from 'zod';

/** Hands on what arrives, but for images whose number ends in 9: its errors name no row. */
export default {
  name: 'picky',
  summary: 'Fails at images whose number ends in 9.',
  example: '- ./picky.mjs',
  options: z.strictObject({}),
  independent: true,
  reads: () => [],
  outputSchema: (input) => input,
  create: () =>
    map((batch) => {
      for (const image of batch.getChild('image')) if (image % 10 === 9) throw new RangeError('no image may end in 9');
      return batch;
    }),
};
