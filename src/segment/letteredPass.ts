import type { RecordBatch } from 'apache-arrow';
import { adoptBatch } from '../arrow/adoptBatch.js';
import { recycle } from '../arrow/recycling.js';
import { atPlace, PipelineError } from '../errors.js';
import { type Pass, REST } from '../flow/pass.js';
import { startPass } from '../flow/pullable.js';
import type { BatchOperator, StepContext } from '../operators/frame/definition.js';
import type { Tally } from '../operators/frame/tally.js';
import { type DeadLetter, deadLetterOf } from './deadLetter.js';
import { failingRows, rowsOf } from './failingRows.js';

/** Keeps what a step counts until it is known whether its rows go on. */
export class HeldCounts {
  #parts: unknown[] = [];
  readonly add = (part: unknown): void => void this.#parts.push(part);

  take(): unknown[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}

/** A step whose rows may fail. */
export interface LetteredStep {
  readonly operator: BatchOperator;
  readonly keepsNothing: boolean;
  /** Of the context that the operator was made with: its `count`. */
  readonly counts: HeldCounts;
  readonly context: StepContext;
  readonly tally: (() => Tally | undefined) | undefined;
}

/** What a batch became. */
interface Attempt {
  readonly outputs: readonly RecordBatch[];
  readonly parts: readonly unknown[];
}

/**
 * A pass of an operator whose batches are independent: rows that fail are set aside, and the rest goes on as if they had never been there.
 *
 * Each batch is a stream of its own, as on worker threads. Nothing of it leaves before all of it has been made, since a row that fails may
 * have changed what was made of the others. Where rows fail, the operator works once more on those that do not, as one batch.
 *
 * Memory: all that a batch becomes.
 * @throws PipelineError of whatever does not come from single rows, with the batch
 */
export class LetteredPass implements Pass<RecordBatch, RecordBatch> {
  readonly #step: LetteredStep;
  readonly #tally: Tally | undefined;
  readonly #count: (part: unknown) => void;
  #index = -1;
  #letters: DeadLetter[] = [];

  constructor(step: LetteredStep) {
    this.#step = step;
    const { count } = step.context;
    this.#tally = count ? undefined : step.tally?.();
    this.#count = count ?? ((part) => this.#tally?.add(part));
  }

  /** The letters since they were last taken. */
  takeLetters(): DeadLetter[] {
    const letters = this.#letters;
    this.#letters = [];
    return letters;
  }

  *next(given: RecordBatch): Generator<RecordBatch> {
    this.#index++;
    let attempt: Attempt | undefined;
    try {
      attempt = this.#withoutFailingRows(adoptBatch(given));
    } catch (error) {
      throw atPlace({ batch: this.#index }, error);
    }
    for (const part of attempt?.parts ?? []) this.#count(part);
    yield* attempt?.outputs ?? [];
  }

  *complete(): Generator<RecordBatch> {
    for (const metric of this.#tally?.metrics() ?? []) this.#step.context.emitMetric(metric);
  }

  /** Nothing if no row is left. */
  #withoutFailingRows(batch: RecordBatch): Attempt | undefined {
    const whole = this.#attempt(batch);
    if (!(whole instanceof PipelineError)) return whole;
    if (batch.numRows === 0) throw whole;
    const failed = failingRows(batch, whole, (rows) => {
      const attempt = this.#attempt(rows);
      if (attempt instanceof PipelineError) return attempt;
      this.#discard(attempt.outputs);
      return undefined;
    });
    if (failed.size === 0) throw whole;
    for (const [row, error] of failed) this.#letters.push(deadLetterOf(batch, row, error, this.#index));
    if (failed.size === batch.numRows) return undefined;
    const good = Uint32Array.from({ length: batch.numRows }, (_, row) => row).filter((row) => !failed.has(row));
    const rest = this.#attempt(rowsOf(batch, good));
    if (rest instanceof PipelineError) throw rest;
    return rest;
  }

  /** Works on rows as on a whole stream. @returns the error, if it may come from a row */
  #attempt(batch: RecordBatch): Attempt | PipelineError {
    const { operator, counts } = this.#step;
    const pass = startPass(operator);
    const outputs: RecordBatch[] = [];
    counts.take();
    try {
      for (const made of [pass.start?.() ?? [], pass.next(batch), pass.complete()]) {
        for (const output of made) if (output !== REST) outputs.push(output);
      }
      return { outputs, parts: counts.take() };
    } catch (error) {
      this.#discard(outputs);
      const failure = atPlace({}, error);
      if (failure.code !== 'badData') throw failure;
      return failure;
    } finally {
      pass.stop?.();
    }
  }

  /** Nobody has seen these. */
  #discard(outputs: readonly RecordBatch[]): void {
    if (this.#step.keepsNothing) for (const output of outputs) recycle(output);
  }
}
