import type { RecordBatch } from 'apache-arrow';
import { allRows, gather } from '../arrow/gather.js';
import type { Damaged, Source } from './definition.js';
import { rowRange } from './rowChunks.js';

/** At most so many rows of a batch: all of it, or a copy, since few rows must not keep a large batch. */
export function firstOf(batch: RecordBatch, rows: number): RecordBatch {
  if (batch.numRows <= rows) return batch;
  const part = rowRange(batch, 0, rows);
  return gather([part], allRows([part.numRows]));
}

/** A source as if it ended after so many rows: what comes after them is not read. */
export function firstRows(source: Source, rows: number): Source {
  if (source.first) return source.first(rows);
  return {
    schema: source.schema,
    // Where bytes are counted, nobody knows how many these rows are.
    ...(source.total !== undefined && !source.progress && { total: Math.min(source.total, rows) }),
    notices: () => source.notices?.() ?? [],
    async *batches(signal, damaged) {
      let left = rows;
      // The last batch is read to its end: what is damaged behind the last row is none of its.
      const within = damaged && ((found: Damaged): void => void (found.rowsBefore < rows && damaged(found)));
      for await (const batch of source.batches(signal, within)) {
        const part = firstOf(batch, left);
        left -= part.numRows;
        yield part;
        if (left === 0) return;
      }
    },
  };
}
