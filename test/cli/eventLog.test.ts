import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tableFromIPC } from 'apache-arrow';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventLog } from '#dist/cli/eventLog.js';
import { PipelineError } from '#dist/errors.js';
import { PipelineMonitor } from '#dist/pipelines/monitor.js';
import { SweepMonitor } from '#dist/sweeps/sweepMonitor.js';
import { soapstream } from '../support/command.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';
import { MEASURE } from '../sweeps/support.js';

const PIPELINES = `
default: [images]
variables: { x: 0, log: log }
pipelines:
  images:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist]
    sinks: [{ parquet: { path: '\${out}/images.parquet' } }]
  piped:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist]
    sinks: [{ arrow: { path: '-' } }]
  clouds:
    source: { xyz: { path: clouds.xyz, damaged: leaveOut } }
    sinks: [{ parquet: { path: '\${out}/clouds.parquet' } }]
  trial:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist, { ${MEASURE}: { fit: it, x: '\${x}', log: '\${log}' }, id: measure }]
    metrics: { parquet: { path: '\${trialOut}/metrics.parquet' } }
sweeps:
  search: { pipelines: [trial], over: { x: [1, 2] }, objective: trial.measure.score }
`;

type Line = Record<string, unknown>;
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const eventsOf = (lines: Line[]): unknown[] => lines.map(({ event }) => event);
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 20);
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
});

const run = (...args: string[]) => soapstream(folder, ['run', '--log-format', 'json', ...args]);

describe('run --log-format json', () => {
  it('tells on standard error what happens, a line of JSON each, and the summary as ever', async () => {
    const { code, stdout, stderr } = await run();
    const lines = linesOf(stderr);
    expect(lines).toMatchObject([
      { event: 'start', file: 'pipelines.yaml', out: join(folder, 'out'), pipelines: ['images'], sweeps: [] },
      { event: 'pipelineStart', pipeline: 'images' },
      {
        event: 'pipelineEnd',
        pipeline: 'images',
        steps: [{ id: 'idx' }, { id: 'decodeMnist', rowsOut: 20 }, { id: '→ parquet' }],
        outputs: [{ path: join(folder, 'out/images.parquet'), rows: 20, role: 'rows' }],
        metrics: [],
      },
      { event: 'end', status: 'done', exitCode: 0 },
    ]);
    for (const line of lines) expect(line['time']).toEqual(TIME);
    expect(stdout.toString()).toMatch(/^pipeline /);
    expect(code).toBe(0);
  });

  it('gives the place of a failure as data', async () => {
    writeFileSync(join(folder, 'labels'), readFileSync(join(folder, 'labels')).subarray(0, 20));
    const { code, stderr } = await run();
    const detail = 'labels (labels): expected 20 bytes of data after the header, got 12: the file is cut off';
    expect(linesOf(stderr).slice(-2)).toEqual([
      {
        time: TIME,
        event: 'error',
        code: 'badData',
        message: `images › decodeMnist: ${detail}`,
        detail,
        place: { pipeline: 'images', step: 'decodeMnist' },
      },
      { time: TIME, event: 'end', status: 'failed', exitCode: 3, seconds: expect.any(Number) as number },
    ]);
    expect(code).toBe(3);
  });

  it('gives the places of all mistakes in the file, and of those on the command line', async () => {
    writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES.replace('decodeMnist]', 'decodeMnits]'));
    expect(linesOf((await run()).stderr)).toMatchObject([
      {
        event: 'error',
        code: 'badConfiguration',
        place: { path: 'pipelines.images.steps[0].decodeMnits', file: 'pipelines.yaml', line: 7, column: 13 },
      },
      { event: 'end', status: 'failed', exitCode: 2 },
    ]);
    expect(linesOf((await run('--workers', 'two')).stderr)).toMatchObject([
      { event: 'error', code: 'badOption', message: '--workers: expected a whole number ≥ 0, got "two"' },
      { event: 'end', exitCode: 2 },
    ]);
    writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
    expect(linesOf((await run('nosuch')).stderr)).toMatchObject([
      { event: 'error', code: 'badOption' },
      { event: 'end' },
    ]);
  });

  it('gives what a source has left out as a notice', async () => {
    writeFileSync(join(folder, 'clouds.xyz'), '1\n\nH 0 0 0\n1\n\nH 0 0 zero\n');
    const lines = linesOf((await run('clouds')).stderr);
    expect(eventsOf(lines)).toEqual(['start', 'pipelineStart', 'notice', 'pipelineEnd', 'end']);
    expect(lines[2]).toMatchObject({
      message: expect.stringContaining('left out 1 damaged frame'),
      place: { pipeline: 'clouds' },
    });
  });

  it('tells of sweeps', async () => {
    const lines = linesOf((await run('search')).stderr);
    expect(eventsOf(lines)).toEqual(['start', 'sweepStart', 'sweepEnd', 'end']);
    expect(lines.slice(1, 3)).toMatchObject([
      { sweep: 'search', total: 2 },
      { sweep: 'search', trials: { total: 2, done: 2 }, best: { trial: expect.any(Number) as number } },
    ]);
  });

  it('writes nothing but events to standard error where standard output belongs to a sink', async () => {
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await run('piped', ...more);
      expect(tableFromIPC(stdout).numRows).toBe(20);
      expect(eventsOf(linesOf(stderr))).toEqual(['start', 'pipelineStart', 'pipelineEnd', 'end']);
    }
  });

  it('says that a run was interrupted', async () => {
    writeSmallMnist(folder, 10_000);
    const { code, stderr } = await soapstream(folder, ['run', '--log-format=json'], async (child) => {
      await new Promise((resolve) => child.stderr.once('data', resolve));
      child.kill('SIGINT');
    });
    expect(linesOf(stderr).slice(-2)).toMatchObject([
      { event: 'error', code: 'interrupted' },
      { event: 'end', status: 'interrupted', exitCode: 130 },
    ]);
    expect(code).toBe(130);
  });
});

describe('EventLog', () => {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  beforeEach(() => {
    written.length = 0;
  });

  it('tells the progress of each step now and then, until the pipeline rests', async () => {
    const monitor = new PipelineMonitor('p');
    monitor.total = 100;
    monitor.done = 25;
    const meter = monitor.meter('train', 'step');
    meter.rowsIn = 7;
    meter.reportProgress(3, 10, 'steps');
    const log = new EventLog(stream, 5);
    log.pipelineStart(monitor);
    await sleep(60);
    log.rest();
    const count = written.length;
    await sleep(30);
    expect(written).toHaveLength(count);
    const step = { id: 'train', kind: 'step', batchesIn: 0, rowsIn: 7, rowsOut: 0, inFlight: 0, busySeconds: 0 };
    expect(linesOf(written.join(''))[1]).toEqual({
      time: TIME,
      event: 'progress',
      pipeline: 'p',
      seconds: expect.any(Number) as number,
      done: 25,
      total: 100,
      remainingSeconds: expect.any(Number) as number,
      steps: [{ ...step, work: { done: 3, total: 10, unit: 'steps' } }],
    });
  });

  it('tells at its start where a pipeline goes on, and at its end only what is new', () => {
    const monitor = new PipelineMonitor('p');
    monitor.notices = ['went on'];
    const log = new EventLog(stream);
    log.pipelineStart(monitor);
    const ofReport = { pipeline: 'p', seconds: 1, steps: [], outputs: [], metrics: [] };
    log.pipelineEnd({ ...ofReport, notices: ['went on', 'left out 2 frames'] });
    const events = linesOf(written.join(''));
    expect(events.map(({ event, message }) => message ?? event)).toEqual([
      'pipelineStart',
      'went on',
      'left out 2 frames',
      'pipelineEnd',
    ]);
  });

  it('tells how many trials of a sweep have ended', async () => {
    const log = new EventLog(stream, 5);
    log.sweepStart(new SweepMonitor('s', 9));
    await sleep(60);
    log.rest();
    expect(linesOf(written.join(''))[1]).toMatchObject({
      event: 'progress',
      sweep: 's',
      done: 0,
      total: 9,
      running: 0,
    });
  });

  it('keeps text of others on its line, where no terminal acts on it, and names numbers that are none', () => {
    const log = new EventLog(stream);
    log.failed(new PipelineError('badData', 'a\n\u001B[2J\u009B2J\u2028', { place: { image: Number.NaN } }));
    expect(written.join('')).toMatch(/^[ -~]*\n$/);
    expect(linesOf(written.join(''))).toMatchObject([
      { detail: 'a\n\u001B[2J\u009B2J\u2028', place: { image: 'NaN' } },
    ]);
  });
});
