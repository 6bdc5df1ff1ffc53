import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunMetrics } from '#dist/cli/runMetrics.js';
import { metricData, openTelemetry, RunSpans, type Span, wanted } from '#dist/cli/telemetry.js';
import { PipelineError } from '#dist/errors.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { PipelineMonitor } from '#dist/pipelines/monitor.js';
import type { Plan } from '#dist/pipelines/plan.js';
import { temporaryFolder } from '../support/smallMnist.js';

async function somePlan(): Promise<Plan> {
  const text = 'pipelines: { p: { source: { xyz: { path: a.xyz } } } }';
  const { plan } = await planOf(text, join(temporaryFolder(), 'p.yaml'));
  return plan!;
}

class KnownSpan implements Span {
  readonly events: unknown[] = [];
  readonly name: string;
  readonly parent: Span | undefined;
  readonly attributes: Record<string, unknown>;

  constructor(name: string, parent: Span | undefined, attributes: Record<string, unknown>) {
    this.name = name;
    this.parent = parent;
    this.attributes = attributes;
  }

  setAttributes(attributes: object): void {
    Object.assign(this.attributes, attributes);
  }
  setStatus(status: object): void {
    this.events.push(status);
  }
  end(): void {
    this.events.push('end');
  }
}

async function spansFor(): Promise<{ spans: RunSpans; known: KnownSpan[] }> {
  const known: KnownSpan[] = [];
  const start = (name: string, parent: Span | undefined, attributes: object): Span => {
    const span = new KnownSpan(name, parent, { ...attributes });
    known.push(span);
    return span;
  };
  return { spans: new RunSpans({ start }, await somePlan()), known };
}

describe('the environment variables of OpenTelemetry', () => {
  it.each([
    [{}, false, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' }, true, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, false, false],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://a' }, true, false],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://a' }, false, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_METRICS_EXPORTER: 'none' }, true, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_SDK_DISABLED: 'true' }, false, false],
  ])('%j: traces %s, metrics %s', (environment, traces, metrics) => {
    expect(wanted(environment)).toEqual({ traces, metrics });
  });

  it('are told of where the packages are missing, or the protocol is another one', async () => {
    const told: string[] = [];
    const plan = await somePlan();
    const open = (more: object) =>
      openTelemetry(plan, new RunMetrics(plan), (problem) => told.push(problem), {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9',
        ...more,
      });
    expect(await open({})).toBeUndefined();
    expect(await open({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).toBeUndefined();
    expect(told).toEqual([
      expect.stringMatching(
        /^no traces and metrics are sent: they need npm install @opentelemetry\/api @opentelemetry\/resources @opentelemetry\/sdk-trace-base @opentelemetry\/exporter-trace-otlp-proto \(/,
      ),
      'OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or http/json, so that no traces and metrics are sent',
    ]);
  });
});

describe('the spans of a run', () => {
  it('are one for the run, one for each pipeline in it, and one for each step in that', async () => {
    const { spans, known } = await spansFor();
    spans.start('pipeline', 'p');
    const steps = [
      { id: 'xyz', kind: 'source' as const, rowsIn: 0, rowsOut: 7, busySeconds: 1 },
      { id: 'soap', kind: 'step' as const, rowsIn: 7, rowsOut: 9, busySeconds: 2 },
    ];
    spans.pipelineEnd({ pipeline: 'p', seconds: 3, steps, outputs: [], metrics: [], notices: [] });
    spans.end();
    const [run, pipeline, source, soap] = known;
    expect(known.map(({ name, parent }) => [name, parent])).toEqual([
      ['run', undefined],
      ['pipeline p', run],
      ['source xyz', pipeline],
      ['step soap', pipeline],
    ]);
    expect(soap!.attributes).toMatchObject({ 'soapstream.rows_in': 7, 'soapstream.rows_out': 9 });
    expect([run, pipeline, source, soap].map((span) => span!.events)).toEqual([['end'], ['end'], ['end'], ['end']]);
  });

  it('that are open when the run fails have the error', async () => {
    const { spans, known } = await spansFor();
    spans.start('pipeline', 'p');
    spans.fail(new PipelineError('badData', 'no good'));
    spans.end();
    for (const span of known) {
      expect(span.attributes).toMatchObject({ 'error.type': 'badData' });
      expect(span.events).toEqual([{ code: 2, message: 'no good' }, 'end']);
    }
    expect(known).toHaveLength(2);
  });
});

describe('the metrics for OpenTelemetry', () => {
  it('are those of Prometheus: sums without _total, gauges, histograms with a count for each range', async () => {
    const metrics = new RunMetrics(await somePlan());
    const monitor = new PipelineMonitor('p');
    const meter = monitor.meter('soap', 'step');
    meter.rowsOut = 5;
    meter.latency.add(0.002, 3);
    metrics.addPipeline(monitor);
    const shown = metrics.metrics();
    const data = metricData(shown, [1, 0], [2, 5e8]) as { descriptor: { name: string } }[];
    expect(data.map(({ descriptor }) => descriptor.name)).toEqual(shown.map(({ name }) => name.replace(/_total$/, '')));
    const named = (name: string): unknown => data.find(({ descriptor }) => descriptor.name === name);
    const attributes = { pipeline: 'p', step: 'soap', kind: 'step', position: 0 };
    const point = { startTime: [1, 0], endTime: [2, 5e8], attributes };
    expect(named('soapstream_step_rows_out')).toMatchObject({
      dataPointType: 3,
      isMonotonic: true,
      aggregationTemporality: 1,
      dataPoints: [{ ...point, value: 5 }],
    });
    expect(named('soapstream_step_in_flight_batches')).toMatchObject({ dataPointType: 2, dataPoints: [{ value: 0 }] });
    const counts = [0, 3, ...Array.from({ length: 14 }, () => 0)];
    expect(named('soapstream_step_batch_seconds')).toMatchObject({
      dataPointType: 0,
      dataPoints: [{ ...point, value: { count: 3, sum: 0.006, buckets: { counts } } }],
    });
  });
});
