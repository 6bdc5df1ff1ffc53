import { join } from 'node:path';
import type { SinkReport } from '../io/definition.js';
import { writeBatches } from '../io/open.js';
import { parquetSink } from '../io/parquetSink.js';
import type { Plan, SweepPlan } from '../pipelines/plan.js';
import { type EndedTrial, metricsTable, resultsTable } from './results.js';

/** The tables that a sweep leaves. */
export interface SweepFiles {
  readonly results: SinkReport;
  readonly metrics: SinkReport;
}

/**
 * Writes the tables of the trials that have ended, in place of earlier ones.
 * @param ended in the order of their numbers
 */
export async function writeSweepFiles(
  { outDirectory }: Plan,
  sweep: SweepPlan,
  ended: readonly EndedTrial[],
): Promise<SweepFiles> {
  const write = async (name: string, table: ReturnType<typeof resultsTable>): Promise<SinkReport> =>
    writeBatches(parquetSink, { path: join(outDirectory, sweep.name, name) }, streamOf(table), {
      schema: table.schema,
    });
  const metrics = await write('metrics.parquet', metricsTable(ended));
  return { results: await write('results.parquet', resultsTable(sweep, ended)), metrics };
}

async function* streamOf<T>(item: T): AsyncGenerator<T> {
  yield item;
}
