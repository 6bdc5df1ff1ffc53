import { withoutHidden } from './hidden.js';

/**
 * What went wrong, for programs: a caller switches on `code`, a person reads `message`.
 *
 * - `badOption`: an option is out of range, missing or unknown.
 * - `badConfiguration`: a pipeline file is wrong; the diagnostics say where.
 * - `badSchema`: a batch lacks a column, or has it with another type.
 * - `badData`: bytes or values are not what their format promises.
 * - `diverged`: a training's loss is no longer finite; it leaves no model.
 * - `missingInput`: a file or an artifact that should be read does not exist.
 * - `outputFailed`: an output cannot be written, e.g. since the disk is full.
 * - `misbehavingOperator`: an operator broke the contract of the runtime (emitted outside its turn, never completed).
 * - `queueFull`: a source that cannot be paused outran a bounded queue.
 * - `workerFailed`: a worker thread died.
 * - `outOfMemory`: a run needs more memory than it may have, or a worker thread more than there is.
 * - `timedOut`: a step took longer for a batch than it may.
 * - `internal`: a mistake in code, of the library or of an operator of one's own; `cause` has the stack.
 * - `interrupted`: the run was asked to stop.
 */
export type ErrorCode =
  | 'badOption'
  | 'badConfiguration'
  | 'badSchema'
  | 'badData'
  | 'diverged'
  | 'missingInput'
  | 'outputFailed'
  | 'misbehavingOperator'
  | 'queueFull'
  | 'workerFailed'
  | 'outOfMemory'
  | 'timedOut'
  | 'internal'
  | 'interrupted';

/** Where in a run something happened, outermost first. */
export interface Place {
  readonly pipeline?: string;
  readonly step?: string;
  /** Index of the batch that arrived at the step, from 0. */
  readonly batch?: number;
  /** Index of the row in that batch, from 0; of what is learnt from at once, in the stream. */
  readonly row?: number;
  /** The row's `image`, which does not depend on how rows are batched. */
  readonly image?: number | string;
  /** The option that is to blame; a dotted name of one within another. */
  readonly option?: string;
}

const brand = Symbol.for('soapstream.PipelineError');

/**
 * The one error class of the library. `message` is made of the place and of `detail`: the expectation and what was found. What another
 * copy of this module has thrown is an instance too.
 */
export class PipelineError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }

  readonly [brand] = true;
  override readonly name = 'PipelineError';
  readonly code: ErrorCode;
  /** The message without its place. */
  readonly detail: string;
  readonly place: Place;

  constructor(code: ErrorCode, said: string, options: { cause?: unknown; place?: Place } = {}) {
    const { place = {}, cause } = options;
    const detail = withoutHidden(said);
    super(formatPlace(place) + detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
    this.place = place;
  }
}

/**
 * The same failure, with its place as the caller knows it: an outer place overrides an inner one, so that a runner which counts
 * the batches of a whole stream corrects a worker that has seen only its share. Foreign errors become the `cause`.
 */
export function atPlace(place: Place, error: unknown, fallback: ErrorCode = 'badData'): PipelineError {
  if (error instanceof PipelineError) {
    return new PipelineError(error.code, error.detail, { place: { ...error.place, ...place }, cause: error.cause });
  }
  const inner = error instanceof ValueError ? error : { place: {}, detail: messageOf(error) };
  const code = isMistake(error) ? 'internal' : fallback;
  return new PipelineError(code, inner.detail, { place: { ...inner.place, ...place }, cause: error });
}

/** A value out of its range, as kernels tell it: they know rows and options, but no steps. */
export class ValueError extends RangeError {
  readonly place: Place;
  readonly detail: string;

  constructor(place: Pick<Place, 'row' | 'option'>, detail: string) {
    super(formatPlace(place) + detail);
    this.place = place;
    this.detail = detail;
  }
}

/** Whether the system has refused something, as reading a file: no mistake in code. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** Errors that code makes, not data. */
function isMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof SyntaxError;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function formatPlace({ pipeline, step, batch, row, image, option }: Place): string {
  const where = [pipeline, step].filter((part) => part !== undefined).join(' › ');
  const ofRow = row === undefined ? '' : `row ${row}`;
  const ofImage = image === undefined ? '' : `image ${image}`;
  const rows = ofRow && ofImage ? `${ofRow} (${ofImage})` : ofRow || ofImage;
  const all = [where, batch === undefined ? '' : `batch ${batch}`, rows].filter((part) => part !== '').join(', ');
  return [all, option ?? ''].map((part) => (part === '' ? '' : `${part}: `)).join('');
}
