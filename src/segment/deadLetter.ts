import type { RecordBatch } from 'apache-arrow';
import { plainObject, plainValue } from '../arrow/plainValue.js';
import { fileField, frameField, imageField } from '../arrow/schemas.js';
import type { ErrorCode, PipelineError } from '../errors.js';
import { rowBytes } from '../io/rowBytes.js';

/** A row that failed, and why. Plain data: it may come from another thread. What is not known is not there. */
export interface DeadLetter {
  /** Index of the batch that arrived at the step, from 0. */
  readonly batch?: number;
  /** Index of the row in that batch, from 0. */
  readonly row?: number;
  readonly image?: number;
  /** The file that the row comes from, within the folder that is read, and the point cloud in it, from 0. */
  readonly file?: string;
  readonly frame?: number;
  /** The line of the file at fault, from 1. */
  readonly line?: number;
  readonly code: ErrorCode;
  /** What was expected and what was found, without the place. */
  readonly message: string;
  /** The row as it was, as JSON; of a source the text at fault. Not there for a row of more than 16 MiB. */
  readonly record?: string;
}

/** Text takes a few times as much, and there it is held as a whole. */
const MOST_BYTES = 2 ** 24;

/** The letter of a row, which failed by itself with that error. */
export function deadLetterOf(
  batch: RecordBatch,
  row: number,
  { code, detail }: PipelineError,
  batchIndex: number,
): DeadLetter {
  const { fields } = batch.schema;
  const { children } = batch.data;
  const valueOf = (name: string): unknown => {
    const at = fields.findIndex((field) => field.name === name);
    return at < 0 ? undefined : plainValue(children[at]!, row);
  };
  const [image, file, frame] = [imageField, fileField, frameField].map(({ name }) => valueOf(name));
  const bytes = children.reduce((sum, data) => sum + rowBytes(data, row, row + 1), 0);
  const names = fields.map(({ name }) => name);
  return {
    batch: batchIndex,
    row,
    ...(isIndex(image) && { image }),
    ...(typeof file === 'string' && { file }),
    ...(isIndex(frame) && { frame }),
    code,
    message: detail,
    ...(bytes <= MOST_BYTES && { record: JSON.stringify(plainObject(names, (i) => plainValue(children[i]!, row))) }),
  };
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}
