import { DataType, type RecordBatch, RecordBatchReader, Schema, TimeUnit } from 'apache-arrow';
import { z } from 'zod';
import { decodeBatches } from '../arrow/ipc.js';
import { fixedRowBytes } from '../arrow/fixedRowBytes.js';
import { expectUniqueNames } from '../arrow/fields.js';
import { childTypes } from '../arrow/kinds.js';
import { PipelineError } from '../errors.js';
import type { SourceDefinition } from './definition.js';
import { parquetModule } from './parquetModule.js';
import type { ParquetFooter, ParquetReadCalls, ReadRequest } from './parquetReadWorker.js';
import { inputFiles } from './paths.js';
import { evenRuns, type Range, rangeSchema, sumOf } from './splits.js';
import { Thread } from '../threads/thread.js';
import { type FileTable, joinFiles, selectColumns } from './tableFiles.js';
import { workerUrl } from '../threads/workerUrl.js';

const parquetOptions = z.strictObject({
  path: z.string().min(1).describe('Parquet file, directory or glob of them.'),
  columns: z.array(z.string()).min(1).optional().describe('Names of the columns to read; all of them by default.'),
  batchRows: z.int().min(1).max(1_000_000).default(1024).describe('Rows of a batch, at most.'),
});

export const parquetSource: SourceDefinition<typeof parquetOptions> = {
  name: 'parquet',
  summary:
    'Reads a Parquet file, or all `*.parquet`, `*.parq` and `*.pqt` files of a directory in the order of their paths.',
  description: `The schema, the types of Arrow included, and the number of rows come from the footers; all files must have the same columns.
Folders \`key=value\` below the path become columns, of integers if all values are integers. Columns that are not wanted are not read. A worker
thread decodes, about 8 MiB at a time; columns that repeat few bytes may become 256 MiB, or 256 times the bytes of their row
group. Times stored as int96 end in the years 1677 and 2262; one beyond is an error.`,
  example: `source:
  parquet: { path: descriptors/, columns: [label, soap] }`,
  options: parquetOptions,
  reads: ({ path }, context) => [context.resolvePath(path)],
  schemaOf: (file, { columns }) => (columns ? selectColumns(file, columns) : file),
  async splits({ path }, context, { most, decodedRows }) {
    if (decodedRows !== undefined) return [];
    const footers = await parquetFooters(await inputFiles(context.resolvePath(path), PARQUET_ENDINGS));
    const groups = footers.flatMap(({ rowGroups }) => rowGroups.map(({ rows }) => rows));
    return evenRuns(groups, most);
  },
  async open({ path, columns, batchRows }, context, split) {
    const resolved = context.resolvePath(path);
    const table = await openParquet(resolved, { columns, batchRows });
    expectUniqueNames(table.schema, resolved);
    if (split === undefined)
      return { schema: table.schema, total: table.rows, batches: (signal) => readParquet(table, signal) };
    const range = rangeSchema.parse(split);
    const groups = table.footers.flatMap(({ rowGroups }) => rowGroups.map(({ rows }) => rows));
    const rows = sumOf(groups.slice(range.from, range.to));
    return { schema: table.schema, total: rows, batches: (signal) => readParquet(table, signal, range) };
  },
};

/** What the names of Parquet files end in. */
export const PARQUET_ENDINGS: readonly string[] = ['.parquet', '.parq', '.pqt'];

/** Parquet files as one table. */
export interface ParquetTable extends FileTable {
  readonly files: readonly string[];
  readonly footers: readonly ParquetFooter[];
  readonly rows: number;
  readonly batchRows: number;
}

/**
 * The file, or the files of a directory or glob.
 * @throws PipelineError `missingInput` if there are none; `badData` if one is not Parquet; `badSchema` if they differ
 */
export async function openParquet(
  path: string,
  { columns, batchRows }: { readonly columns: readonly string[] | undefined; readonly batchRows: number },
): Promise<ParquetTable> {
  const files = await inputFiles(path, PARQUET_ENDINGS);
  const footers = await parquetFooters(files);
  const rows = sumOf(footers.map((footer) => footer.rows));
  const table = joinFiles(path, files, footers.map(footerSchema), columns, (name) => [
    rows,
    sumOf(footers.map(({ values }) => values.get(name) ?? 0)),
  ]);
  return { ...table, files, footers, rows, batchRows };
}

/** The footers of these files, in order. @throws PipelineError `badData` if one is not Parquet */
export async function parquetFooters(files: readonly string[]): Promise<ParquetFooter[]> {
  const worker = await startWorker();
  const footers: ParquetFooter[] = [];
  try {
    for (const file of files) footers.push(await worker.call('footer', file).catch(rethrowAsDamage(file)));
    return footers;
  } finally {
    await worker.terminate();
  }
}

/** @throws PipelineError `badData` */
export function footerSchema({ schema, metadata }: ParquetFooter): Schema {
  return new Schema(RecordBatchReader.from(schema).open().schema.fields, new Map(metadata));
}

/**
 * The batches of these files in order, each in memory of its own.
 *
 * @param range of row groups, counted through all files; all by default
 * @throws PipelineError `badData`
 */
export async function* readParquet(
  { files, footers, batchRows, fileColumns, fileSchema, adopt }: ParquetTable,
  signal: AbortSignal,
  { from, to }: Range = { from: 0, to: Infinity },
): AsyncGenerator<RecordBatch, void, undefined> {
  if (signal.aborted) return;
  const worker = await startWorker();
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    let before = 0;
    for (const [i, path] of files.entries()) {
      const groups = footers[i]!.rowGroups;
      const within = { from: Math.max(0, from - before), to: Math.min(groups.length, to - before) };
      before += groups.length;
      if (within.from >= within.to) continue;
      try {
        let rows = 0;
        for await (const batch of readOne(worker, {
          path,
          groups: within,
          columns: fileColumns,
          batchRows,
          times: fileSchema.fields.filter(({ type }) => hasNanoseconds(type as DataType)).map(({ name }) => name),
          rowBytes: fixedRowBytes(fileSchema),
        })) {
          rows += batch.numRows;
          yield adopt(i, batch);
        }
        const expected = sumOf(groups.slice(within.from, within.to).map((group) => group.rows));
        expectRows(path, expected, rows, signal);
      } catch (error) {
        if (signal.aborted) return;
        rethrowAsDamage(path)(error);
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

function hasNanoseconds(type: DataType): boolean {
  if (DataType.isTimestamp(type)) return type.unit === TimeUnit.NANOSECOND;
  return childTypes(type).some(hasNanoseconds);
}

function expectRows(path: string, expected: number, found: number, signal: AbortSignal): void {
  if (found === expected || signal.aborted) return;
  throw new PipelineError('badData', `${path}: expected ${expected} rows in its row groups, found ${found}`);
}

async function* readOne(worker: ParquetReader, request: ReadRequest): AsyncGenerator<RecordBatch> {
  await worker.call('start', request);
  // One batch ahead: the worker decodes it while this one is at work.
  let ahead = askNext(worker);
  for (;;) {
    const bytes = await ahead;
    if (!bytes) return;
    ahead = askNext(worker);
    yield* decodeBatches(bytes);
  }
}

type ParquetReader = Thread<ParquetReadCalls>;

async function startWorker(): Promise<ParquetReader> {
  return new Thread(workerUrl('parquetReadWorker'), { workerData: await parquetModule() });
}

function askNext(worker: ParquetReader): Promise<Uint8Array | undefined> {
  const answer = worker.call('next', undefined);
  // Nobody may be left to hear of its failure.
  answer.catch(() => undefined);
  return answer;
}

/** parquet-wasm traps on damaged pages; all that is left of the reason is that the thread died. */
function rethrowAsDamage(path: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof PipelineError) || error.code !== 'workerFailed') throw error;
    throw new PipelineError('badData', `${path}: cannot be decoded, the file is damaged (${error.message})`, {
      cause: error,
    });
  };
}
