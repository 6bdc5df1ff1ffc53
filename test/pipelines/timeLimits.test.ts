import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type LoadOptions, planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan, type RunOptions } from '#dist/pipelines/runPlan.js';
import { soapstream } from '../support/command.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const MODULES = new URL('../operators/modules/', import.meta.url).pathname;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 40);
});

const fileOf = (...steps: readonly string[]): string => `
pipelines:
  p:
    source: { idx: { images: images, labels: labels } }
    steps:
      - decodeMnist: { batchRows: 4 }
${steps.map((step) => `      - ${step}\n`).join('')}    sinks: [{ parquet: { path: '\${out}/rows.parquet' } }]
`;

const planned = (text: string, options: LoadOptions = {}) =>
  planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out'), ...options });

async function run(text: string, options: RunOptions = {}, load: LoadOptions = {}): Promise<void> {
  const { plan, diagnostics } = await planned(text, load);
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  await runPlan(plan, options);
}

async function problems(text: string, options: LoadOptions = {}): Promise<string[]> {
  const { diagnostics } = await planned(text, options);
  return diagnostics.sorted().map(({ message }) => message);
}

const endless = (at: number, more = ''): string => `{ ${MODULES}endless.mjs: { at: ${at} }, id: own${more} }`;

describe('a step with a time limit for a batch', () => {
  it.each([0, 1, 2])('ends the run with step and batch when it never answers, with %i workers', async (workers) => {
    await expect(run(fileOf(endless(22, ', timeout: 1500ms'), 'imageToXyz'), { workers })).rejects.toMatchObject({
      code: 'timedOut',
      message: 'p › own, batch 5: expected an answer within 1.5 s, got none: its worker thread was ended',
    });
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  });

  it('gives the same bytes as without, where it answers', async () => {
    await run(fileOf(endless(-1)), { workers: 0 });
    await run(fileOf(endless(-1, ', timeout: 1m')), { workers: 0 }, { outDirectory: join(folder, 'limited') });
    const bytesIn = (out: string): Buffer => readFileSync(join(folder, out, 'rows.parquet'));
    expect(bytesIn('limited').equals(bytesIn('out'))).toBe(true);
  });

  it('gets it from the run, where it is one of the user and does not say one', async () => {
    await expect(run(fileOf(endless(1)), { workers: 0 }, { batchTimeout: 1 })).rejects.toMatchObject({
      code: 'timedOut',
      place: { pipeline: 'p', step: 'own', batch: 0 },
    });
  });

  it('is refused where it runs on the main thread, since it has to see the whole stream', async () => {
    const whole = `${MODULES}endlessWhole.mjs`;
    const why = 'since the step needs the batches before it: it runs on the main thread, where nothing can end it';
    expect(await problems(fileOf(`{ ${whole}: {}, timeout: 60s }`))).toEqual([
      expect.stringMatching(`timeout: cannot hold, ${why}$`) as string,
    ]);
    expect(await problems(fileOf(`{ ${whole}: {} }`), { batchTimeout: 60 })).toEqual([
      expect.stringMatching(`--batch-timeout cannot hold, ${why}$`) as string,
    ]);
  });

  it('is refused with what is no time', async () => {
    for (const text of ['60', 'soon', '0s', '-1s', '[]']) {
      const [message] = await problems(fileOf(endless(1, `, timeout: ${text}`)));
      expect(message).toContain('timeout: expected a time such as 500ms, 60s, 5m or 1h, got');
    }
  });
});

describe('a worker thread', () => {
  it('that runs out of memory is a named error, with the steps that it ran', async () => {
    writeFileSync(
      join(folder, 'p.yaml'),
      fileOf(`{ ${MODULES}endless.mjs: { at: 22, fills: true }, id: own, timeout: 10m }`),
    );
    process.env['NODE_OPTIONS'] = '--max-old-space-size=100';
    const { code, stderr } = await soapstream(folder, ['run', 'p.yaml', '--workers', '1']);
    delete process.env['NODE_OPTIONS'];
    expect(stderr).toMatch(
      /p: a worker thread failed: Worker terminated due to reaching memory limit.* \(it ran own\)/,
    );
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(3);
  });
});
