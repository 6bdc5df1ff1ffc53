import { RecordBatch, RecordBatchReader, Schema } from 'apache-arrow';
import { z } from 'zod';
import { decodeBatches } from '../arrow/ipc.js';
import { expectEqualSchema } from '../arrow/schemaDifference.js';
import { PipelineError } from '../errors.js';
import type { SourceDefinition } from './definition.js';
import { parquetModule } from './parquetModule.js';
import type { ParquetFooter, ParquetReadCalls, ReadRequest } from './parquetReadWorker.js';
import { inputFiles } from './paths.js';
import { Thread } from '../threads/thread.js';

const parquetOptions = z.strictObject({
  path: z.string().min(1).describe('Parquet file, or directory of them.'),
  columns: z.array(z.string()).min(1).optional().describe('Names of the columns to read; all of them by default.'),
  batchRows: z.int().min(1).max(1_000_000).default(1024).describe('Rows of a batch, at most.'),
});

export const parquetSource: SourceDefinition<typeof parquetOptions> = {
  name: 'parquet',
  summary: 'Reads a Parquet file, or all `*.parquet` files of a directory in the order of their names.',
  description: `The schema, the types of Arrow included, and the number of rows come from the footers; all files must have the same schema.
Columns that are not wanted are not read. A worker thread decodes, about 8 MiB at a time.`,
  example: `source:
  parquet: { path: descriptors/, columns: [label, soap] }`,
  options: parquetOptions,
  reads: ({ path }, context) => [context.resolvePath(path)],
  schemaOf: (file, { columns }) => (columns ? selectColumns(file, columns) : file),
  async open({ path, columns, batchRows }, context) {
    const files = await parquetFiles(context.resolvePath(path));
    const { rows, schema: wholeSchema } = await commonFooter(files);
    const schema = columns ? selectColumns(wholeSchema, columns) : wholeSchema;
    const requests = files.map((file) => ({ path: file, columns, batchRows }));
    return { schema, total: rows, batches: (signal) => readParquet(requests, schema, signal) };
  },
};

/**
 * The file itself, or the Parquet files of a directory by name; hidden ones do not count.
 * @throws PipelineError `missingInput` if there are none
 */
export async function parquetFiles(path: string): Promise<string[]> {
  return inputFiles(path, ['.parquet']);
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

/** @throws PipelineError `badSchema` if the files differ */
async function commonFooter(files: readonly string[]): Promise<{ rows: number; schema: Schema }> {
  const footers = await parquetFooters(files);
  const schemas = footers.map(footerSchema);
  const schema = schemas[0]!;
  for (const [i, other] of schemas.entries()) expectEqualSchema(`${files[i]} (against ${files[0]})`, schema, other);
  return { rows: footers.reduce((sum, { rows }) => sum + rows, 0), schema };
}

/** In the order of the file, as they will come. */
function selectColumns(schema: Schema, columns: readonly string[]): Schema {
  const missing = columns.find((name) => !schema.fields.some((field) => field.name === name));
  if (missing !== undefined) {
    const names = schema.fields.map(({ name }) => name).join(', ');
    throw new PipelineError('badOption', `columns: there is no column ${missing}; the file has ${names}`);
  }
  return new Schema(
    schema.fields.filter(({ name }) => columns.includes(name)),
    schema.metadata,
  );
}

/**
 * The batches of these files in order, each in memory of its own.
 * @throws PipelineError `badData`
 */
export async function* readParquet(
  requests: readonly ReadRequest[],
  schema: Schema,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch, void, undefined> {
  if (signal.aborted) return;
  const worker = await startWorker();
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (const request of requests) {
      try {
        yield* readOne(worker, request, schema);
      } catch (error) {
        if (signal.aborted) return;
        rethrowAsDamage(request.path)(error);
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

async function* readOne(worker: ParquetReader, request: ReadRequest, schema: Schema): AsyncGenerator<RecordBatch> {
  await worker.call('start', request);
  // One batch ahead: the worker decodes it while this one is at work.
  let ahead = askNext(worker);
  for (;;) {
    const bytes = await ahead;
    if (!bytes) return;
    ahead = askNext(worker);
    for (const batch of decodeBatches(bytes)) {
      expectEqualSchema(request.path, schema, new Schema(batch.schema.fields, schema.metadata));
      yield new RecordBatch(schema, batch.data);
    }
  }
}

type ParquetReader = Thread<ParquetReadCalls>;

async function startWorker(): Promise<ParquetReader> {
  return new Thread(new URL('./parquetReadWorker.js', import.meta.url), { workerData: await parquetModule() });
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
    throw new PipelineError('badData', `${path}: cannot be decoded, the file is damaged (${error.detail})`, {
      cause: error,
    });
  };
}
