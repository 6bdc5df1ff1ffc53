import { type Data, type RecordBatch, vectorFromArray } from 'apache-arrow';
import { recordBatch } from '../arrow/columns.js';
import { type MetricRow, metricsSchema } from '../arrow/schemas.js';

/** A measured value and where it was measured. */
export interface MetricRecord extends MetricRow {
  readonly run: string;
  readonly pipeline: string;
  readonly step: string;
}

/** Metrics as a batch of `metricsSchema`. */
export function metricsBatch(records: readonly MetricRecord[]): RecordBatch {
  const columns = metricsSchema.fields.map(({ name, type }): Data => {
    const values = records.map((record) => record[name as keyof MetricRecord] ?? null);
    return vectorFromArray(values, type).data[0]!;
  });
  return recordBatch(metricsSchema, records.length, columns);
}
