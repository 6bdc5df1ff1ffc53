import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { writeSmallMnist } from '../support/smallMnist.js';
import { outputsIn, parquetRows, planned, recordIn, runInTasks, writeMolecules } from '../support/tasks.js';

/** The main job in small, with steps before and after what needs all rows, every kind of source, fits, figures and letters. */
const JOB = `
pipelines:
  sampled:
    source: &images { idx: { images: images, labels: labels } }
    steps:
      - &decode { decodeMnist: { batchRows: 2 } }
      - imageToXyz
      - reservoirSample: { size: 90, seed: 1 }
      - &soap { soap: { rCut: 12, nMax: 2, lMax: 2, sigma: 2, batchRows: 32 } }
    sinks: [{ parquet: { path: '\${out}/sampled' } }]
  fit:
    source: { parquet: { path: '\${out}/sampled' } }
    steps:
      - robustRescale: { fit: scaler }
      - compress: { fit: pca, components: 3 }
      - classify: { fit: digits, features: code, layers: [4], epochs: 2, seed: 1 }
    sinks: [{ arrow: { path: '\${out}/fitted.arrow' } }]
    metrics: { arrow: { path: '\${out}/metrics/fit.arrow' } }
  test:
    source: *images
    steps: [*decode, imageToXyz, *soap, robustRescale: { apply: scaler }, compress: { apply: pca }, classify: { apply: digits }]
    sinks: [{ arrow: { path: '\${out}/predicted.arrow' } }]
    metrics: { arrow: { path: '\${out}/metrics/test.arrow' } }
  images:
    source: { arrow: { path: '\${out}/predicted.arrow' } }
    steps: [{ filter: { column: center, from: 0, to: 40 } }, { classifyImages: { batchRows: 2 } }]
    sinks: [{ arrow: { path: '\${out}/images.arrow' } }]
    metrics: { arrow: { path: '\${out}/metrics/images.arrow' } }
  measured:
    source: { arrow: { path: '\${out}/predicted.arrow' } }
    steps: [{ classify: { apply: digits } }]
    metrics: { arrow: { path: '\${out}/metrics/measured.arrow' } }
  all:
    source: *images
    steps: [*decode, imageToXyz, *soap]
    sinks:
      - parquet: { path: '\${out}/all', rowsPerFile: 600 }
      - parquet: { path: '\${out}/again', compression: uncompressed }
  chosen:
    source: { parquet: { path: '\${out}/all' } }
    steps: [{ select: { columns: [image, center, nCenters, soap] } }, { reservoirSample: { size: 50, seed: 3, by: descriptor } }]
    sinks: [{ parquet: { path: '\${out}/chosen.parquet' } }]
  molecules:
    source: { xyz: { path: molecules.xyz, origin: true, batchRows: 4 } }
    deadLetters: { arrow: { path: '\${out}/dead.arrow' } }
    steps: [{ soap: { rCut: 4, nMax: 2, lMax: 2, sigma: 0.5, species: [H, C, N, O] }, onError: deadLetter }]
    sinks: [{ arrow: { path: '\${out}/molecules.arrow' } }]
`;
const NAMES = ['sampled', 'fit', 'test', 'images', 'measured', 'all', 'chosen', 'molecules'];
/** What tasks write file by file. */
const FOLDERS = ['all', 'again'];

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'soapstream-'));
  writeSmallMnist(folder, 16);
  writeMolecules(join(folder, 'molecules.xyz'), 40);
  await runPlan(await planned(JOB, folder, 'local'), { pipelines: NAMES, workers: 0, record: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Alone it takes a fraction of that.
describe('the main job in tasks', { timeout: 300_000 }, () => {
  it('has all bytes and the records of the local run with one task each', async () => {
    await runInTasks(await planned(JOB, folder, 'one'), NAMES, 1);
    expect(outputsIn(join(folder, 'one'))).toEqual(outputsIn(join(folder, 'local')));
    for (const name of NAMES) {
      expect(recordIn(join(folder, 'one'), name), name).toEqual(recordIn(join(folder, 'local'), name));
    }
  });

  it.each([
    [2, NAMES],
    [7, ['sampled', 'fit', 'test', 'all', 'molecules']],
  ])('has the bytes of the local run with %i, and in folders the rows', async (splits, names) => {
    const out = join(folder, `in${splits}`);
    await runInTasks(await planned(JOB, folder, `in${splits}`), names, splits);
    const left = names.flatMap((name) => leftBy(name)).filter((path) => !FOLDERS.includes(path.split('/')[0]!));
    const [here, local] = [outputsIn(out), outputsIn(join(folder, 'local'))];
    expect(left.length).toBeGreaterThan(10);
    for (const path of left) expect(here.get(path), path).toEqual(local.get(path));
    for (const name of FOLDERS) {
      expect(await parquetRows(join(out, name)), name).toEqual(await parquetRows(join(folder, 'local', name)));
    }
  });

  it('has the same files for the same splits', async () => {
    await runInTasks(await planned(JOB, folder, 'again2'), ['all'], 2);
    const files = outputsIn(join(folder, 'again2'));
    expect([...files.keys()]).toEqual([
      'again/part-00000.parquet',
      'again/part-00001.parquet',
      ...[0, 1, 2, 3].map((part) => `all/part-0000${part}.parquet`),
    ]);
    for (const [name, bytes] of files) expect(outputsIn(join(folder, 'in2')).get(name), name).toEqual(bytes);
  });
});

/** The files that the local run of a pipeline has left. */
function leftBy(name: string): string[] {
  const { left } = recordIn(join(folder, 'local'), name) as { left: { path: string }[] };
  return left.map(({ path }) => path);
}
