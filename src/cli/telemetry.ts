import { messageOf, PipelineError } from '../errors.js';
import { LATENCY_BOUNDS } from '../pipelines/latency.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import type { Plan } from '../pipelines/plan.js';
import type { SweepReport } from '../sweeps/runSweep.js';
import { soapstreamVersion } from '../version.js';
import type { Metric, RunMetrics } from './runMetrics.js';

/** As much of the packages of OpenTelemetry as is used here. They are optional, and so are their types. */
export interface Span {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(endTime?: Date): void;
}
export interface Tracing {
  /** @param parent undefined for the root */
  start(name: string, parent: Span | undefined, attributes: Attributes, startTime?: Date): Span;
}
type Attributes = Readonly<Record<string, string | number | boolean>>;

/** `SpanStatusCode.ERROR` */
const ERROR = 2;
/** Nobody waits longer for a collector that does not answer (ms). */
const CLOSE_MS = 5000;

/** The usual environment variables, as far as they say whether anything is sent. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Whether traces or metrics are to be sent. @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
export function wanted(environment: Environment): { readonly traces: boolean; readonly metrics: boolean } {
  const isSet = (name: string): boolean => (environment[name] ?? '').trim() !== '';
  const isOff = environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true';
  const each = (signal: 'TRACES' | 'METRICS'): boolean =>
    !isOff &&
    environment[`OTEL_${signal}_EXPORTER`] !== 'none' &&
    (isSet('OTEL_EXPORTER_OTLP_ENDPOINT') || isSet(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`));
  return { traces: each('TRACES'), metrics: each('METRICS') };
}

/** A span for the run, one for each pipeline, and within it one for each source, step and sink. */
export class RunSpans {
  readonly #tracing: Tracing;
  readonly #run: Span;
  readonly #open = new Map<string, { readonly span: Span; readonly started: Date }>();

  constructor(tracing: Tracing, { fingerprint, file, origin }: Plan) {
    this.#tracing = tracing;
    this.#run = tracing.start('run', undefined, {
      'soapstream.run': fingerprint,
      'soapstream.file': file,
      ...(origin.limit !== undefined && { 'soapstream.limit': origin.limit }),
    });
  }

  start(kind: 'pipeline' | 'sweep', name: string): void {
    const started = new Date();
    const span = this.#tracing.start(`${kind} ${name}`, this.#run, { [`soapstream.${kind}`]: name }, started);
    this.#open.set(name, { span, started });
  }

  pipelineEnd({ pipeline, steps, outputs }: PipelineReport): void {
    const { span, started } = this.#open.get(pipeline)!;
    for (const { id, kind, rowsIn, rowsOut, busySeconds } of steps) {
      const attributes = {
        'soapstream.pipeline': pipeline,
        'soapstream.step': id,
        'soapstream.kind': kind,
        'soapstream.rows_in': rowsIn,
        'soapstream.rows_out': rowsOut,
        'soapstream.busy_seconds': busySeconds,
      };
      // Steps take turns: each lasts as long as the pipeline, and says how long it was at work.
      this.#tracing.start(`${kind} ${id}`, span, attributes, started).end();
    }
    span.setAttributes({ 'soapstream.rows_written': outputs.reduce((sum, { rows }) => sum + rows, 0) });
    this.#end(pipeline);
  }

  sweepEnd({ sweep, trials }: SweepReport): void {
    const counts = Object.entries(trials).map(([end, count]) => [`soapstream.trials_${end}`, count] as const);
    this.#open.get(sweep)!.span.setAttributes(Object.fromEntries(counts));
    this.#end(sweep);
  }

  /** What is under way has failed. */
  fail(error: unknown): void {
    const status = { code: ERROR, message: messageOf(error) };
    const attributes = { 'error.type': error instanceof PipelineError ? error.code : 'internal' };
    for (const { span } of [...this.#open.values(), { span: this.#run }]) {
      span.setAttributes(attributes);
      span.setStatus(status);
    }
  }

  end(): void {
    for (const name of this.#open.keys()) this.#end(name);
    this.#run.end();
  }

  #end(name: string): void {
    this.#open.get(name)?.span.end();
    this.#open.delete(name);
  }
}

/** Seconds and nanoseconds since 1970. */
type HrTime = readonly [seconds: number, nanoseconds: number];

/** Metrics in the data model of OpenTelemetry: cumulative sums, gauges and histograms. Prometheus adds `_total` to sums by itself. */
export function metricData(metrics: readonly Metric[], startTime: HrTime, endTime: HrTime): object[] {
  return metrics.map((metric) => {
    const { name, type, help, samples } = metric;
    const common = {
      descriptor: { name: name.replace(/_total$/, ''), description: help, unit: '', valueType: 1 },
      aggregationTemporality: 1,
    };
    const point = ({ labels, value }: (typeof samples)[number]): object => ({
      startTime,
      endTime,
      attributes: labels,
      value:
        typeof value === 'number'
          ? value
          : {
              buckets: { boundaries: [...LATENCY_BOUNDS], counts: [...value.counts] },
              sum: value.sum,
              count: value.count,
            },
    });
    const dataPoints = samples.map(point);
    if (type === 'histogram') return { ...common, dataPointType: 0, dataPoints };
    if (type === 'gauge') return { ...common, dataPointType: 2, dataPoints };
    return { ...common, dataPointType: 3, isMonotonic: true, dataPoints };
  });
}

/** What goes to a collector while a run goes on. */
export interface Telemetry {
  readonly spans: RunSpans | undefined;
  /** Sends what is left. Nothing fails since nobody has taken it. */
  close(): Promise<void>;
}

/**
 * Starts to send traces and metrics where the usual environment variables name an endpoint, by the official packages.
 *
 * @param tell gets why nothing is sent
 * @returns undefined where nothing is to be sent, or nothing can be
 */
export async function openTelemetry(
  plan: Plan,
  metrics: RunMetrics,
  tell: (problem: string) => void,
  environment: Environment = process.env,
): Promise<Telemetry | undefined> {
  const asked = wanted(environment);
  if (!asked.traces && !asked.metrics) return undefined;
  const format = FORMATS[environment['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? 'http/protobuf'];
  if (!format) {
    const known = Object.keys(FORMATS).join(' or ');
    tell(`OTEL_EXPORTER_OTLP_PROTOCOL: expected ${known}, so that no traces and metrics are sent`);
    return undefined;
  }
  const names = packagesFor(asked, format);
  try {
    const loaded = await Promise.all(names.map(async (name) => [name, await importPackage(name)] as const));
    return start(plan, metrics, asked, format, new Map(loaded));
  } catch (error) {
    const reason = messageOf(error).split('\n', 1)[0];
    tell(`no traces and metrics are sent: they need npm install ${names.join(' ')} (${reason})`);
    return undefined;
  }
}

const FORMATS: Readonly<Record<string, string>> = { 'http/protobuf': 'proto', 'http/json': 'http' };

function packagesFor({ traces, metrics }: ReturnType<typeof wanted>, format: string): string[] {
  const common = ['api', 'resources'];
  const forTraces = traces ? ['sdk-trace-base', `exporter-trace-otlp-${format}`] : [];
  const forMetrics = metrics ? ['sdk-metrics', `exporter-metrics-otlp-${format}`] : [];
  return [...common, ...forTraces, ...forMetrics].map((name) => `@opentelemetry/${name}`);
}

/** A package without types: what is called of it is in its documentation. */
// oxlint-disable-next-line typescript/no-explicit-any
type Package = any;

/** Not one of the bundle's own: it is there or not. */
async function importPackage(name: string): Promise<Package> {
  return import(name);
}

function start(
  plan: Plan,
  metrics: RunMetrics,
  asked: ReturnType<typeof wanted>,
  format: string,
  packages: ReadonlyMap<string, Package>,
): Telemetry {
  const get = (name: string): Package => packages.get(`@opentelemetry/${name}`);
  const { detectResources, envDetector, resourceFromAttributes } = get('resources');
  const named = resourceFromAttributes({ 'service.name': 'soapstream', 'service.version': soapstreamVersion() });
  const resource = named.merge(detectResources({ detectors: [envDetector] }));
  const scope = { name: 'soapstream', version: soapstreamVersion() };
  const closing: (() => Promise<void>)[] = [];
  let spans: RunSpans | undefined;
  if (asked.traces) {
    const { BasicTracerProvider, BatchSpanProcessor } = get('sdk-trace-base');
    const { OTLPTraceExporter } = get(`exporter-trace-otlp-${format}`);
    const { ROOT_CONTEXT, trace } = get('api');
    const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter())];
    const provider = new BasicTracerProvider({ resource, spanProcessors });
    const tracer = provider.getTracer(scope.name, scope.version);
    spans = new RunSpans(
      {
        start(name, parent, attributes, startTime) {
          const context = parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
          return tracer.startSpan(name, { attributes, startTime }, context);
        },
      },
      plan,
    );
    closing.push(() => provider.shutdown());
  }
  if (asked.metrics) {
    const { MeterProvider, PeriodicExportingMetricReader } = get('sdk-metrics');
    const { OTLPMetricExporter } = get(`exporter-metrics-otlp-${format}`);
    const started = hrTime();
    const producer = {
      collect: () =>
        Promise.resolve({
          resourceMetrics: {
            resource,
            scopeMetrics: [{ scope, metrics: metricData(metrics.metrics(), started, hrTime()) }],
          },
          errors: [],
        }),
    };
    const interval = Number(process.env['OTEL_METRIC_EXPORT_INTERVAL']) || 60_000;
    const reader = new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter(),
      exportIntervalMillis: interval,
      exportTimeoutMillis: Math.min(interval, 30_000),
      metricProducers: [producer],
    });
    const provider = new MeterProvider({ resource, readers: [reader] });
    closing.push(() => provider.shutdown());
  }
  return {
    spans,
    async close() {
      spans?.end();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([Promise.allSettled(closing.map((close) => close())), late]);
      clearTimeout(timer);
    },
  };
}

function hrTime(): HrTime {
  const now = Date.now();
  return [Math.floor(now / 1000), (now % 1000) * 1e6];
}
