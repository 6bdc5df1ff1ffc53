import type { StepReport } from '../io/runRecord.js';

export type MeterKind = StepReport['kind'];

/** How one step of a running pipeline is doing. Counters only: whoever shows them decides when to look. */
export class StepMeter {
  readonly id: string;
  readonly kind: MeterKind;
  /** Threads that share the work. */
  readonly parallelism: number;
  batchesIn = 0;
  rowsIn = 0;
  rowsOut = 0;
  /** Rows that failed, and the rest goes on without. */
  deadLetters = 0;
  /** Batches taken in whose results have not left. */
  inFlight = 0;
  #busyMs = 0;
  /** When the work under way began. */
  #busySince: number | undefined;
  #work: { readonly done: number; readonly total: number; readonly unit: string; readonly since: number } | undefined;

  constructor(id: string, kind: MeterKind, parallelism = 1) {
    this.id = id;
    this.kind = kind;
    this.parallelism = parallelism;
  }

  /** How far work has come whose end the source does not tell, e.g. a training. Undefined when there is none or it is done. */
  get progress():
    { readonly done: number; readonly total: number; readonly unit: string; readonly sinceMs: number } | undefined {
    const work = this.#work;
    if (!work || work.done >= work.total) return undefined;
    return { ...work, sinceMs: performance.now() - work.since };
  }

  reportProgress(done: number, total: number, unit: string): void {
    this.#work = { done, total, unit, since: this.#work?.since ?? performance.now() };
  }

  /** Time spent at work, all threads together. */
  get busyMs(): number {
    return this.#busyMs + (this.#busySince === undefined ? 0 : performance.now() - this.#busySince);
  }

  /** Tells the time that is measured elsewhere, as by a pool of threads. */
  set busyMs(milliseconds: number) {
    this.#busyMs = milliseconds;
  }

  /** Runs work and counts its time. */
  measure<T>(work: () => T): T {
    this.#busySince = performance.now();
    try {
      return work();
    } finally {
      this.#rest();
    }
  }

  /** Counts the time until work is done, waiting included. */
  async measureAsync<T>(work: () => Promise<T>): Promise<T> {
    this.#busySince = performance.now();
    try {
      return await work();
    } finally {
      this.#rest();
    }
  }

  #rest(): void {
    this.#busyMs = this.busyMs;
    this.#busySince = undefined;
  }
}

/** A pipeline that runs: its source, steps and sinks in the order of the flow. */
export class PipelineMonitor {
  readonly pipeline: string;
  readonly startedAt = performance.now();
  readonly meters: StepMeter[] = [];
  /** Of the source, in its own unit (rows, bytes). */
  done = 0;
  total: number | undefined;

  constructor(pipeline: string) {
    this.pipeline = pipeline;
  }

  meter(id: string, kind: MeterKind, parallelism?: number): StepMeter {
    const meter = new StepMeter(id, kind, parallelism);
    this.meters.push(meter);
    return meter;
  }

  /** The step that holds the others up: at work for the largest share of the time. */
  get bottleneck(): StepMeter | undefined {
    const load = ({ busyMs, parallelism }: StepMeter): number => busyMs / parallelism;
    return this.meters.reduce<StepMeter | undefined>(
      (most, meter) => (!most || load(meter) > load(most) ? meter : most),
      undefined,
    );
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Milliseconds to go, from the share of the source that has been read; undefined while that tells nothing. */
  get remainingMs(): number | undefined {
    if (!this.total || this.done === 0 || this.done >= this.total) return undefined;
    return (this.elapsedMs * (this.total - this.done)) / this.done;
  }
}
