import { MapRow, type RecordBatch, Vector } from 'apache-arrow';

export type PlainRow = Record<string, unknown>;

/** All rows as plain objects of numbers, strings, arrays and nulls. */
export function plainRows(batches: readonly RecordBatch[]): PlainRow[] {
  return batches.flatMap((batch) => Array.from({ length: batch.numRows }, (_, row) => plainRow(batch, row)));
}

function plainRow(batch: RecordBatch, row: number): PlainRow {
  return Object.fromEntries(batch.schema.fields.map(({ name }, i) => [name, plain(batch.getChildAt(i)!.get(row))]));
}

function plain(value: unknown): unknown {
  if (value instanceof Vector) return Array.from(value as Iterable<unknown>, plain);
  if (value instanceof MapRow) return [...value].map(([key, inner]) => [key, plain(inner)]);
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  return value;
}
