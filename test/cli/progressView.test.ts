import { describe, expect, it } from 'vitest';
import { pipelineView } from '#dist/cli/progressView.js';
import { summaryLines } from '#dist/cli/summary.js';
import type { Bottleneck } from '#dist/pipelines/bottleneck.js';
import { PipelineMonitor } from '#dist/pipelines/monitor.js';
import type { PipelineReport } from '#dist/pipelines/runPipeline.js';

/** A pipeline that has run for 10 s, with the times that its steps were at work (s). */
function ran(times: Record<string, number>): PipelineMonitor {
  const monitor = new PipelineMonitor('describe');
  Object.defineProperty(monitor, 'startedAt', { value: performance.now() - 10_000 });
  for (const [id, seconds] of Object.entries(times)) {
    monitor.meter(id, 'step').add({ batchesIn: 1, batchesOut: 1, rowsIn: 70, rowsOut: 70, busyMs: 1000 * seconds });
  }
  return monitor;
}

describe('the view of a pipeline', () => {
  it.each([
    [{ read: 0.5, soap: 9 }, '▸', 'the others wait for soap, 90 % of the time'],
    [{ read: 3, soap: 5 }, '▸', 'the others probably wait for soap, 50 % of the time'],
    [{ read: 4, soap: 4.5 }, ' ', 'no clear bottleneck, most time goes to soap (45 %)'],
  ])('of %o marks the bottleneck with %j and says: %s', (times, mark, text) => {
    const view = pipelineView(ran(times));
    const lines = view.lines();
    expect(lines.at(-1)).toBe(`  ${text}`);
    expect(lines.find((line) => line.includes('soap'))).toMatch(new RegExp(`^ {2}${mark} {2}soap +70 +7 `));
    expect(view.line()).toBe(`describe · 10 s · 70 rows, 7 rows/s · ${text}`);
  });

  it('says nothing of a bottleneck at the start', () => {
    const monitor = new PipelineMonitor('describe');
    monitor.meter('soap', 'step');
    expect(pipelineView(monitor).line()).not.toMatch(/bottleneck|wait/);
  });
});

describe('the summary', () => {
  const report = (pipeline: string, seconds: number, bottleneck?: Bottleneck): PipelineReport => ({
    pipeline,
    seconds,
    steps: [],
    outputs: [],
    metrics: [],
    notices: [],
    ...(bottleneck && { bottleneck }),
  });

  it('says of pipelines that took long whom the others waited for', () => {
    const lines = summaryLines([
      report('clear', 60, { step: 'soap', share: 0.9, certainty: 'clear' }),
      report('likely', 60, { step: 'soap', share: 0.5, certainty: 'likely' }),
      report('unclear', 60, { step: 'soap', share: 0.4, certainty: 'unclear' }),
      report('short', 2, { step: 'soap', share: 0.9, certainty: 'clear' }),
    ]);
    expect(lines).toEqual([
      'pipeline        time  rows  written  waited for          metrics',
      'clear     1 min 00 s     0      0 B  soap 90 %',
      'likely    1 min 00 s     0      0 B  probably soap 50 %',
      'unclear   1 min 00 s     0      0 B  unclear',
      'short          2.0 s     0      0 B',
    ]);
  });

  it('has no such column where nothing took long', () => {
    expect(summaryLines([report('short', 2)])[0]).toBe('pipeline   time  rows  written  metrics');
  });
});
