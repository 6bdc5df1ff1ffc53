import { resolve } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { type ColumnExpectation, expectNoNulls } from '../arrow/expectations.js';
import { PipelineError } from '../errors.js';
import { arrowSource } from '../io/arrowSource.js';
import { type FileSummary, inspectFile } from '../io/inspect.js';
import { openSource } from '../io/open.js';
import { parquetSource } from '../io/parquetSource.js';
import { STANDARD_STREAM } from '../io/paths.js';
import type { RunRecord } from '../io/runRecord.js';

/** An output of a run that is still there. */
export interface Output extends Pick<FileSummary, 'holds' | 'rows' | 'format' | 'columns' | 'metadata'> {
  /** As the record names it, relative to the folder of the run. */
  readonly path: string;
  readonly file: string;
}

/** Rows of a batch: enough to keep the decoder busy, few enough to keep memory low. */
const BATCH_ROWS = 8192;

/**
 * Looks at the outputs that a record names.
 *
 * @returns those that are there, and the paths of those that are not, or hold something else by now; records of 0.1.0 do not say what they held
 * @throws PipelineError `badData` naming a file that is damaged
 */
export async function findOutputs(
  directory: string,
  record: RunRecord,
): Promise<{ readonly found: readonly Output[]; readonly missing: readonly string[] }> {
  const found: Output[] = [];
  const missing: string[] = [];
  // What went to standard output is in no file.
  for (const { path, holds } of record.outputs.filter((output) => output.path !== STANDARD_STREAM)) {
    const file = resolve(directory, path);
    const summary = await inspectFile(file, { headRows: 0 }).catch((error: unknown) => {
      if (error instanceof PipelineError && error.code === 'missingInput') return undefined;
      throw error;
    });
    if (summary && summary.holds === (holds ?? summary.holds)) found.push({ ...summary, path, file });
    else missing.push(path);
  }
  return { found, missing };
}

/** The length of the fixed-size lists of a column, which the kind of the output promises. */
export function listSize({ columns }: Output, name: string): number {
  return Number(/, (\d+)>$/.exec(columns.find((column) => column.name === name)?.type ?? '')?.[1]);
}

/**
 * The batches of an output, one at a time in memory.
 *
 * @param filled those of the columns that may hold no nulls; all of them by default
 * @throws PipelineError `badData` naming the file
 */
export async function* readOutput(
  { file, format }: Output,
  columns: readonly ColumnExpectation[],
  filled = columns,
): AsyncGenerator<RecordBatch> {
  const source =
    format === 'parquet'
      ? await openSource(parquetSource, {
          path: file,
          columns: columns.map(({ name }) => name),
          batchRows: BATCH_ROWS,
        })
      : await openSource(arrowSource, { path: file });
  for await (const batch of source.batches(new AbortController().signal)) {
    try {
      expectNoNulls(batch, filled);
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      throw new PipelineError(error.code, `${file}: ${error.message}`, { cause: error });
    }
    yield batch;
  }
}
