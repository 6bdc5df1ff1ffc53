import type { FileRetry } from '../io/retries.js';
import type { RunRecord } from '../io/runRecord.js';
import type { LoadedPlan } from '../pipelines/loadPlan.js';
import type { PipelineMonitor } from '../pipelines/monitor.js';
import type { Plan } from '../pipelines/plan.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import type { SweepMonitor } from '../sweeps/sweepMonitor.js';
import type { SweepReport } from '../sweeps/runSweep.js';
import { printFailure } from './failure.js';
import { formatDuration } from '../format.js';
import { reportDiagnostics } from './planArguments.js';
import { print } from './print.js';
import { pipelineOutcome, Progress, shortest } from './progress.js';
import { pipelineView } from './progressView.js';
import { sweepOutcome, sweepView } from './sweepView.js';

/** What nobody need wait for (ms). */
const LONG_WAIT_MS = 1000;

/** What a run is about to do. */
export interface RunStart {
  readonly pipelines: readonly string[];
  readonly sweeps: readonly string[];
  /** Where its metrics are served. */
  readonly metrics?: string;
}

/** Who is told on standard error how a run goes. */
export interface RunLog {
  /** The file has been read, and is sound or not. */
  checked(loaded: LoadedPlan): void;
  start(plan: Plan, start: RunStart): void;
  pipelineStart(monitor: PipelineMonitor): void;
  pipelineEnd(report: PipelineReport): void;
  /** A pipeline has not changed, and is not run. */
  pipelineSkip(record: RunRecord): void;
  sweepStart(monitor: SweepMonitor): void;
  sweepEnd(report: SweepReport): void;
  notice(message: string): void;
  /** A file operation has failed, and is tried again in a while. */
  retry(retry: FileRetry): void;
  /** Nothing runs any more: the summary follows. */
  rest(): void;
  failed(error: unknown): void;
  /** Nothing is told after. */
  end(exitCode: number): void;
}

/** Tells people: code frames, live lines or some for a log, a tick for what has ended. */
export class TerminalLog implements RunLog {
  readonly #progress = new Progress(process.stderr);

  checked(loaded: LoadedPlan): void {
    reportDiagnostics(loaded);
  }

  start(_plan: Plan, { metrics }: RunStart): void {
    if (metrics !== undefined) print(`metrics: ${metrics}`, process.stderr);
  }

  pipelineStart(monitor: PipelineMonitor): void {
    for (const notice of monitor.notices) this.notice(`${monitor.pipeline}: ${notice}`);
    this.#progress.start(pipelineView(monitor));
  }

  pipelineEnd(report: PipelineReport): void {
    this.#progress.end(pipelineOutcome(report));
  }

  pipelineSkip(): void {} // the summary tells

  sweepStart(monitor: SweepMonitor): void {
    this.#progress.start(sweepView(monitor));
  }

  sweepEnd(report: SweepReport): void {
    this.#progress.end(sweepOutcome(report));
  }

  notice(message: string): void {
    print(`soapstream: ${message}`, process.stderr);
  }

  /** A fault that is over in a moment is told by the summary alone. */
  retry({ operation, path, code, waitMs }: FileRetry): void {
    if (waitMs < LONG_WAIT_MS) return;
    this.notice(`${shortest(path)}: ${operation} failed (${code}), tried again in ${formatDuration(waitMs / 1000)}`);
  }

  rest(): void {
    this.#progress.stop();
  }

  failed(error: unknown): void {
    printFailure(error);
  }

  end(): void {}
}
