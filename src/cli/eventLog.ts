import type { Diagnostic } from '../config/diagnostics.js';
import { messageOf, PipelineError } from '../errors.js';
import type { FileRetry } from '../io/retries.js';
import type { RunRecord } from '../io/runRecord.js';
import type { LoadedPlan } from '../pipelines/loadPlan.js';
import { type Bottleneck, RecentBottleneck } from '../pipelines/bottleneck.js';
import type { PipelineMonitor, StepMeter } from '../pipelines/monitor.js';
import type { Plan } from '../pipelines/plan.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import type { SweepMonitor } from '../sweeps/sweepMonitor.js';
import type { SweepReport } from '../sweeps/runSweep.js';
import { soapstreamVersion } from '../version.js';
import { exitCodes } from './exitCodes.js';
import { omittedLine } from './planArguments.js';
import { print } from './print.js';
import type { RunLog, RunStart } from './runLog.js';

const PROGRESS_MS = 10_000;

/** Tells programs: one line of JSON for each event, as docs/observability.md explains it. */
export class EventLog implements RunLog {
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = performance.now();
  readonly #progressMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** Notices of the pipeline at hand. */
  #told: readonly string[] = [];

  constructor(stream: NodeJS.WriteStream, progressMs = PROGRESS_MS) {
    this.#stream = stream;
    this.#progressMs = progressMs;
  }

  checked({ diagnostics }: LoadedPlan): void {
    for (const { severity, message, ...place } of diagnostics) {
      const at = placeInFile(place);
      if (severity === 'warning') this.#write('notice', { message, place: at });
      else this.#write('error', { code: 'badConfiguration', message, detail: message, place: at });
    }
    const rest = omittedLine(diagnostics).trim();
    if (rest !== '') this.#write('notice', { message: rest, place: {} });
  }

  start({ fingerprint, file, outDirectory, origin }: Plan, start: RunStart): void {
    this.#write('start', {
      run: fingerprint,
      soapstream: soapstreamVersion(),
      node: process.version,
      file,
      out: outDirectory,
      ...(origin.limit !== undefined && { limit: origin.limit }),
      ...start,
    });
  }

  pipelineStart(monitor: PipelineMonitor): void {
    this.#write('pipelineStart', { pipeline: monitor.pipeline });
    this.#noticesOf(monitor.pipeline, monitor.notices);
    this.#told = monitor.notices;
    const recent = new RecentBottleneck();
    this.#watch(() => pipelineProgress(monitor, recent.look(monitor.heldUp)));
  }

  pipelineEnd({ pipeline, seconds, steps, bottleneck, metrics, outputs, notices }: PipelineReport): void {
    this.#stop();
    this.#noticesOf(
      pipeline,
      notices.filter((notice) => !this.#told.includes(notice)),
    );
    this.#write('pipelineEnd', {
      pipeline,
      seconds,
      steps,
      ...(bottleneck && { bottleneck }),
      outputs: outputs.map(({ path, rows, bytes, role }) => ({ path, rows, bytes, role })),
      metrics,
    });
  }

  pipelineSkip({ name, started }: RunRecord): void {
    this.#write('pipelineSkip', { pipeline: name, unchangedSince: started });
  }

  sweepStart(monitor: SweepMonitor): void {
    this.#write('sweepStart', { sweep: monitor.sweep, total: monitor.total });
    this.#watch(() => sweepProgress(monitor));
  }

  sweepEnd(report: SweepReport): void {
    this.#stop();
    this.#write('sweepEnd', report);
  }

  notice(message: string): void {
    this.#write('notice', { message, place: {} });
  }

  retry({ waitMs, ...retry }: FileRetry): void {
    this.#write('retry', { ...retry, waitSeconds: waitMs / 1000 });
  }

  rest(): void {
    this.#stop();
  }

  failed(error: unknown): void {
    const { code, message, detail, place } =
      error instanceof PipelineError ? error : new PipelineError('internal', messageOf(error), { cause: error });
    this.#write('error', { code, message, detail, place });
  }

  end(exitCode: number): void {
    const ends = { [exitCodes.success]: 'done', [exitCodes.interrupted]: 'interrupted' } as const;
    const status = ends[exitCode as keyof typeof ends] ?? 'failed';
    this.#write('end', { status, exitCode, seconds: (performance.now() - this.#startedAt) / 1000 });
  }

  #watch(progress: () => object): void {
    this.#stop();
    this.#timer = setInterval(() => this.#write('progress', progress()), this.#progressMs);
    this.#timer.unref();
  }

  #stop(): void {
    clearInterval(this.#timer);
  }

  #noticesOf(pipeline: string, notices: readonly string[]): void {
    for (const message of notices) this.#write('notice', { message, place: { pipeline } });
  }

  #write(event: string, facts: object): void {
    print(JSON.stringify({ time: new Date().toISOString(), event, ...facts }, asText), this.#stream);
  }
}

/** JSON has no names for numbers that are none. */
function asText(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function placeInFile({ path, location }: Pick<Diagnostic, 'path' | 'location'>): object {
  if ('argument' in location) return { path, argument: location.argument };
  const { file, line, column } = location;
  return { path, file, line, column };
}

function pipelineProgress(monitor: PipelineMonitor, bottleneck: Bottleneck | undefined): object {
  const { pipeline, elapsedMs, done, total = null, remainingMs, meters } = monitor;
  return {
    pipeline,
    seconds: elapsedMs / 1000,
    done,
    total,
    remainingSeconds: inSeconds(remainingMs),
    steps: meters.map(stepProgress),
    ...(bottleneck && { bottleneck }),
  };
}

function stepProgress({ id, kind, batchesIn, rowsIn, rowsOut, inFlight, busyMs, progress }: StepMeter): object {
  const counts = { id, kind, batchesIn, rowsIn, rowsOut, inFlight, busySeconds: busyMs / 1000 };
  if (!progress) return counts;
  const { done, total, unit } = progress;
  return { ...counts, work: { done, total, unit } };
}

function sweepProgress({ sweep, elapsedMs, ended, total, remainingMs, running }: SweepMonitor): object {
  return { sweep, seconds: elapsedMs / 1000, done: ended, total, remainingSeconds: inSeconds(remainingMs), running };
}

function inSeconds(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : milliseconds / 1000;
}
