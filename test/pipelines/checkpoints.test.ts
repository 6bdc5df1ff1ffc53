import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MetricRecord } from '#dist/pipelines/metricsBatch.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

/** A fit that counts its runs in its checkpoint, and fails in the first two. */
const COUNTING = `
import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
export default {
  name: 'counting', summary: 'Counts its runs.', example: '- ./counting.mjs: { fit: a }',
  fitOptions: z.strictObject({}), applyOptions: z.strictObject({}), artifact: z.object({ operator: z.string() }),
  fitReads: () => [],
  describeArtifact: () => ({ operator: 'counting' }),
  startFit: (_input, _options, { checkpoint, emitMetric }) => ({
    add() {},
    async finish() {
      const earlier = (await checkpoint.read())?.get('runs')?.[0] ?? 0;
      await checkpoint.write(new Map([['runs', Uint8Array.of(earlier + 1)]]));
      if (earlier < 2) throw new Error('out of luck');
      emitMetric({ metric: 'runs', value: earlier + 1 });
      return {};
    },
  }),
  save: async () => new Map([['model.bin', Uint8Array.of(1)]]),
  load: async () => ({}),
  applyReads: () => [],
  outputSchema: (input) => input,
  apply: () => (source) => source,
};`;

const PIPELINE = `
pipelines:
  a:
    source: { idx: { images: images, labels: labels } }
    steps: [{ ./counting.mjs: { fit: counted } }]
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 10);
  writeFileSync(join(folder, 'counting.mjs'), COUNTING);
});

async function run(out: string): Promise<readonly MetricRecord[]> {
  const { plan, diagnostics } = await planOf(PIPELINE, join(folder, 'p.yaml'), { outDirectory: join(folder, out) });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  return (await runPlan(plan)).flatMap(({ metrics }) => metrics);
}

describe('a pipeline', () => {
  it('keeps the state of a fit that failed beside its artifact, until that is there', async () => {
    const artifacts = join(folder, 'out', 'artifacts');
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(run('out')).rejects.toMatchObject({ message: 'a › ./counting.mjs: out of luck' });
      expect(readdirSync(artifacts)).toEqual(['.counted.checkpoint']);
    }
    await expect(run('elsewhere')).rejects.toThrow('out of luck');
    expect(await run('out')).toMatchObject([{ metric: 'runs', value: 3 }]);
    expect(readdirSync(artifacts)).toEqual(['counted']);
    expect(existsSync(join(artifacts, 'counted', 'model.bin'))).toBe(true);
  });
});
