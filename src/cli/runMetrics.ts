import type { FileRetry } from '../io/retries.js';
import type { Latency } from '../pipelines/latency.js';
import type { PipelineMonitor, StepMeter } from '../pipelines/monitor.js';
import type { Plan } from '../pipelines/plan.js';
import type { SweepMonitor } from '../sweeps/sweepMonitor.js';
import { soapstreamVersion } from '../version.js';

export type Labels = Readonly<Record<string, string | number>>;

export interface Sample<Value = number> {
  readonly labels: Labels;
  readonly value: Value;
}

/** An instrument with what it shows now: everything that Prometheus and OpenTelemetry are told. */
export type Metric =
  | {
      readonly name: string;
      readonly type: 'counter' | 'gauge';
      readonly help: string;
      readonly samples: readonly Sample[];
    }
  | {
      readonly name: string;
      readonly type: 'histogram';
      readonly help: string;
      readonly samples: readonly Sample<Latency>[];
    };

/** Name, type, help, and the value. */
type Row<Of, Value> = readonly [string, 'counter' | 'gauge', string, (of: Of) => Value];

const OF_PIPELINES: readonly Row<PipelineMonitor, number | undefined>[] = [
  ['pipeline_running', 'gauge', 'Whether the pipeline runs (1) or has ended (0).', (m) => Number(m.isRunning)],
  ['pipeline_seconds', 'gauge', 'Since the pipeline started, until it ended.', (m) => m.elapsedMs / 1000],
  ['source_read', 'gauge', 'Of the source, in rows or bytes.', (m) => m.done],
  ['source_total', 'gauge', 'What source_read will be at the end, if that is known.', (m) => m.total],
  ['worker_threads', 'gauge', 'Worker threads for batches.', (m) => m.threads],
  ['worker_threads_busy', 'gauge', 'Worker threads that have a batch.', threadsInUse],
  ['checkpoints_total', 'counter', 'Checkpoints that were written.', (m) => m.checkpoints().count],
  ['checkpoint_seconds_total', 'counter', 'In which checkpoints were written.', (m) => m.checkpoints().ms / 1000],
];

const OF_STEPS: readonly Row<StepMeter, number>[] = [
  ['step_rows_in_total', 'counter', 'Rows that have arrived.', (m) => m.rowsIn],
  ['step_rows_out_total', 'counter', 'Rows that have left; of a sink, that it has taken.', (m) => m.rowsOut],
  ['step_batches_in_total', 'counter', 'Batches that have arrived.', (m) => m.batchesIn],
  ['step_batches_out_total', 'counter', 'Batches that have left.', (m) => m.batchesOut],
  ['step_busy_seconds_total', 'counter', 'At work, all threads together.', (m) => m.busyMs / 1000],
  ['step_held_up_seconds_total', 'counter', 'In which the others waited for it.', (m) => m.heldUpMs / 1000],
  ['step_in_flight_batches', 'gauge', 'Batches taken in whose results have not left.', (m) => m.inFlight],
  ['step_queued_batches', 'gauge', 'Batches that wait before it.', (m) => m.queued()],
];

/** What a run does. Looks at counters that are kept anyway, when it is asked. */
export class RunMetrics {
  readonly #plan: Plan;
  readonly #pipelines: PipelineMonitor[] = [];
  readonly #sweeps: SweepMonitor[] = [];

  /** By operation and code. */
  readonly #retries = new Map<string, { readonly labels: Labels; value: number }>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  addPipeline(monitor: PipelineMonitor): void {
    this.#pipelines.push(monitor);
  }

  addSweep(monitor: SweepMonitor): void {
    this.#sweeps.push(monitor);
  }

  addRetry({ operation, code }: FileRetry): void {
    const sample = this.#retries.get(`${operation} ${code}`) ?? { labels: { operation, code }, value: 0 };
    sample.value++;
    this.#retries.set(`${operation} ${code}`, sample);
  }

  /** Those that show anything. */
  metrics(): Metric[] {
    const all = [this.#ofRun(), this.#ofPipelines(), this.#ofSteps(), this.#ofSweeps(), ofProcess()].flat();
    return all.filter(({ samples }) => samples.length > 0);
  }

  #ofRun(): Metric[] {
    const { fingerprint, file } = this.#plan;
    const labels = { run: fingerprint, file, version: soapstreamVersion(), node: process.version };
    const retries = [...this.#retries.values()];
    return [
      metric('run_info', 'gauge', 'What runs: always 1.', [{ labels, value: 1 }]),
      metric('file_retries_total', 'counter', 'File operations that were tried again.', retries),
    ];
  }

  #ofPipelines(): Metric[] {
    const failed = this.#pipelines.flatMap(({ pipeline, failure }) =>
      failure ? [{ labels: { pipeline, step: failure.step ?? '', code: failure.code }, value: 1 }] : [],
    );
    const ofEach = OF_PIPELINES.map(([name, type, help, valueOf]) => {
      const samples = this.#pipelines.flatMap((monitor) => {
        const value = valueOf(monitor);
        return value === undefined ? [] : [{ labels: { pipeline: monitor.pipeline }, value }];
      });
      return metric(name, type, help, samples);
    });
    return [...ofEach, metric('errors_total', 'counter', 'Failures that have ended a pipeline.', failed)];
  }

  #ofSteps(): Metric[] {
    const each = <Value = number>(
      samplesOf: (meter: StepMeter, monitor: PipelineMonitor) => { labels?: Labels; value: Value }[],
    ): Sample<Value>[] =>
      this.#pipelines.flatMap((monitor) =>
        monitor.meters.flatMap((meter, position) => {
          // Two sinks of a pipeline may have one name.
          const at = { pipeline: monitor.pipeline, step: meter.id, kind: meter.kind, position };
          return samplesOf(meter, monitor).map(({ labels, value }) => ({ labels: { ...at, ...labels }, value }));
        }),
      );
    const sinks = each((meter) => (meter.kind === 'sink' ? [{ value: meter.bytes() }] : []));
    const waits = each(({ waitedMs }) => [
      { labels: { for: 'input' }, value: waitedMs.input / 1000 },
      { labels: { for: 'output' }, value: waitedMs.output / 1000 },
    ]);
    const blocked = each(({ waitedMs }, { elapsedMs }) => [{ value: elapsedMs > 0 ? waitedMs.output / elapsedMs : 0 }]);
    const help = {
      waiting: 'In which it waited for rows (input), or for what takes its rows (output).',
      blocked: 'Share of the time in which it had rows that nobody took.',
      bytes: 'Bytes written, as far as the sink knows.',
    };
    return [
      ...OF_STEPS.map(([name, type, text, valueOf]) =>
        metric(
          name,
          type,
          text,
          each((meter) => [{ value: valueOf(meter) }]),
        ),
      ),
      metric('step_waiting_seconds_total', 'counter', help.waiting, waits),
      metric('step_blocked_ratio', 'gauge', help.blocked, blocked),
      {
        name: 'soapstream_step_batch_seconds',
        type: 'histogram',
        help: 'Work on one batch.',
        samples: each(({ latency }) => [{ value: latency }]),
      },
      metric('sink_written_bytes_total', 'counter', help.bytes, sinks),
    ];
  }

  #ofSweeps(): Metric[] {
    const trials = this.#sweeps.flatMap(({ sweep, total, ended, running }) =>
      Object.entries({ total, ended, running }).map(([state, value]) => ({ labels: { sweep, state }, value })),
    );
    return [metric('sweep_trials', 'gauge', 'Trials: all, those that have ended, those under way.', trials)];
  }
}

/** By the names that all clients of Prometheus use. */
function ofProcess(): Metric[] {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const one = (value: number): Sample[] => [{ labels: {}, value }];
  const started = Date.now() / 1000 - process.uptime();
  return [
    named('process_resident_memory_bytes', 'gauge', 'Resident memory.', one(rss)),
    named('process_cpu_seconds_total', 'counter', 'CPU time, of all threads.', one((user + system) / 1e6)),
    named('process_start_time_seconds', 'gauge', 'Start, since 1970.', one(started)),
    named('nodejs_heap_size_used_bytes', 'gauge', 'JavaScript heap of the main thread.', one(heapUsed)),
    named('nodejs_external_memory_bytes', 'gauge', 'Memory outside of that heap, as of typed arrays.', one(external)),
  ];
}

function threadsInUse({ meters }: PipelineMonitor): number {
  const steps = meters.filter(({ kind }) => kind === 'step');
  return steps.reduce((sum, { inFlight, parallelism }) => sum + Math.min(inFlight, parallelism), 0);
}

function metric(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): Metric {
  return named(`soapstream_${name}`, type, help, samples);
}

function named(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): Metric {
  return { name, type, help, samples };
}
