import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { planOf } from '#dist/pipelines/loadPlan.js';
import type { PipelineReport } from '#dist/pipelines/runPipeline.js';
import { previewRun, runPlan } from '#dist/pipelines/runPlan.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const FILE = `
variables: { rows: 12, epochs: 1 }
pipelines:
  images:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist, { filter: { column: image, to: '\${rows}' } }, flattenPixels]
    sinks: [{ parquet: { path: '\${out}/parts', rowsPerFile: 5 } }]
  train:
    source: { parquet: { path: '\${out}/parts' } }
    steps:
      - robustRescale: { fit: scaler, features: intensities }
      - classify: { fit: digits, features: intensities, layers: [4], epochs: '\${epochs}' }
    metrics: { parquet: { path: '\${out}/metrics.parquet' } }
  test:
    source: { parquet: { path: '\${out}/parts' } }
    steps: [{ robustRescale: { apply: scaler } }, { classify: { apply: digits } }, { ./own.mjs: {} }]
    sinks: [{ arrow: { path: '\${out}/predictions.arrow' } }]
`;
const OWN = `export default {
  name: 'own', summary: 'Hands on.', example: '- ./own.mjs', options: Z,
  reads: () => [], outputSchema: (input) => input, create: () => (source) => source,
};`;
const names = ['images', 'train', 'test'];

let folder = '';
beforeEach(async () => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 20);
  const zod = import.meta.resolve('zod');
  writeFileSync(join(folder, 'own.mjs'), `import { z } from '${zod}';\n${OWN.replace('Z,', 'z.strictObject({}),')}`);
  await run();
});

const out = (path: string): string => join(folder, 'out', path);

async function plan(
  settings: readonly string[] = [],
): Promise<NonNullable<Awaited<ReturnType<typeof planOf>>['plan']>> {
  const loaded = await planOf(FILE, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out'), settings });
  expect(loaded.diagnostics.sorted()).toEqual([]);
  return loaded.plan!;
}

/** Runs what has changed, and tells the names of those that ran. */
async function run(settings?: readonly string[]): Promise<string[]> {
  const reports = await runPlan(await plan(settings), {
    pipelines: names,
    workers: 0,
    record: true,
    skipUnchanged: true,
  });
  return reports.map(({ pipeline }) => pipeline);
}

/** The report of the training, whatever else has run. */
async function runTraining(
  settings: readonly string[],
  options: Parameters<typeof runPlan>[1],
  text = FILE,
): Promise<PipelineReport> {
  const loaded = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out'), settings });
  const reports = await runPlan(loaded.plan!, { pipelines: names, workers: 0, record: true, ...options });
  return reports.find(({ pipeline }) => pipeline === 'train')!;
}

/** The bytes of files, and of all files of folders. */
function filesOf(paths: readonly string[]): [string, Buffer][] {
  return paths.flatMap((path) => {
    const entries = statSync(out(path)).isDirectory()
      ? readdirSync(out(path)).map((entry) => join(path, entry))
      : [path];
    return entries.map((entry): [string, Buffer] => [entry, readFileSync(out(entry))]);
  });
}

async function reasons(settings?: readonly string[]): Promise<Record<string, string | undefined>> {
  return Object.fromEntries(await previewRun(await plan(settings), names, { skipUnchanged: true }));
}

const unchanged = { images: undefined, train: undefined, test: undefined };

describe('a run that passes over what has not changed', () => {
  it('runs nothing again, and leaves every file as it is', async () => {
    const before = readFileSync(out('predictions.arrow'));
    expect(await reasons()).toEqual(unchanged);
    expect(await run()).toEqual([]);
    expect(readFileSync(out('predictions.arrow'))).toEqual(before);
  });

  it('runs everything where it is not asked to pass over', async () => {
    const reports = await runPlan(await plan(), { pipelines: names, workers: 0, record: true });
    expect(reports.map(({ pipeline }) => pipeline)).toEqual(names);
    expect(await previewRun(await plan(), names)).toEqual(new Map(names.map((name) => [name, 'all are to run'])));
  });

  it('runs a pipeline whose options have changed, and those that read from it', async () => {
    expect(await reasons(['epochs=2'])).toEqual({
      images: undefined,
      train: 'its definition has changed',
      test: 'train runs before it',
    });
    expect(await run(['epochs=2'])).toEqual(['train', 'test']);
    expect(await run(['epochs=2'])).toEqual([]);
    expect(await run(['epochs=2', 'rows=13'])).toEqual(names);
  });

  it.each([
    [
      'an input',
      'images',
      '../images',
      { images: 'its input ../images has changed', train: 'images runs before it', test: 'images runs before it' },
    ],
    [
      'a part',
      'images',
      'parts/part-00001.parquet',
      {
        images: 'its output parts/part-00001.parquet has changed',
        train: 'images runs before it',
        test: 'images runs before it',
      },
    ],
    [
      'a model',
      'train',
      'artifacts/digits/weights.bin',
      { images: undefined, train: 'its output artifacts/digits/weights.bin has changed', test: 'train runs before it' },
    ],
    [
      'a module',
      'test',
      '../own.mjs',
      { images: undefined, train: undefined, test: 'its input ../own.mjs has changed' },
    ],
  ] as const)('notices that %s of %s has other bytes', async (_, _pipeline, path, expected) => {
    appendFileSync(out(path), ' ');
    expect(await reasons()).toEqual(expected);
  });

  it('does not fit again what nothing has changed for, and leaves the bytes of a run that does', async () => {
    // The pipeline has a sink now, and an epoch more: its scaler is that of the first run.
    const settings = ['epochs=2'];
    const fileOf = (artifact: string): number => statSync(out(`artifacts/${artifact}/artifact.json`)).ino;
    const [scaler, digits] = ['scaler', 'digits'].map(fileOf);
    const trained = await runTraining(settings, { skipUnchanged: true });
    expect(trained.notices).toEqual(['not fitted again, since nothing up to there has changed: robustRescale']);
    expect(fileOf('scaler')).toBe(scaler);
    expect(fileOf('digits')).not.toBe(digits);
    // Now nothing but the sink changes: no fit is done again, and its metrics are those of the run that did it.
    const again = await runTraining(
      settings,
      { skipUnchanged: true },
      FILE.replace('/metrics.parquet', '/other.parquet'),
    );
    expect(again.notices[0]).toMatch(/: robustRescale, classify$/);
    const taken = filesOf(['other.parquet', 'artifacts/scaler', 'artifacts/digits']);
    rmSync(join(folder, 'out'), { recursive: true });
    await run(settings);
    await runTraining(settings, {}, FILE.replace('/metrics.parquet', '/other.parquet'));
    expect(filesOf(['other.parquet', 'artifacts/scaler', 'artifacts/digits'])).toEqual(taken);
  });

  it.each([
    ['a model that was touched', () => appendFileSync(out('artifacts/scaler/scaler.arrow'), 'x')],
    ['metrics that were touched', () => appendFileSync(out('metrics.parquet'), 'x')],
    ['other rows', () => appendFileSync(join(folder, 'own.mjs'), '')],
  ])('fits again after %s', async (what, change) => {
    change();
    const settings = what === 'other rows' ? ['rows=8', 'epochs=2'] : ['epochs=2'];
    expect((await runTraining(settings, { skipUnchanged: true })).notices).toEqual([]);
  });

  it('notices a part that is gone, one that was added, and bytes that changed behind the same size and time', async () => {
    const [first, second] = ['parts/part-00000.parquet', 'parts/part-00001.parquet'].map(out) as [string, string];
    copyFileSync(first, out('parts/part-00009.parquet'));
    expect(await reasons()).toMatchObject({ images: 'its output parts/part-00009.parquet has changed' });
    rmSync(out('parts/part-00009.parquet'));
    expect(await reasons()).toEqual(unchanged);
    const bytes = readFileSync(second);
    const time = new Date(1e12);
    bytes[10]! ^= 1;
    writeFileSync(second, bytes);
    utimesSync(second, time, time);
    expect(await reasons()).toMatchObject({ images: 'its output parts/part-00001.parquet has changed' });
    rmSync(second);
    expect(await reasons()).toMatchObject({ images: 'its output parts/part-00001.parquet has changed' });
  });

  it('takes no notice of times where the bytes are the same', async () => {
    utimesSync(out('parts/part-00000.parquet'), new Date(0), new Date(0));
    expect(await reasons()).toEqual(unchanged);
  });

  it('runs where the record is gone, damaged, or of another version', async () => {
    const path = out('runs/test.json');
    const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ ...record, soapstream: '0.0.1' }));
    expect((await reasons())['test']).toMatch(/^soapstream 0\.0\.1 ran it, this is \d/);
    writeFileSync(path, '{');
    expect((await reasons())['test']).toBe('no record of an earlier run is there');
    rmSync(path);
    expect(await run()).toEqual(['test']);
  });
});
