import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { describeSchema } from '../arrow/describeSchema.js';
import { writeBatches } from '../io/open.js';
import { parquetSink } from '../io/parquetSink.js';
import type { RunOutput } from '../io/runRecord.js';
import type { Plan, SweepPlan } from '../pipelines/plan.js';
import { type EndedTrial, metricsTable, resultsTable } from './results.js';

/**
 * Writes the tables of the trials that have ended, results and metrics, in place of earlier ones.
 * @param ended in the order of their numbers
 */
export async function writeSweepFiles(
  { outDirectory }: Plan,
  sweep: SweepPlan,
  ended: readonly EndedTrial[],
): Promise<RunOutput[]> {
  const write = async (role: 'results' | 'metrics', table: RecordBatch): Promise<RunOutput> => {
    const path = join(outDirectory, sweep.name, `${role}.parquet`);
    return { ...(await writeBatches(parquetSink, { path }, [table])), role, ...describeSchema(table.schema) };
  };
  const metrics = await write('metrics', metricsTable(ended));
  return [await write('results', resultsTable(sweep, ended)), metrics];
}
