import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import { renderReport, writeReport } from '#dist/report/writeReport.js';
import { writeCorrelation, writeMetrics, writeRecord, writeResults } from '../support/reportFolder.mjs';
import { temporaryFolder } from '../support/smallMnist.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const sweep = { name: 'noise', objective: 'a.b.accuracy', minimize: false, sampled: false };
const noise = { name: 'noise', kind: 'list', scale: null, integer: null };

/** The record of a pipeline or sweep with one output. */
function recordOutput(path: string): void {
  writeRecord(folder, { name: 'one', outputs: [{ path, rows: 1, bytes: 1, role: 'rows' }] });
}

async function failure(): Promise<PipelineError> {
  const error: unknown = await renderReport(folder).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PipelineError);
  return error as PipelineError;
}

describe('a report fails', () => {
  it('without a folder, and says what to do', async () => {
    const missing = join(folder, 'nowhere');
    await expect(writeReport(missing)).rejects.toThrow(
      new PipelineError(
        'missingInput',
        `${missing}: there is no such folder; run pipelines first, or name the folder that they wrote: soapstream report DIR`,
      ),
    );
    expect(existsSync(missing)).toBe(false);
  });

  it('on a file in place of a folder', async () => {
    writeFileSync(join(folder, 'file'), 'x');
    await expect(renderReport(join(folder, 'file'))).rejects.toThrow(
      /file: expected the folder of a run, found a file; run pipelines first/,
    );
  });

  it('where nothing has finished', async () => {
    for (const prepare of [() => {}, () => mkdirSync(join(folder, 'runs'))]) {
      prepare();
      const { code, message } = await failure();
      expect(code).toBe('missingInput');
      expect(message).toContain(
        `${folder}: expected the record of a finished run in ${join(folder, 'runs', '*.json')}, found none`,
      );
    }
  });

  it('naming a record that is no JSON', async () => {
    writeRecord(folder, { name: 'whole' });
    writeFileSync(join(folder, 'runs', 'broken.json'), '{ "format": 1,');
    const { code, message } = await failure();
    expect(code).toBe('badData');
    expect(message).toContain(`${join(folder, 'runs', 'broken.json')}: expected JSON: `);
  });

  it('naming a record of another format', async () => {
    writeRecord(folder, { name: 'later', format: 2 });
    const { code, message } = await failure();
    expect(code).toBe('badData');
    expect(message).toBe(
      `${join(folder, 'runs', 'later.json')}: not the record of a run: format: Invalid input: expected 1`,
    );
  });

  it('naming a damaged Parquet file', async () => {
    writeFileSync(join(folder, 'metrics.parquet'), `PAR1${'x'.repeat(500)}PAR1`);
    recordOutput('metrics.parquet');
    const { code, message } = await failure();
    expect(code).toBe('badData');
    expect(message).toContain(join(folder, 'metrics.parquet'));
  });

  it('naming results that are not those of a sweep', async () => {
    await writeResults(join(folder, 'results.parquet'), { ...sweep, parameters: [noise] }, [
      { status: 'lost', settings: { noise: 1 }, metrics: { 'a.b.accuracy': 0.5 } },
    ]);
    recordOutput('results.parquet');
    expect((await failure()).message).toBe(
      `${join(folder, 'results.parquet')}: not the results of a sweep: row 0, column status: expected done, abandoned, diverged, found lost`,
    );
  });

  it('naming a correlation matrix that is not square, or none', async () => {
    const path = join(folder, 'correlation.parquet');
    recordOutput('correlation.parquet');
    await writeCorrelation(path, [[1, 0.5]]);
    expect((await failure()).message).toBe(`${path}: expected a square matrix, found 1 rows of 2 columns`);
    await writeCorrelation(path, [
      [1, 1.5],
      [1.5, 1],
    ]);
    expect((await failure()).message).toBe(`${path}: row 0: expected a correlation, found 1.5`);
  });
});

describe('a report of odd runs', () => {
  it('shows a sweep of which no trial has ended', async () => {
    await writeResults(join(folder, 'results.parquet'), { ...sweep, parameters: [noise] }, []);
    writeRecord(folder, {
      name: 'noise',
      kind: 'sweep',
      outputs: [{ path: 'results.parquet', rows: 0, bytes: 1, role: 'results' }],
      trials: { total: 21, done: 0, abandoned: 0, diverged: 0 },
    });
    const { text } = await renderReport(folder);
    expect(text).toContain('Unfinished: 0 of 21 trials have ended.');
  });

  it('says how many rows have failed, and where they are', async () => {
    const step = { kind: 'step', rowsIn: 9000, rowsOut: 0, busySeconds: 1 } as const;
    writeRecord(folder, {
      name: 'describe',
      steps: [
        { ...step, id: 'soap', deadLetters: 1200 },
        { ...step, id: 'filter', deadLetters: 0 },
      ],
      outputs: [{ path: 'dead.parquet', rows: 1200, bytes: 1, role: 'deadLetters' }],
    });
    const { text } = await renderReport(folder);
    expect(text).toContain('1,200 rows failed (soap 1,200) and are in dead.parquet with the reasons.');
  });

  it('draws cases as dots, and lists them', async () => {
    const cases = { name: 'method', kind: 'cases', scale: null, integer: null };
    await writeResults(join(folder, 'results.parquet'), { ...sweep, parameters: [cases] }, [
      { baseline: true, settings: {}, metrics: { 'a.b.accuracy': 0.7 } },
      { settings: { method: 'pca' }, metrics: { 'a.b.accuracy': 0.65 } },
      { settings: { method: 'deep' }, metrics: { 'a.b.accuracy': 0.6 } },
      { settings: { method: 'wide' }, status: 'diverged', metrics: {} },
    ]);
    recordOutput('results.parquet');
    const { text } = await renderReport(folder);
    expect(text).toContain('pca: 0.6500. deep: 0.6000.');
    expect(text).toContain('<th scope="row">wide</th><td>diverged</td><td class="number">–</td>');
  });

  it('takes the epoch of the smallest validation loss as best where training does not say', async () => {
    const epochs = [0.9, 0.5, 0.7].flatMap((value, i) => [
      { metric: 'loss', epoch: i + 1, value: value / 2 },
      { metric: 'validationLoss', epoch: i + 1, value },
    ]);
    await writeMetrics(join(folder, 'metrics.parquet'), 'train', 'compress', epochs);
    recordOutput('metrics.parquet');
    expect((await renderReport(folder)).text).toContain('marks the epoch of the smallest validation loss, epoch 2.');
  });

  it('does not take a file for what the run has written where it holds something else by now', async () => {
    await writeMetrics(join(folder, 'metrics.parquet'), 'train', 'compress', [{ metric: 'loss', value: 0.5 }]);
    const output = { path: 'metrics.parquet', rows: 1, bytes: 1, role: 'rows' } as const;
    writeRecord(folder, { name: 'one', outputs: [{ ...output, holds: 'predictions' }] });
    expect((await renderReport(folder)).text).toContain(
      'metrics.parquet is no longer there: what it held is not shown.',
    );
    writeRecord(folder, { name: 'one', outputs: [{ ...output, holds: 'metrics' }] });
    expect((await renderReport(folder)).text).not.toContain('is no longer there');
  });

  it('escapes what records say', async () => {
    writeRecord(folder, { name: 'a<b', description: '<script>alert(1)</script>', file: 'x&y.yaml' });
    const { text } = await renderReport(folder);
    expect(text).not.toContain('<script');
    expect(text).toContain('Results of x&amp;y.yaml');
  });
});

describe('soapstream report', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [CLI, 'report', ...args], { cwd: folder, encoding: 'utf8' });

  it('writes the page where it is told, and exits with 0', () => {
    writeRecord(join(folder, 'out'), { name: 'one' });
    const byDefault = run();
    expect(byDefault.stderr).toBe('');
    expect(byDefault.stdout).toMatch(/^out\/report\.html: 1 run, \d+ kB\n$/);
    expect(byDefault.status).toBe(0);
    expect(run('out', '--output', 'pages/page.html').status).toBe(0);
    expect(existsSync(join(folder, 'pages', 'page.html'))).toBe(true);
  });

  it('exits with 3 when there is nothing to report', () => {
    const { status, stderr } = run('nowhere');
    expect(stderr).toBe(
      'soapstream: nowhere: there is no such folder; run pipelines first, or name the folder that they wrote: soapstream report DIR\n',
    );
    expect(status).toBe(3);
  });
});
