import type { RecordBatch } from 'apache-arrow';
import type { StepReport } from '../io/runRecord.js';
import type { HeldUp } from './bottleneck.js';
import { Latency } from './latency.js';

export type MeterKind = StepReport['kind'];

/** What a step has done with some batches elsewhere, as on another thread. */
export interface DoneElsewhere {
  readonly batchesIn: number;
  readonly batchesOut: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly busyMs: number;
}

/** How one step of a running pipeline is doing. Counters only: whoever shows them decides when to look. */
export class StepMeter {
  readonly id: string;
  readonly kind: MeterKind;
  /** Threads that share the work. */
  readonly parallelism: number;
  batchesIn = 0;
  batchesOut = 0;
  rowsIn = 0;
  rowsOut = 0;
  /** Of its rows, those of an earlier run that this one goes on from. */
  earlierRows = 0;
  /** Rows that failed, and the rest goes on without. */
  deadLetters = 0;
  /** Batches taken in whose results have not left. */
  inFlight = 0;
  /** How long single batches took. */
  readonly latency = new Latency();
  /** Who looks at the batches that leave it, and keeps nothing of them. */
  readonly taps = new Set<(batch: RecordBatch) => void>();
  /** Batches that wait before it. */
  queued: () => number = () => 0;
  /** Bytes that it has written. */
  bytes: () => number = () => 0;
  #busyMs = 0;
  /** When the work under way began. */
  #busySince: number | undefined;
  /** When the last work ended, and what had left by then. */
  #rest: { readonly since: number; readonly batchesOut: number } | undefined;
  readonly #waitedMs = { input: 0, output: 0 };
  #heldUpMs = 0;
  #heldUpSince: number | undefined;
  /** Time spent on the batch at hand. */
  #batchMs: number | undefined;
  /** How many batches had come when it came. */
  #batch = 0;
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

  show(batch: RecordBatch): void {
    for (const tap of this.taps) tap(batch);
  }

  /** Time spent at work, all threads together. */
  get busyMs(): number {
    return this.#busyMs + elapsedSince(this.#busySince);
  }

  /**
   * Time between pieces of work on this thread: `input` until there were rows, `output` until those that were ready were taken. Both
   * include the work of all others on that side.
   */
  get waitedMs(): { readonly input: number; readonly output: number } {
    const waited = { ...this.#waitedMs };
    if (this.#rest && this.#busySince === undefined)
      waited[this.#waitsFor(this.#rest)] += elapsedSince(this.#rest.since);
    return waited;
  }

  /** Time that the rest of the pipeline waited for it: of a sink, until it took a batch; of all others, while they were at work. */
  get heldUpMs(): number {
    if (this.kind === 'sink') return this.#heldUpMs + elapsedSince(this.#heldUpSince);
    return this.busyMs / this.parallelism;
  }

  /** Runs work and counts its time. @param isOfBatch whether it is done for the batch at hand */
  measure<T>(work: () => T, isOfBatch = true): T {
    this.#begin(isOfBatch);
    try {
      return work();
    } finally {
      this.#end(isOfBatch);
    }
  }

  /** Counts the time until work is done, waiting included. */
  async measureAsync<T>(work: () => Promise<T>, isOfBatch = true): Promise<T> {
    this.#begin(isOfBatch);
    try {
      return await work();
    } finally {
      this.#end(isOfBatch);
    }
  }

  /** Counts the time that others wait for it. */
  async holdUp<T>(work: () => Promise<T>): Promise<T> {
    this.#heldUpSince = performance.now();
    try {
      return await work();
    } finally {
      this.#heldUpMs = this.heldUpMs;
      this.#heldUpSince = undefined;
    }
  }

  add({ batchesIn, batchesOut, rowsIn, rowsOut, busyMs }: DoneElsewhere): void {
    this.batchesIn += batchesIn;
    this.batchesOut += batchesOut;
    this.rowsIn += rowsIn;
    this.rowsOut += rowsOut;
    this.#busyMs += busyMs;
    if (batchesIn > 0) this.latency.add(busyMs / batchesIn / 1000, batchesIn);
  }

  /** Takes up what an earlier run has counted, but not its time. */
  goOn({ batchesIn, batchesOut, rowsIn, rowsOut }: Omit<DoneElsewhere, 'busyMs'>): void {
    Object.assign(this, { batchesIn, batchesOut, rowsIn, rowsOut, earlierRows: Math.max(rowsIn, rowsOut) });
  }

  /** Nothing more will come. */
  finish(): void {
    // What a source did last was to find that there is no further batch.
    if (this.kind !== 'source') this.#finishBatch();
    this.#waitedMs.input = this.waitedMs.input;
    this.#waitedMs.output = this.waitedMs.output;
    this.#rest = undefined;
  }

  #begin(isOfBatch: boolean): void {
    const now = performance.now();
    if (this.#rest) this.#waitedMs[this.#waitsFor(this.#rest)] += now - this.#rest.since;
    this.#rest = undefined;
    this.#busySince = now;
    const batch = this.kind === 'source' ? this.batchesOut : this.batchesIn;
    if (batch === this.#batch && isOfBatch) return;
    this.#finishBatch();
    this.#batch = batch;
  }

  #end(isOfBatch: boolean): void {
    const now = performance.now();
    const took = now - this.#busySince!;
    this.#busyMs += took;
    this.#busySince = undefined;
    this.#rest = { since: now, batchesOut: this.batchesOut };
    if (isOfBatch) this.#batchMs = (this.#batchMs ?? 0) + took;
  }

  #finishBatch(): void {
    if (this.#batchMs !== undefined) this.latency.add(this.#batchMs / 1000);
    this.#batchMs = undefined;
  }

  #waitsFor({ batchesOut }: { readonly batchesOut: number }): 'input' | 'output' {
    return this.batchesOut > batchesOut ? 'output' : 'input';
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
  /** Worker threads that it may use. */
  threads = 0;
  /** Whether it goes on from an earlier run, or why it does not. */
  notices: readonly string[] = [];
  /** How many checkpoints were written, and how long that took. */
  checkpoints: () => { readonly count: number; readonly ms: number } = () => ({ count: 0, ms: 0 });
  /** When it began with what no earlier run had done. */
  #begun = { done: 0, atMs: 0 };
  /** What ended it, if it failed. */
  failure: { readonly code: string; readonly step: string | undefined } | undefined;
  #endedAt: number | undefined;

  constructor(pipeline: string) {
    this.pipeline = pipeline;
  }

  meter(id: string, kind: MeterKind, parallelism?: number): StepMeter {
    const meter = new StepMeter(id, kind, parallelism);
    this.meters.push(meter);
    return meter;
  }

  /** What an earlier run has done lies behind it: from now on it tells how long the rest will take. */
  begin(): void {
    this.#begun = { done: this.done, atMs: this.elapsedMs };
  }

  /** Stops all clocks. */
  end(): void {
    for (const meter of this.meters) meter.finish();
    this.#endedAt = performance.now();
  }

  get isRunning(): boolean {
    return this.#endedAt === undefined;
  }

  /** Rows that have left the last step. */
  get rowsOfFlow(): number {
    return this.meters.findLast(({ kind }) => kind !== 'sink')!.rowsOut;
  }

  /** How long the others have waited for each so far. */
  get heldUp(): HeldUp {
    return { atMs: this.elapsedMs, each: this.meters.map(({ id, heldUpMs }) => ({ step: id, ms: heldUpMs })) };
  }

  get elapsedMs(): number {
    return (this.#endedAt ?? performance.now()) - this.startedAt;
  }

  /** Milliseconds to go, from the share of the source that has been read; undefined while that tells nothing. */
  get remainingMs(): number | undefined {
    const { done, atMs } = this.#begun;
    if (!this.total || this.done === done || this.done >= this.total) return undefined;
    return ((this.elapsedMs - atMs) * (this.total - this.done)) / (this.done - done);
  }
}

function elapsedSince(time: number | undefined): number {
  return time === undefined ? 0 : performance.now() - time;
}
