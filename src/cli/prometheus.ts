import { LATENCY_BOUNDS } from '../pipelines/latency.js';
import type { PipelineMonitor, StepMeter } from '../pipelines/monitor.js';
import type { Plan } from '../pipelines/plan.js';
import type { SweepMonitor } from '../sweeps/sweepMonitor.js';
import { soapstreamVersion } from '../version.js';

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string | number>>;
type MetricType = 'counter' | 'gauge' | 'histogram';
interface Sample {
  /** Follows the name of the metric. */
  readonly suffix?: string;
  readonly labels: Labels;
  readonly value: number;
}
/** Of a step, whose own labels are added. */
type Part = Omit<Sample, 'labels'> & Partial<Sample>;

/** What a run does, as text that Prometheus reads. Looks at counters that are kept anyway, when it is asked. */
export class RunMetrics {
  readonly #plan: Plan;
  /** Whoever starts one adds it. */
  readonly pipelines: PipelineMonitor[] = [];
  readonly sweeps: SweepMonitor[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** In the text format 0.0.4. @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): string {
    return [...this.#ofRun(), ...this.#ofPipelines(), ...this.#ofSteps(), ...this.#ofSweeps(), ...ofProcess()].join('');
  }

  #ofRun(): string[] {
    const { fingerprint, file } = this.#plan;
    const labels = { run: fingerprint, file, version: soapstreamVersion(), node: process.version };
    return [metric('run_info', 'gauge', 'What runs: always 1.', [{ labels, value: 1 }])];
  }

  #ofPipelines(): string[] {
    const failed = this.pipelines.flatMap(({ pipeline, failure }) =>
      failure ? [{ labels: { pipeline, step: failure.step ?? '', code: failure.code }, value: 1 }] : [],
    );
    return [
      ...PIPELINE_GAUGES.map(([name, help, valueOf]) => {
        const samples = this.pipelines.flatMap((monitor) => {
          const value = valueOf(monitor);
          return value === undefined ? [] : [{ labels: { pipeline: monitor.pipeline }, value }];
        });
        return metric(name, 'gauge', help, samples);
      }),
      metric('errors_total', 'counter', 'Failures that have ended a pipeline.', failed),
    ];
  }

  #ofSteps(): string[] {
    return STEP_METRICS.map(([name, type, help, valueOf]) => {
      const samples = this.pipelines.flatMap((monitor) =>
        monitor.meters.flatMap((meter, position) => {
          // Two sinks of a pipeline may have one name.
          const at = { pipeline: monitor.pipeline, step: meter.id, kind: meter.kind, position };
          const found = valueOf(meter, monitor);
          const parts = typeof found === 'number' ? [{ value: found }] : found;
          return parts.map(({ labels, suffix = '', value }) => ({ suffix, labels: { ...at, ...labels }, value }));
        }),
      );
      return metric(name, type, help, samples);
    });
  }

  #ofSweeps(): string[] {
    const trials = this.sweeps.flatMap(({ sweep, total, ended, running }) =>
      Object.entries({ total, ended, running }).map(([state, value]) => ({ labels: { sweep, state }, value })),
    );
    return [metric('sweep_trials', 'gauge', 'Trials: all, those that have ended, those under way.', trials)];
  }
}

const PIPELINE_GAUGES: readonly [name: string, help: string, (monitor: PipelineMonitor) => number | undefined][] = [
  ['pipeline_running', 'Whether the pipeline runs (1) or has ended (0).', (m) => Number(m.isRunning)],
  ['pipeline_seconds', 'Since the pipeline started, until it ended.', (m) => m.elapsedMs / 1000],
  ['source_read', 'Of the source, in rows or bytes.', (m) => m.done],
  ['source_total', 'What source_read will be at the end, if that is known.', (m) => m.total],
  ['worker_threads', 'Worker threads for batches.', (m) => m.threads],
  ['worker_threads_busy', 'Worker threads that have a batch.', threadsInUse],
];

function threadsInUse({ meters }: PipelineMonitor): number {
  const steps = meters.filter(({ kind }) => kind === 'step');
  return steps.reduce((sum, { inFlight, parallelism }) => sum + Math.min(inFlight, parallelism), 0);
}

const STEP_METRICS: readonly [
  name: string,
  type: MetricType,
  help: string,
  (meter: StepMeter, monitor: PipelineMonitor) => number | readonly Part[],
][] = [
  ['step_rows_in_total', 'counter', 'Rows that have arrived.', (m) => m.rowsIn],
  ['step_rows_out_total', 'counter', 'Rows that have left; of a sink, that it has taken.', (m) => m.rowsOut],
  ['step_batches_in_total', 'counter', 'Batches that have arrived.', (m) => m.batchesIn],
  ['step_batches_out_total', 'counter', 'Batches that have left.', (m) => m.batchesOut],
  ['step_busy_seconds_total', 'counter', 'At work, all threads together.', (m) => m.busyMs / 1000],
  ['step_held_up_seconds_total', 'counter', 'In which the others waited for it.', (m) => m.heldUpMs / 1000],
  [
    'step_waiting_seconds_total',
    'counter',
    'In which it waited for rows (input), or for what takes its rows (output).',
    ({ waitedMs }) => [
      { labels: { for: 'input' }, value: waitedMs.input / 1000 },
      { labels: { for: 'output' }, value: waitedMs.output / 1000 },
    ],
  ],
  [
    'step_blocked_ratio',
    'gauge',
    'Share of the time in which it had rows that nobody took.',
    ({ waitedMs }, { elapsedMs }) => (elapsedMs > 0 ? waitedMs.output / elapsedMs : 0),
  ],
  ['step_in_flight_batches', 'gauge', 'Batches taken in whose results have not left.', (m) => m.inFlight],
  ['step_queued_batches', 'gauge', 'Batches that wait before it.', (m) => m.queued()],
  ['step_batch_seconds', 'histogram', 'Work on one batch.', ({ latency }) => histogram(latency)],
  [
    'sink_written_bytes_total',
    'counter',
    'Bytes written, as far as the sink knows.',
    (m) => (m.kind === 'sink' ? m.bytes() : []),
  ],
];

/** By the names that all clients of Prometheus use. */
function ofProcess(): string[] {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const one = (value: number): Sample[] => [{ labels: {}, value }];
  const started = Date.now() / 1000 - process.uptime();
  return [
    family('process_resident_memory_bytes', 'gauge', 'Resident memory.', one(rss)),
    family('process_cpu_seconds_total', 'counter', 'CPU time, of all threads.', one((user + system) / 1e6)),
    family('process_start_time_seconds', 'gauge', 'Start, since 1970.', one(started)),
    family('nodejs_heap_size_used_bytes', 'gauge', 'JavaScript heap of the main thread.', one(heapUsed)),
    family('nodejs_external_memory_bytes', 'gauge', 'Memory outside of that heap, as of typed arrays.', one(external)),
  ];
}

function histogram({ counts, sum, count }: StepMeter['latency']): Part[] {
  let below = 0;
  const buckets = counts.map((each, i) => {
    below += each;
    return { suffix: '_bucket', labels: { le: numberText(LATENCY_BOUNDS[i] ?? Infinity) }, value: below };
  });
  return [...buckets, { suffix: '_sum', value: sum }, { suffix: '_count', value: count }];
}

function metric(name: string, type: MetricType, help: string, samples: readonly Sample[]): string {
  return family(`soapstream_${name}`, type, help, samples);
}

/** Nothing where there are no samples. */
function family(name: string, type: MetricType, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(
    ({ suffix = '', labels, value }) => `${name}${suffix}${labelText(labels)} ${numberText(value)}`,
  );
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN';
}
