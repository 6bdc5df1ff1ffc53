import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { prometheusText } from '#dist/cli/prometheus.js';
import { RunMetrics } from '#dist/cli/runMetrics.js';
import { PipelineMonitor } from '#dist/pipelines/monitor.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { SweepMonitor } from '#dist/sweeps/sweepMonitor.js';
import { soapstream } from '../support/command.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

const PIPELINES = `
pipelines:
  slow:
    source: { idx: { images: images, labels: labels } }
    steps: [{ decodeMnist: { batchRows: 4 } }, imageToXyz, { soap: { rCut: 60, nMax: 8, lMax: 8, sigma: 3 } }]
    sinks: [{ parquet: { path: '\${out}/a' } }, { parquet: { path: '\${out}/b' } }]
  images:
    source: { idx: { images: images, labels: labels } }
    steps: [decodeMnist]
    sinks: [{ arrow: { path: '\${out}/images.arrow' } }]
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder, 20);
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
});

/** Every sample by its name and labels. Fails where a line is none, comes twice, or has no type. */
function samplesOf(text: string): Map<string, number> {
  const types = new Set<string>();
  const found = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    const head = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (head) {
      if (head[1] === 'TYPE') {
        expect(types.has(head[2]!), line).toBe(false);
        expect(['counter', 'gauge', 'histogram'], line).toContain(head[3]);
        types.add(head[2]!);
      }
      continue;
    }
    const sample = /^([a-z_]+)((?:\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})?) (\S+)$/.exec(line);
    expect(sample, line).not.toBeNull();
    const [, name, labels, value] = sample!;
    expect(types.has(name!) || types.has(name!.replace(/_(bucket|sum|count)$/, '')), line).toBe(true);
    expect(found.has(name! + labels), line).toBe(false);
    expect(value === '+Inf' || Number.isFinite(Number(value)), line).toBe(true);
    found.set(name! + labels, Number(value));
  }
  return found;
}

const step = (name: string, labels: string): string => `soapstream_${name}{pipeline="p",${labels}}`;

async function metricsFor(...monitors: PipelineMonitor[]): Promise<RunMetrics> {
  const { plan } = await planOf(PIPELINES, join(folder, 'a "b" \\c.yaml'));
  const metrics = new RunMetrics(plan!);
  for (const monitor of monitors) metrics.addPipeline(monitor);
  return metrics;
}

describe('RunMetrics', () => {
  it('counts the file operations that were tried again', async () => {
    const metrics = await metricsFor();
    const retry = { path: 'a', failures: 1, waitMs: 100 };
    for (const operation of ['read', 'read', 'write']) metrics.addRetry({ ...retry, operation, code: 'EIO' });
    const samples = samplesOf(prometheusText(metrics));
    expect(samples.get('soapstream_file_retries_total{operation="read",code="EIO"}')).toBe(2);
    expect(samples.get('soapstream_file_retries_total{operation="write",code="EIO"}')).toBe(1);
  });

  it('gives the counts of every step, also where two have one name', async () => {
    const monitor = new PipelineMonitor('p');
    const [soap, first, second] = [
      monitor.meter('soap', 'step', 2),
      monitor.meter('→ parquet', 'sink'),
      monitor.meter('→ parquet', 'sink'),
    ];
    Object.assign(soap, { rowsIn: 7, rowsOut: 14, batchesIn: 1, batchesOut: 2, inFlight: 3 });
    first.bytes = () => 1000;
    second.queued = () => 4;
    const samples = samplesOf(prometheusText(await metricsFor(monitor)));
    const at = [step('step_rows_in_total', 'step="soap",kind="step",position="0"')];
    expect(samples.get(at[0]!)).toBe(7);
    expect(samples.get(step('step_rows_out_total', 'step="soap",kind="step",position="0"'))).toBe(14);
    expect(samples.get(step('step_batches_out_total', 'step="soap",kind="step",position="0"'))).toBe(2);
    expect(samples.get(step('step_in_flight_batches', 'step="soap",kind="step",position="0"'))).toBe(3);
    expect(samples.get(step('sink_written_bytes_total', 'step="→ parquet",kind="sink",position="1"'))).toBe(1000);
    expect(samples.get(step('step_queued_batches', 'step="→ parquet",kind="sink",position="2"'))).toBe(4);
    expect(samples.get('soapstream_worker_threads_busy{pipeline="p"}')).toBe(2); // three tasks on two threads
  });

  it('counts the times of batches in ranges that contain each other', async () => {
    const monitor = new PipelineMonitor('p');
    const meter = monitor.meter('soap', 'step');
    for (const seconds of [0.001, 0.002, 0.3, 1000]) meter.latency.add(seconds);
    const samples = samplesOf(prometheusText(await metricsFor(monitor)));
    const at = (le: string) => step('step_batch_seconds_bucket', `step="soap",kind="step",position="0",le="${le}"`);
    expect(['0.001', '0.0025', '0.25', '0.5', '60', '+Inf'].map((le) => samples.get(at(le)))).toEqual([
      1, 2, 2, 3, 3, 4,
    ]);
    expect(samples.get(step('step_batch_seconds_count', 'step="soap",kind="step",position="0"'))).toBe(4);
    expect(samples.get(step('step_batch_seconds_sum', 'step="soap",kind="step",position="0"'))).toBeCloseTo(
      1000.303,
      9,
    );
  });

  it('tells what has ended a pipeline, how trials are doing, and how much memory is in use', async () => {
    const monitor = new PipelineMonitor('p');
    monitor.failure = { code: 'badData', step: 'soap' };
    monitor.end();
    const metrics = await metricsFor(monitor);
    const sweep = new SweepMonitor('search', 9);
    sweep.ended = 4;
    metrics.addSweep(sweep);
    const samples = samplesOf(prometheusText(metrics));
    expect(samples.get('soapstream_errors_total{pipeline="p",step="soap",code="badData"}')).toBe(1);
    expect(samples.get('soapstream_pipeline_running{pipeline="p"}')).toBe(0);
    expect(samples.get('soapstream_sweep_trials{sweep="search",state="ended"}')).toBe(4);
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  it('escapes what a label may not hold', async () => {
    const text = prometheusText(await metricsFor());
    expect(text).toContain('file="');
    expect(text).toContain('a \\"b\\" \\\\c.yaml"');
    samplesOf(text);
  });
});

describe('run --metrics-port', () => {
  it('serves metrics on loopback while the run goes on, and no longer', async () => {
    writeSmallMnist(folder, 4000);
    let url = '';
    let type: string | null = '';
    let samples = new Map<string, number>();
    const statuses: number[] = [];
    const { code } = await soapstream(
      folder,
      ['run', 'slow', '--metrics-port', '0', '--workers', '1'],
      async (child) => {
        const [told] = (await once(child.stderr, 'data')) as [Buffer];
        url = /^metrics: (http:\/\/127\.0\.0\.1:\d+\/metrics)\n/.exec(told.toString())![1]!;
        do {
          const response = await fetch(url);
          type = response.headers.get('content-type');
          samples = samplesOf(await response.text());
        } while (
          !(
            (samples.get('soapstream_step_rows_out_total{pipeline="slow",step="soap",kind="step",position="3"}') ?? 0) >
            0
          )
        );
        for (const [path, method] of [
          ['/', 'GET'],
          ['/metrics?a=b', 'GET'],
          ['/metrics', 'HEAD'],
          ['/metrics', 'POST'],
        ] as const) {
          statuses.push((await fetch(new URL(path, url), { method })).status);
        }
        child.kill('SIGINT');
      },
    );
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(statuses).toEqual([404, 200, 200, 405]);
    expect(samples.get('soapstream_pipeline_running{pipeline="slow"}')).toBe(1);
    expect(samples.get('soapstream_worker_threads{pipeline="slow"}')).toBe(1);
    expect(code).toBe(130);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('tells programs where', async () => {
    const { stderr } = await soapstream(folder, ['run', 'images', '--log-format', 'json', '--metrics-port', '0']);
    expect(JSON.parse(stderr.split('\n')[0]!)).toMatchObject({
      event: 'start',
      metrics: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/) as string,
    });
  });

  it('says in one line that a port is taken, or is none, before anything runs', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const cases: [string[], string][] = [
      [['--metrics-port', String(port)], `--metrics-port: port ${port} of 127.0.0.1 is taken`],
      [['--metrics-port', '65536'], '--metrics-port: expected a whole number ≥ 0 and ≤ 65535, got "65536"'],
      [['--metrics-host', '0.0.0.0'], '--metrics-host: expected --metrics-port too'],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await soapstream(folder, ['run', 'images', ...args]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: `soapstream: ${message}\n` });
    }
  });
});
