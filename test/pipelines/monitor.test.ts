import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PipelineMonitor, StepMeter } from '#dist/pipelines/monitor.js';

/** Keeps the thread busy. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** @returns how long it took (ms): on a busy machine more than was asked for */
async function slept(milliseconds: number): Promise<number> {
  const begun = performance.now();
  await sleep(milliseconds);
  return performance.now() - begun;
}

describe('StepMeter', () => {
  it('counts a batch once, however many turns it takes', () => {
    const meter = new StepMeter('soap', 'step');
    for (let batch = 0; batch < 3; batch++) {
      meter.batchesIn++;
      for (let turn = 0; turn < 4; turn++) meter.measure(() => work(1));
    }
    meter.finish();
    expect(meter.latency.count).toBe(3);
    expect(meter.latency.sum).toBeCloseTo(meter.busyMs / 1000, 9);
    expect(meter.latency.sum).toBeGreaterThanOrEqual(0.012);
  });

  it('counts the batches of a source, and not the look that found no more', async () => {
    const meter = new StepMeter('idx', 'source');
    for (let batch = 0; batch < 3; batch++) {
      await meter.measureAsync(() => sleep(1));
      meter.batchesOut++;
    }
    await meter.measureAsync(() => sleep(1));
    meter.finish();
    expect(meter.latency.count).toBe(3);
  });

  it('takes a training for no batch', async () => {
    const meter = new StepMeter('classify', 'step');
    meter.batchesIn++;
    meter.measure(() => work(1));
    await meter.measureAsync(() => sleep(30), false);
    meter.finish();
    expect(meter.latency.count).toBe(1);
    expect(meter.latency.sum).toBeLessThan(meter.busyMs / 1000 - 0.02);
  });

  it('tells waiting for rows from waiting for whoever takes them', async () => {
    const meter = new StepMeter('soap', 'step');
    meter.batchesIn++;
    meter.measure(() => work(1));
    meter.batchesOut++;
    const downstream = await slept(50); // it has the batch
    meter.measure(() => work(1)); // nothing more came of it
    const upstream = await slept(10); // it makes the next
    const { input, output } = meter.waitedMs;
    expect(output / downstream).toBeCloseTo(1, 0);
    expect(input / upstream).toBeCloseTo(1, 0);
    meter.finish();
    const ended = meter.waitedMs;
    await sleep(20);
    expect(meter.waitedMs).toEqual(ended);
  });

  it('adds what was done on another thread', () => {
    const meter = new StepMeter('soap', 'step', 2);
    meter.add({ batchesIn: 2, batchesOut: 3, rowsIn: 20, rowsOut: 30, busyMs: 500 });
    meter.add({ batchesIn: 0, batchesOut: 0, rowsIn: 0, rowsOut: 0, busyMs: 0 });
    expect(meter).toMatchObject({ batchesIn: 2, batchesOut: 3, rowsIn: 20, rowsOut: 30, busyMs: 500, heldUpMs: 250 });
    expect([meter.latency.count, meter.latency.sum]).toEqual([2, 0.5]);
  });
});

describe('PipelineMonitor', () => {
  it('shares the work of threads out, and counts a sink only while others wait for it, not while it writes beside them', async () => {
    const monitor = new PipelineMonitor('p');
    monitor.meter('soap', 'step', 4).add({ batchesIn: 1, batchesOut: 1, rowsIn: 1, rowsOut: 1, busyMs: 8000 });
    const sink = monitor.meter('→ parquet', 'sink');
    await sink.measureAsync(() => sleep(20));
    expect(monitor.heldUp.each).toEqual([
      { step: 'soap', ms: 2000 },
      { step: '→ parquet', ms: 0 },
    ]);
    await sink.holdUp(() => sleep(20));
    expect(monitor.heldUp.each[1]!.ms).toBeGreaterThan(15);
  });

  it('stops its clock at the end', async () => {
    const monitor = new PipelineMonitor('p');
    expect(monitor.isRunning).toBe(true);
    monitor.end();
    const { atMs } = monitor.heldUp;
    await sleep(10);
    expect([monitor.heldUp.atMs, monitor.isRunning]).toEqual([atMs, false]);
  });
});
