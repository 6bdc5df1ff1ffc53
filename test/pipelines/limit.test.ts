import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { planOf } from '#dist/pipelines/loadPlan.js';
import type { Plan } from '#dist/pipelines/plan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { readRunRecord } from '#dist/io/runRecord.js';
import { runSweep } from '#dist/sweeps/runSweep.js';
import { fitted, rowsOf, sweepFile } from '../sweeps/support.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const MOLECULES = new URL('../data/molecules.xyz', import.meta.url).pathname;
const TEXT = `
pipelines:
  images:
    source: { idx: { images: images, labels: labels, chunkBytes: 1000 } }
    steps: [decodeMnist: { batchRows: 4 }]
    sinks: [{ parquet: { path: "\${out}/images.parquet" } }]
  again:
    source: { parquet: { path: "\${out}/images.parquet", batchRows: 4 } }
    sinks: [{ arrow: { path: "\${out}/again.arrow" } }]
  molecules:
    source: { xyz: { path: ${MOLECULES}, batchRows: 2 } }
    sinks: [{ parquet: { path: "\${out}/molecules.parquet" } }]
  beside:
    source: { parquet: { path: "\${out}/images.parquet" } }
    sinks: [{ arrow: { path: beside.arrow } }]
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 20);
});

async function planWith(limit?: number, text = TEXT): Promise<Plan> {
  const outDirectory = join(folder, limit === undefined ? 'out' : 'out-limited');
  const settings = text.includes('log') ? [`log=${join(folder, 'log')}`] : [];
  const { plan, diagnostics } = await planOf(text, join(folder, 'p.yaml'), { outDirectory, limit, settings });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

const imagesIn = async (out: string): Promise<unknown[]> =>
  (await rowsOf(join(folder, out, 'images.parquet'))).map(({ image, label }) => JSON.stringify({ image, label }));

describe('a limit', () => {
  it.each([1, 4, 6, 20, 21])('of %i rows gives the first of them, of every source', async (limit) => {
    await runPlan(await planWith(), { pipelines: ['images', 'molecules'] });
    const plan = await planWith(limit);
    const reports = await runPlan(plan, { pipelines: ['images', 'again', 'molecules'], record: true });
    const rows = Math.min(20, limit);
    expect(reports.map(({ outputs }) => outputs[0]!.rows)).toEqual([rows, rows, Math.min(4, limit)]);
    expect(await imagesIn('out-limited')).toEqual((await imagesIn('out')).slice(0, limit));
    const whole = await rowsOf(join(folder, 'out/molecules.parquet'));
    expect(JSON.stringify(await rowsOf(join(folder, 'out-limited/molecules.parquet')))).toBe(
      JSON.stringify(whole.slice(0, limit)),
    );
    expect(await readRunRecord(join(folder, 'out-limited/runs/images.json'))).toMatchObject({ limit });
  });

  it('takes the first images of gzipped files', async () => {
    for (const name of ['images', 'labels']) {
      writeFileSync(join(folder, name), gzipSync(readFileSync(join(folder, name))));
    }
    await runPlan(await planWith(7), { pipelines: ['images'] });
    expect(await imagesIn('out-limited')).toHaveLength(7);
  });

  it('reads nothing that comes after: damage there is not met', async () => {
    writeFileSync(join(folder, 'images'), readFileSync(join(folder, 'images')).subarray(0, 16 + 10 * 784));
    await runPlan(await planWith(10), { pipelines: ['images'] });
    expect(await imagesIn('out-limited')).toHaveLength(10);
    await expect(runPlan(await planWith(11), { pipelines: ['images'] })).rejects.toThrow(
      'images › decodeMnist: images (images): expected 8624 bytes of data after the header, got 7840: the file is cut off',
    );
  });

  it('has a folder of its own, and another name of the run', async () => {
    const { plan: limited } = await planOf(TEXT, join(folder, 'p.yaml'), { limit: 3 });
    const { plan: whole } = await planOf(TEXT, join(folder, 'p.yaml'));
    expect([whole!.outDirectory, limited!.outDirectory]).toEqual([
      join(process.cwd(), 'out'),
      join(process.cwd(), 'out-limited'),
    ]);
    const fingerprints = await Promise.all([undefined, 3, 4].map(async (limit) => (await planWith(limit)).fingerprint));
    expect(new Set(fingerprints).size).toBe(3);
  });

  it('refuses an output elsewhere, which may be that of a whole run, before anything runs', async () => {
    await expect(runPlan(await planWith(3), { pipelines: ['images', 'beside'] })).rejects.toThrow(
      `beside: limit: expected outputs below ${join(folder, 'out-limited')}, since those of a whole run must stay, got ${join(folder, 'beside.arrow')}: begin its path with \${out}`,
    );
    expect(existsSync(join(folder, 'out-limited'))).toBe(false);
  });

  it('asks for a limited run of what is read', async () => {
    await runPlan(await planWith(), { pipelines: ['images'] });
    await expect(runPlan(await planWith(3), { pipelines: ['again'] })).rejects.toThrow(/images again --limit 3$/);
  });

  it('of no rows, or of part of one, is refused', async () => {
    for (const limit of [0, 1.5, -1, Number.NaN]) {
      await expect(planWith(limit)).rejects.toThrow(`limit: expected a whole number of rows ≥ 1, got ${limit}`);
    }
  });

  it('holds for the trials of a sweep, which pass for no whole ones', async () => {
    const text = sweepFile('over: { x: [1, 2] }, objective: trial.measure.score');
    await runSweep(await planWith(undefined, text), 'search', { workers: 0 });
    const inSameFolder = { outDirectory: join(folder, 'out'), limit: 5, settings: [`log=${join(folder, 'log')}`] };
    const { plan } = await planOf(text, join(folder, 'p.yaml'), inSameFolder);
    const report = await runSweep(plan!, 'search', { workers: 0 });
    expect([report.kept, fitted(folder)]).toEqual([0, [1, 2, 1, 2]]);
  });
});
