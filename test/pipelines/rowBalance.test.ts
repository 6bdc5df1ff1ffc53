import { describe, expect, it } from 'vitest';
import { PipelineMonitor } from '#dist/pipelines/monitor.js';
import type { PipelinePlan } from '#dist/pipelines/plan.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { expectBalance } from '#dist/pipelines/rowBalance.js';

async function planned(step: string): Promise<PipelinePlan> {
  const text = `pipelines:
  p:
    source: { idx: { images: a, labels: b } }
    steps: [decodeMnist, ${step}]
    sinks: [{ arrow: { path: a.arrow } }]
    metrics: { arrow: { path: b.arrow } }`;
  const { plan } = await planOf(text, `${import.meta.dirname}/p.yaml`);
  return plan!.pipelines.get('p')!;
}

/** Rows in and out of source, steps, and sinks: of rows, then of metrics. */
function counted(...counts: [rowsIn: number, rowsOut: number][]): PipelineMonitor {
  const monitor = new PipelineMonitor('p');
  const names = ['idx', 'decodeMnist', 'second', '→ rows', '→ metrics'];
  for (const [i, [rowsIn, rowsOut]] of counts.entries()) {
    const meter = monitor.meter(names[i]!, i === 0 ? 'source' : i > 2 ? 'sink' : 'step');
    Object.assign(meter, { rowsIn, rowsOut });
  }
  return monitor;
}

describe('expectBalance', () => {
  it('takes steps that make more rows or fewer, and sinks of other things', async () => {
    const plan = await planned('imageToXyz');
    expect(() => expectBalance(plan, counted([0, 3], [3, 90], [90, 80], [80, 80], [5, 5]))).not.toThrow();
  });

  it.each([
    ['lost between steps', counted([0, 3], [3, 90], [89, 89], [89, 89]), '90 left decodeMnist, 89 arrived at second'],
    [
      'doubled on the way to a sink',
      counted([0, 3], [3, 90], [90, 90], [91, 91]),
      '90 left second, 91 arrived at → rows',
    ],
  ])('finds rows that were %s', async (_how, monitor, message) => {
    const plan = await planned('imageToXyz');
    expect(() => expectBalance(plan, monitor)).toThrow(`p: rows do not add up: ${message}`);
  });
});
