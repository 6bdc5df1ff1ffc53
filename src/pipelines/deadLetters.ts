import { type RecordBatch, vectorFromArray } from 'apache-arrow';
import { recordBatch } from '../arrow/columns.js';
import { deadLettersSchema } from '../arrow/schemas.js';
import { PipelineError } from '../errors.js';
import { withoutHidden } from '../hidden.js';
import { createSpill, type Spill, type SpilledRows } from '../io/spill.js';
import type { DeadLetter } from '../segment/deadLetter.js';
import type { PipelineMonitor, StepMeter } from './monitor.js';
import type { PipelineCheckpoints } from './pipelineCheckpoints.js';

/** A share of few rows tells nothing: up to so many are waited for. */
const ROWS_OF_A_SHARE = 1000;

interface DeadLettersOptions {
  readonly monitor: PipelineMonitor;
  /** Letters wait beside it for the end of the run. */
  readonly spillPath: string;
  /** How many letters are too many when there are more: a whole number of all, or a share < 1 of the rows of each step. */
  readonly maxErrors: number | undefined;
  readonly checkpoints: PipelineCheckpoints | undefined;
}

/**
 * The rows of a pipeline that have failed. Steps that work ahead of others find theirs earlier, so letters wait on disk and leave by their
 * steps: the same rows give the same bytes however many threads there are.
 */
export class DeadLetters {
  readonly #monitor: PipelineMonitor;
  readonly #spillPath: string;
  readonly #maxErrors: number | undefined;
  readonly #checkpoints: PipelineCheckpoints | undefined;
  readonly #spills = new Map<StepMeter, Spill>();
  #isDisposed = false;

  constructor({ monitor, spillPath, maxErrors, checkpoints }: DeadLettersOptions) {
    this.#monitor = monitor;
    this.#checkpoints = checkpoints;
    this.#spillPath = spillPath;
    this.#maxErrors = maxErrors;
  }

  /** Goes on with the letters that an earlier run has left of a step. @throws PipelineError `outputFailed` */
  async goOn(meter: StepMeter): Promise<void> {
    const path = this.#checkpoints?.fileOf(lettersOf(meter));
    if (path === undefined) return;
    const { rows, bytes } = this.#checkpoints!.stateOf(lettersOf(meter)) as SpilledRows;
    this.#keep(meter, await createSpill(this.#spillPath, deadLettersSchema, { path, rows, bytes }));
    meter.deadLetters = rows;
  }

  #keep(meter: StepMeter, spill: Spill): void {
    this.#spills.set(meter, spill);
    this.#checkpoints?.add(lettersOf(meter), undefined, {
      file: spill.path,
      save: () => ({ rows: spill.rows, bytes: spill.bytes }),
      sync: () => spill.sync(),
      keep: () => spill.keep(),
    });
  }

  /** One call at a time for a step. @throws PipelineError `badData` where there are too many; `outputFailed` */
  async add(meter: StepMeter, letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    meter.deadLetters += letters.length;
    this.#expectFew(meter, ROWS_OF_A_SHARE, letters.at(-1));
    if (!this.#spills.has(meter)) this.#keep(meter, await createSpill(this.#spillPath, deadLettersSchema));
    const spill = this.#spills.get(meter)!;
    for (const portion of portionsOf(letters)) {
      if (this.#isDisposed) return spill.dispose(); // the run has failed elsewhere meanwhile
      await spill.append(lettersBatch(this.#monitor.pipeline, meter.id, portion));
    }
  }

  /** All letters in the order of the steps, when there will be no more. @throws PipelineError as `add` */
  async *batches(signal: AbortSignal): AsyncGenerator<RecordBatch> {
    for (const meter of this.#monitor.meters) this.#expectFew(meter, 0);
    for (const meter of this.#monitor.meters) {
      const spill = this.#spills.get(meter);
      if (spill) yield* spill.replay(signal);
    }
  }

  /** @throws PipelineError `internal` if a letter was lost or doubled */
  expectWritten(rows: number): void {
    if (rows === this.#count) return;
    throw new PipelineError('internal', `dead letters do not add up: ${this.#count} were found, ${rows} written`);
  }

  /** A line of what failed where, for the summary. */
  notices(): string[] {
    const [source] = this.#monitor.meters;
    const read = source!.rowsOut + source!.deadLetters;
    const steps = this.#monitor.meters.flatMap(({ id, deadLetters }) =>
      deadLetters > 0 ? `${id} ${deadLetters}` : [],
    );
    const where = steps.length > 0 ? ` (${steps.join(', ')})` : '';
    return [`${this.#count} dead ${this.#count === 1 ? 'letter' : 'letters'}${where} of ${read} rows that were read`];
  }

  get #count(): number {
    return this.#monitor.meters.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const spill of this.#spills.values()) await spill.dispose();
  }

  #expectFew(meter: StepMeter, fewest: number, last?: DeadLetter): void {
    const most = this.#maxErrors;
    if (most === undefined) return;
    const { pipeline } = this.#monitor;
    const reason = last ? `; the last: ${placeOf(last)}${last.message}` : '';
    const fail = (expected: string, found: string): never => {
      const detail = `maxErrors: expected ${expected}, got ${found} in ${meter.id}${reason}`;
      throw new PipelineError('badData', detail, { place: { pipeline } });
    };
    if (most >= 1 || most === 0) {
      const count = this.#count;
      if (count > most) fail(`at most ${most} rows to fail`, `${count} with those`);
      return;
    }
    const rows = meter.kind === 'source' ? meter.rowsOut + meter.deadLetters : meter.rowsIn;
    if (rows >= fewest && meter.deadLetters > most * rows)
      fail(`at most the share ${most} of the rows to fail`, `${meter.deadLetters} of ${rows}`);
  }
}

function lettersOf({ id }: StepMeter): string {
  return `letters of ${id}`;
}

function placeOf({ batch, row, image }: DeadLetter): string {
  if (batch === undefined) return '';
  return `batch ${batch}, row ${row}${image === undefined ? '' : ` (image ${image})`}: `;
}

/** Letters in order, with so much text each as an Arrow batch can hold by far. */
function* portionsOf(letters: readonly DeadLetter[]): Generator<readonly DeadLetter[]> {
  let start = 0;
  let characters = 0;
  for (const [i, { record = '' }] of letters.entries()) {
    characters += record.length;
    if (characters < 2 ** 26 && i < letters.length - 1) continue;
    yield letters.slice(start, i + 1);
    [start, characters] = [i + 1, 0];
  }
}

/** Letters as a batch of `deadLettersSchema`. */
function lettersBatch(pipeline: string, step: string, letters: readonly DeadLetter[]): RecordBatch {
  const columns = deadLettersSchema.fields.map(({ name, type }) => {
    const values = letters.map(
      (letter) => ({ pipeline, step, ...letter, message: withoutHidden(letter.message) })[name] ?? null,
    );
    return vectorFromArray(values, type).data[0]!;
  });
  return recordBatch(deadLettersSchema, letters.length, columns);
}
