/**
 * A training in miniature: `score` rises from epoch to epoch towards −(x − 3)², and can fail in all the ways that a training can.
 * Each fit appends its x to the file `log`, so that tests see which trials ran.
 */
import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { map } from 'rxjs';
import { z } from 'zod';
import { PipelineError } from '#dist/errors.js';

const artifact = z.object({ operator: z.literal('measure'), x: z.number() });

export default {
  name: 'measure',
  summary: 'Measures how far x is from 3.',
  example: '- ./measure.mjs: { fit: it }',
  fitOptions: z.strictObject({
    x: z.number(),
    epochs: z.int().default(3),
    divergeAt: z.number().optional(),
    failAt: z.number().optional(),
    waitMs: z.number().default(0),
    log: z.string().optional(),
  }),
  applyOptions: z.strictObject({}),
  artifact,
  fitReads: () => [],
  describeArtifact: (_input, { x }) => ({ operator: 'measure', x }),
  startFit: (_input, { x, epochs, divergeAt, failAt, waitMs, log }, { signal, emitMetric }) => ({
    add() {},
    async finish() {
      if (log) await appendFile(log, `${x}\n`);
      for (let epoch = 1; epoch <= epochs; epoch++) {
        await sleep(waitMs);
        signal.throwIfAborted();
        if (x === failAt) throw new PipelineError('badData', `x is ${x}`);
        if (x === divergeAt && epoch === 2) throw new PipelineError('diverged', `the loss became NaN at ${x}`);
        emitMetric({ metric: 'loss', epoch, value: (x - 3) ** 2 + 1 / epoch });
        emitMetric({ metric: 'score', epoch, value: -((x - 3) ** 2) - 1 / epoch });
      }
      emitMetric({ metric: 'confusion', actual: 0, predicted: 1, value: 7 });
      return { x };
    },
  }),
  save: async ({ x }) => new Map([['x.json', new TextEncoder().encode(JSON.stringify(x))]]),
  load: async (files) => ({ x: JSON.parse(new TextDecoder().decode(files.get('x.json'))) }),
  applyReads: () => [],
  outputSchema: (input) => input,
  apply: ({ model }, _options, { emitMetric }) =>
    map((batch) => {
      emitMetric({ metric: 'applied', value: model.x });
      return batch;
    }),
};
