// An operator that does harm at the first batch that any process works on; then it hands on everything.

import { existsSync, writeFileSync } from 'node:fs';
import { batchOperator, defineOperator, z } from 'soapstream';

const options = z.strictObject({
  how: z.enum(['kill', 'interrupt', 'orphan']),
  mark: z.string().describe('File that tells that it has been done.'),
});

export default defineOperator({
  name: 'harm',
  summary: 'Does harm, once.',
  example: '- ./harm.mjs: { how: kill, mark: done }',
  options,
  independent: true,
  reads: () => [],
  outputSchema: (input) => input,
  create: ({ how, mark }) =>
    batchOperator('harm', [], () => ({
      *next(batch) {
        yield batch;
        if (existsSync(mark)) return;
        writeFileSync(mark, String(process.pid));
        if (how === 'kill') process.kill(process.pid, 'SIGKILL');
        process.kill(process.ppid, how === 'orphan' ? 'SIGKILL' : 'SIGINT');
        for (;;) yield batch; // until somebody ends it
      },
    })),
});
