import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { expectRoom, sharesOf, spareBytes, workersWithin } from '#dist/pipelines/memoryBudget.js';
import { soapstream } from '../support/command.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const MODULES = new URL('../operators/modules/', import.meta.url).pathname;
const MIB = 2 ** 20;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 400);
});

const fileOf = (...steps: readonly string[]): string => `
pipelines:
  p:
    source: { idx: { images: images, labels: labels } }
    steps:
      - decodeMnist: { batchRows: 4 }
${steps.map((step) => `      - ${step}\n`).join('')}    sinks: [{ parquet: { path: '\${out}/rows.parquet' } }]
`;

async function problems(text: string, memory: number): Promise<string[]> {
  const { diagnostics } = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out'), memory });
  return diagnostics.sorted().map(({ message }) => message);
}

const SOAP = 'soap: { rCut: 8, nMax: 4, lMax: 3, sigma: 1 }';

describe('a memory budget', () => {
  it('is refused at validate where a sample may take more: its size times the bytes of a row, and a quarter', async () => {
    const text = fileOf('imageToXyz', SOAP, 'reservoirSample: { size: 10000000 }');
    const [message] = await problems(text, 1024 * MIB);
    // image, center, nCenters of 4 bytes, a position of 24, a label of one, 40 features of 4.
    const held = Math.ceil((1.25 * 1e7 * (3 * 4 + 3 * 8 + 1 + 40 * 4)) / MIB);
    expect(message).toMatch(
      /^reservoirSample: may hold \d+ MiB; of 1024 MiB \(--memory\) there are 768 MiB for steps$/,
    );
    expect(Number(/may hold (\d+)/.exec(message!)![1])).toBe(held);
    expect(await problems(text.replace('10000000', '100000'), 1024 * MIB)).toEqual([]);
  });

  it('is refused at validate where covariances take more: 16 bytes for each pair of features', async () => {
    const wide = 'soap: { rCut: 8, nMax: 12, lMax: 12, sigma: 1 }'; // 1,014 features
    const pairs = 16 * 1014 ** 2;
    for (const [step, held] of [
      ['correlate', pairs],
      ['compress: { fit: pca, components: 50 }', pairs],
      ['compress: { fit: pca, components: 500 }', 2 * pairs], // of all components
      ['compress: { fit: pca, components: 2, maxBytes: 5000000 }', pairs + 5e6], // rows, too
    ] as const) {
      expect(await problems(fileOf('imageToXyz', wide, step), 260 * MIB)).toEqual([
        expect.stringMatching(`may hold ${Math.ceil(held / MIB)} MiB; of 260 MiB \\(--memory\\) there are 4 MiB`),
      ]);
      expect(await problems(fileOf('imageToXyz', wide, step), 300 * MIB)).toEqual([]);
    }
  });

  it('is shared out: queues and heaps get no more than all of it', () => {
    for (const [budget, workers] of [
      [600 * MIB, 2],
      [2048 * MIB, 8],
      [300 * MIB, 0],
    ] as const) {
      const { sinkQueueBytes, unreadBytes } = sharesOf(budget, workers);
      expect(sinkQueueBytes + 2 * workers * unreadBytes).toBeLessThanOrEqual(spareBytes(budget, workers));
    }
    expect(workersWithin(256 * MIB)).toBe(0);
    expect(() => expectRoom(300 * MIB, 1)).toThrow('memory: expected at least 352 MiB for 1 workers, got 300 MiB');
  });

  it('ends a run that takes more with a named error, and leaves nothing', async () => {
    writeFileSync(join(folder, 'p.yaml'), fileOf(`${MODULES}hoarding.mjs`));
    const { code, stderr } = await soapstream(folder, ['run', 'p.yaml', '--workers', '0', '--memory', '600MiB']);
    expect(stderr).toMatch(
      /expected at most 600 MiB of memory, got \d+ MiB \(\d+ MiB of it the heap of the main thread/,
    );
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(3);
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  });

  it('bounds the heap of worker threads', async () => {
    const own = `{ ${MODULES}endless.mjs: { at: 22, fills: true }, id: own, timeout: 10m }`;
    writeFileSync(join(folder, 'p.yaml'), fileOf(own));
    const { code, stderr } = await soapstream(folder, ['run', 'p.yaml', '--workers', '1', '--memory', '400MiB']);
    expect(stderr).toMatch(
      /p: a worker thread failed: .*memory limit.* \(it ran own\)|expected at most 400 MiB of memory/,
    );
    expect(code).toBe(3);
  });

  it('changes no byte of what is written', async () => {
    writeFileSync(join(folder, 'p.yaml'), fileOf('imageToXyz', SOAP));
    for (const [out, args] of Object.entries({ free: [], bound: ['--memory', '700MiB'] })) {
      expect(await soapstream(folder, ['run', 'p.yaml', '--limit', '40', '--out', out, ...args])).toMatchObject({
        code: 0,
      });
    }
    const bytesIn = (out: string): Buffer => readFileSync(join(folder, out, 'rows.parquet'));
    expect(bytesIn('bound').equals(bytesIn('free'))).toBe(true);
  });

  it('is refused with what is no size', async () => {
    writeFileSync(join(folder, 'p.yaml'), fileOf());
    const { code, stderr } = await soapstream(folder, ['run', 'p.yaml', '--memory', 'much']);
    expect(stderr).toContain('--memory: expected a size such as 800MiB or 2GiB, got "much"');
    expect(code).toBe(2);
  });
});
