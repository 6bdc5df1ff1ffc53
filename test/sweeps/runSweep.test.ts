import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { runSweep, type SweepReport, type SweepRunOptions } from '#dist/sweeps/runSweep.js';
import type { SweepMonitor } from '#dist/sweeps/sweepMonitor.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';
import { fitted, MEASURE, planIn, rowsOf, sweepFile, tableOf, timelessFiles } from './support.js';

const OBJECTIVE = 'objective: trial.measure.score';
const GRID = `over: { x: [1, 2, 4, 8] }, ${OBJECTIVE}`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 3);
});

async function run(
  text: string,
  { settings = [], out = 'out', ...options }: SweepRunOptions & { settings?: string[]; out?: string } = {},
): Promise<SweepReport> {
  return runSweep(await planIn(folder, text, settings, out), 'search', { workers: 1, ...options });
}

const inOut = (path: string): string => join(folder, 'out', path);

describe('runSweep', () => {
  it('runs every trial and tells values, status and last metrics in a row each', async () => {
    const report = await run(sweepFile(GRID));
    expect(report).toMatchObject({
      sweep: 'search',
      trials: { total: 4, done: 4, abandoned: 0, diverged: 0 },
      kept: 0,
      objective: 'trial.measure.score',
      outputs: [
        { path: 'search/results.parquet', rows: 4, role: 'results' },
        { path: 'search/metrics.parquet', rows: 4 * 7, role: 'metrics' },
      ],
    });
    // 2 and 4 are equally far from 3: of equal trials the first is the best.
    expect(report.best).toEqual({ trial: 2, value: -1 - 1 / 3, values: { x: 2 } });
    expect(await rowsOf(inOut('search/results.parquet'))).toEqual(
      [1, 2, 4, 8].map((x, index) => ({
        trial: index + 1,
        baseline: false,
        x,
        status: 'done',
        'trial.measure.loss': (x - 3) ** 2 + 1 / 3,
        'trial.measure.score': -((x - 3) ** 2) - 1 / 3,
      })),
    );
    const metrics = await rowsOf(inOut('search/metrics.parquet'));
    expect(metrics[1]).toMatchObject({ trial: 1, pipeline: 'trial', step: 'measure', metric: 'score', epoch: 1 });
    expect(metrics.at(-1)).toMatchObject({ trial: 4, metric: 'confusion', epoch: null, actual: 0, value: 7 });
    // A trial is a run of its own.
    expect(new Set(metrics.map((row) => row['run'])).size).toBe(4);
  });

  it('describes the columns in the metadata of the results', async () => {
    const over = "over: { x: { from: 1, to: 4, integer: true }, y: ['a'], z: { cases: { one: { w: 1 } } } }";
    await run(sweepFile(`${over}, ${OBJECTIVE}, minimize: true`, ', y: 0, w: 0'));
    const { schema } = await tableOf(inOut('search/results.parquet'));
    expect(JSON.parse(schema.metadata.get('sweep')!)).toEqual({
      name: 'search',
      parameters: [
        { name: 'x', kind: 'range', scale: 'linear', integer: true },
        { name: 'y', kind: 'list', scale: null, integer: null },
        { name: 'z', kind: 'cases', scale: null, integer: null },
      ],
      objective: 'trial.measure.score',
      minimize: true,
      sampled: false,
    });
    expect(schema.fields.map(({ name, type }) => `${name}: ${String(type)}`)).toEqual([
      'trial: Uint32',
      'baseline: Bool',
      'x: Float64',
      'y: Utf8',
      'z: Utf8',
      'status: Utf8',
      'trial.measure.loss: Float64',
      'trial.measure.score: Float64',
    ]);
  });

  it('gives the same bytes whatever the number of workers', async () => {
    const text = sweepFile(`${GRID}, abandon: { startup: 2 }`);
    await run(text, { out: 'none', workers: 0 });
    await run(text, { out: 'one', workers: 1 });
    await run(text, { out: 'three', workers: 3 });
    const none = timelessFiles(join(folder, 'none'));
    expect([...none.keys()]).toContain('search/results.parquet');
    expect(timelessFiles(join(folder, 'one'))).toEqual(none);
    expect(timelessFiles(join(folder, 'three'))).toEqual(none);
  });

  it('keeps the trials of an earlier run, and runs those that are new or changed', async () => {
    const text = sweepFile(GRID);
    await run(text);
    const before = timelessFiles(inOut('search'));
    expect(await run(text)).toMatchObject({ kept: 4 });
    expect(fitted(folder)).toEqual([1, 2, 4, 8]);
    expect(timelessFiles(inOut('search'))).toEqual(before);

    const longer = await run(sweepFile(GRID.replace('8', '8, 16')));
    expect(longer).toMatchObject({ kept: 4, trials: { total: 5 } });
    expect(fitted(folder, 4)).toEqual([16]);

    await run(sweepFile(GRID, '', ', epochs: 2'));
    expect(fitted(folder, 5)).toEqual([1, 2, 4, 8]);
  });

  it('runs a trial again whose record is damaged', async () => {
    const text = sweepFile(GRID);
    await run(text);
    const before = timelessFiles(inOut('search'));
    writeFileSync(inOut('search/trials/0003/trial.json'), '{');
    expect(await run(text)).toMatchObject({ kept: 3 });
    expect(fitted(folder, 4)).toEqual([4]);
    expect(timelessFiles(inOut('search'))).toEqual(before);
  });

  it('loses only what is under way when it is stopped, and goes on there', async () => {
    const text = sweepFile(GRID, '', ', waitMs: 20');
    await run(text, { out: 'whole' });
    const stop = new AbortController();
    let seen: SweepMonitor | undefined;
    const watching = setInterval(() => {
      if (seen && seen.ended >= 2) stop.abort(new PipelineError('interrupted', 'enough'));
    }, 1);
    const stopped = run(text, { signal: stop.signal, record: true, onStart: (monitor) => (seen = monitor) });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted', message: 'enough' });
    clearInterval(watching);
    const found = (await rowsOf(inOut('search/results.parquet'))).map((row) => row['trial']);
    expect(found.slice(0, 2)).toEqual([1, 2]);
    expect(found.length).toBeLessThan(4);
    const first = JSON.parse(readFileSync(inOut('runs/search.json'), 'utf8'));
    expect(first.trials).toEqual({ total: 4, done: found.length, abandoned: 0, diverged: 0 });

    expect(await run(text, { record: true })).toMatchObject({ kept: found.length, trials: { done: 4 } });
    const record = JSON.parse(readFileSync(inOut('runs/search.json'), 'utf8'));
    expect(record).toMatchObject({ started: first.started, trials: { total: 4, done: 4 } });
    expect(record.seconds).toBeGreaterThan(first.seconds);
    expect(timelessFiles(inOut('search'))).toEqual(timelessFiles(join(folder, 'whole/search')));
  });

  it('puts a baseline beside the trials, which is not among the best', async () => {
    const report = await run(sweepFile(`${GRID}, baseline: { x: 3 }`));
    expect(report).toMatchObject({ trials: { total: 5 }, best: { trial: 2 } });
    const rows = await rowsOf(inOut('search/results.parquet'));
    expect(rows.map(({ trial, baseline, x }) => [trial, baseline, x])).toEqual([
      [0, true, 3],
      [1, false, 1],
      [2, false, 2],
      [3, false, 4],
      [4, false, 8],
    ]);
  });

  it('stops trials that fall behind the median of the first ones at the same epoch', async () => {
    const report = await run(sweepFile(`over: { x: [1, 2, 8, 2.5, 16, 5] }, ${OBJECTIVE}, abandon: { startup: 3 }`));
    expect(report.trials).toEqual({ total: 6, done: 5, abandoned: 1, diverged: 0 });
    const rows = await rowsOf(inOut('search/results.parquet'));
    // The median of the first three is that of x = 1, at distance 2 from 3; 16 is farther, 5 exactly as far.
    expect(rows.map((row) => row['status'])).toEqual(['done', 'done', 'done', 'done', 'abandoned', 'done']);
    expect(rows[4]!['trial.measure.score']).toBe(-169 - 1 / 2);
    const epochs = (await rowsOf(inOut('search/metrics.parquet'))).filter(({ trial }) => trial === 5);
    expect(epochs.map((row) => row['epoch'])).toEqual([1, 1, 2, 2]);
    // What an abandoned trial was to write is absent.
    expect(existsSync(inOut('search/trials/0005/metrics.parquet'))).toBe(false);
  });

  it('runs trials again that were held to something else', async () => {
    const abandon = (startup: number): string => sweepFile(`${GRID}, abandon: { startup: ${startup} }`);
    await run(abandon(2));
    await run(abandon(2));
    expect(fitted(folder)).toEqual([1, 2, 4, 8]);
    await run(abandon(3));
    // The first two are held to nothing either way.
    expect(fitted(folder, 4)).toEqual([4, 8]);
  });

  it('takes a trial that diverges for a result', async () => {
    const report = await run(sweepFile(GRID, '', ', divergeAt: 2'));
    expect(report).toMatchObject({ trials: { done: 3, diverged: 1 }, best: { trial: 3 } });
    const [, second] = await rowsOf(inOut('search/results.parquet'));
    expect(second).toMatchObject({ status: 'diverged', 'trial.measure.score': -2 });
    expect(JSON.parse(readFileSync(inOut('search/trials/0002/trial.json'), 'utf8'))).toMatchObject({
      status: 'diverged',
      reason: 'trial › measure: the loss became NaN at 2',
    });
    expect(await run(sweepFile(GRID, '', ', divergeAt: 2'))).toMatchObject({ kept: 4 });
  });

  it.each([0, 2])('stops at any other failure, names the trial and keeps the others (%i workers)', async (workers) => {
    const failing = run(sweepFile(GRID, '', ', failAt: 8'), { workers });
    await expect(failing).rejects.toMatchObject({
      code: 'badData',
      message: 'sweep search, trial 4 (x = 8): trial › measure: x is 8',
    });
    const rows = await rowsOf(inOut('search/results.parquet'));
    expect(rows.map((row) => row['trial'])).toEqual([1, 2, 3].slice(0, rows.length));
    expect(rows.length).toBeGreaterThan(1);
    expect(existsSync(inOut('search/trials/0004/trial.json'))).toBe(false);
  });

  it('says what was measured instead of the objective', async () => {
    await expect(run(sweepFile('over: { x: [1] }, objective: trial.measure.scroe'))).rejects.toMatchObject({
      code: 'badConfiguration',
      message:
        'sweep search, trial 1 (x = 1): the trial has not measured the objective trial.measure.scroe, ' +
        'but trial.measure.loss, trial.measure.score; did you mean trial.measure.score?',
    });
  });

  it('keeps numbers that JSON has no name for', async () => {
    const text = sweepFile('over: { x: [1.0e+200] }');
    await run(text);
    const before = timelessFiles(inOut('search'));
    expect(await run(text)).toMatchObject({ kept: 1 });
    expect(timelessFiles(inOut('search'))).toEqual(before);
    expect((await rowsOf(inOut('search/results.parquet')))[0]).toMatchObject({ 'trial.measure.loss': Infinity });
  });

  describe('of pipelines that read from others', () => {
    const IMAGES = 'source: { idx: { images: images, labels: labels } }';
    const fit = (artifact: string, x: string): string =>
      `{ ${MEASURE}: { fit: ${artifact}, x: ${x}, log: '\${log}' }, id: measure }`;
    const apply = (artifact: string, id: string): string => `{ ${MEASURE}: { apply: ${artifact} }, id: ${id} }`;
    const TEXT = `
variables: { x: 0, log: log }
pipelines:
  test:
    source: { parquet: { path: '\${trialOut}/rows.parquet' } }
    steps: [${apply('own', 'own')}, ${apply('common', 'common')}]
    sinks: [{ parquet: { path: '\${trialOut}/tested.parquet' } }]
  train:
    source: { parquet: { path: '\${out}/images.parquet' } }
    steps: [${fit('own', "'${x}'")}]
    sinks: [{ parquet: { path: '\${trialOut}/rows.parquet' } }]
  prepare:
    ${IMAGES}
    steps: [decodeMnist, ${fit('common', '42')}]
    sinks: [{ parquet: { path: '\${out}/images.parquet' } }]
sweeps:
  search: { pipelines: [test, train], over: { x: [5, 6] } }
`;

    it('takes artifacts of the trial from its own folder, all others from that of the run', async () => {
      const plan = await planIn(folder, TEXT);
      await runPlan(plan, { pipelines: ['prepare'] });
      await runSweep(plan, 'search', { workers: 2 });
      const rows = await rowsOf(inOut('search/results.parquet'));
      expect(rows.map((row) => [row['x'], row['test.own.applied'], row['test.common.applied']])).toEqual([
        [5, 5, 42],
        [6, 6, 42],
      ]);
      expect(existsSync(inOut('artifacts/own'))).toBe(false);
      expect(existsSync(inOut('search/trials/0002/artifacts/own/x.json'))).toBe(true);
    });

    it('says what to run first', async () => {
      await expect(runSweep(await planIn(folder, TEXT), 'search')).rejects.toMatchObject({
        code: 'missingInput',
        message: expect.stringMatching(
          /^train: reads .*images\.parquet, which prepare makes: run prepare first, or together: soapstream run .* prepare search$/,
        ),
      });
    });

    it('runs trials again when what they read was made otherwise', async () => {
      const plan = await planIn(folder, TEXT);
      await runPlan(plan, { pipelines: ['prepare'] });
      await runSweep(plan, 'search');
      const changed = await planIn(folder, TEXT.replace('42', '43'));
      await runPlan(changed, { pipelines: ['prepare'] });
      expect(await runSweep(changed, 'search')).toMatchObject({ kept: 0 });
    });

    it('runs pipelines of a sweep outside of it too, in the folder of the run', async () => {
      const plan = await planIn(folder, TEXT);
      await runPlan(plan, { pipelines: ['prepare', 'train', 'test'] });
      expect(existsSync(inOut('artifacts/own/x.json'))).toBe(true);
      expect((await rowsOf(inOut('tested.parquet'))).length).toBe(3);
    });
  });

  it('refuses a name that is no sweep, and runPlan one that is', async () => {
    const plan = await planIn(folder, sweepFile(GRID));
    await expect(runSweep(plan, 'trial')).rejects.toThrow(/^there is no sweep trial in .*p\.yaml, only search$/);
    await expect(runPlan(plan, { pipelines: ['search'] })).rejects.toThrow('search is a sweep: runSweep runs it');
  });

  it('leaves the same fingerprint wherever it writes', async () => {
    const text = sweepFile(GRID);
    await run(text, { out: 'a' });
    rmSync(join(folder, 'log'));
    await run(text, { out: 'b' });
    expect(timelessFiles(join(folder, 'b'))).toEqual(timelessFiles(join(folder, 'a')));
  });

  it('reports a trial that cannot be planned before any runs', async () => {
    const text = sweepFile("over: { x: ['one', 1] }");
    const { plan } = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'out') });
    await expect(runSweep(plan!, 'search')).rejects.toMatchObject({
      code: 'badConfiguration',
      message: expect.stringMatching(/p\.yaml:\d+:\d+ .*x: expected a number, got "one" \(search with x = one\)$/),
    });
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });
});
