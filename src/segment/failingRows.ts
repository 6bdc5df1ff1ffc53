import type { RecordBatch } from 'apache-arrow';
import { gather } from '../arrow/gather.js';
import type { PipelineError } from '../errors.js';

/** Why rows fail that are worked on as a batch of their own; undefined if they do not. Throws what is not of rows. */
export type FailureOf = (rows: RecordBatch) => PipelineError | undefined;

/**
 * The rows of a batch that fail by themselves, ascending, each with its error.
 *
 * The row that an error names is tried alone; what is left is halved. So a row that fails costs about as much as the batch once more where
 * errors name it, and a few times as much where they do not, whatever the operator is.
 *
 * @param failure of the whole batch
 */
export function failingRows(
  batch: RecordBatch,
  failure: PipelineError,
  failureOf: FailureOf,
): Map<number, PipelineError> {
  const failed: [row: number, error: PipelineError][] = [];
  const ranges: [from: number, to: number][] = [];
  const search = (from: number, to: number, error: PipelineError): void => {
    if (to - from === 1) return void failed.push([from, error]);
    const named = from + (error.place.row ?? NaN);
    const alone = named >= from && named < to ? failureOf(rowsOf(batch, range(named, named + 1))) : undefined;
    if (alone) failed.push([named, alone]);
    const cuts = [from, (from + to) >> 1, ...(alone ? [named, named + 1] : []), to].toSorted((a, b) => a - b);
    for (const [i, start] of cuts.slice(0, -1).entries()) {
      const end = cuts[i + 1]!;
      if (start < end && !(alone && start === named)) ranges.push([start, end]);
    }
  };
  search(0, batch.numRows, failure);
  for (let next = ranges.pop(); next; next = ranges.pop()) {
    const [from, to] = next;
    const error = failureOf(rowsOf(batch, range(from, to)));
    if (error) search(from, to, error);
  }
  return new Map(failed.toSorted(([a], [b]) => a - b));
}

/** Those rows as a batch of their own, in the order in which they are given. */
export function rowsOf(batch: RecordBatch, rows: Uint32Array): RecordBatch {
  return gather([batch], { sources: new Uint8Array(rows.length), rows, length: rows.length });
}

function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}
