/**
 * A worker thread that decodes Parquet. Damaged files make parquet-wasm trap, which ends this thread instead of the process, and
 * its memory, which never shrinks, goes with the thread.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { workerData } from 'node:worker_threads';
import { Compression, initSync, ParquetFile, type ParquetMetaData } from 'parquet-wasm/esm';
import { messageOf, PipelineError } from '../errors.js';
import { HandedOver } from '../threads/peer.js';
import { oneByOne, serve } from '../threads/serve.js';
import { FileBlob } from './fileBlob.js';

/** What the footer of a file says. */
export interface ParquetFooter {
  readonly rows: number;
  readonly rowGroups: readonly RowGroup[];
  readonly createdBy: string | undefined;
  /** The Arrow schema without its metadata, as an IPC stream without batches. */
  readonly schema: Uint8Array;
  readonly metadata: ReadonlyMap<string, string>;
}

export interface RowGroup {
  readonly rows: number;
  /** Encoded, before and after compression. */
  readonly bytes: number;
  readonly compressedBytes: number;
  /** The codecs of its columns, each once: `zstd`, `uncompressed` … */
  readonly compressions: readonly string[];
}

export interface ReadRequest {
  readonly path: string;
  /** Names of columns; all of them if undefined. */
  readonly columns: readonly string[] | undefined;
  readonly batchRows: number;
}

/** Row groups are decoded in windows of about that many bytes, so that memory is bounded even if a whole file is one row group. */
const WINDOW_BYTES = 8 * 2 ** 20;
/** Without a page index each window reads, and skips through, the whole row group: better to do that less often. */
const UNINDEXED_WINDOW_BYTES = 256 * 2 ** 20;

const calls = oneByOne({ footer: readFooter, start, next });
export type ParquetReadCalls = typeof calls;
initSync({ module: workerData });
serve(calls);

let current: AsyncGenerator<Uint8Array, void, undefined> | undefined;

/** Begins a file; `next` then gives its batches. */
async function start(request: ReadRequest): Promise<void> {
  current = batches(request);
}

/** The next batch as an IPC stream, or nothing at the end. */
async function next(): Promise<HandedOver<Uint8Array | undefined>> {
  const { value } = (await current?.next()) ?? { value: undefined };
  return new HandedOver(value ?? undefined, value ? [value.buffer as ArrayBuffer] : []);
}

async function readFooter(path: string): Promise<ParquetFooter> {
  return withParquet(path, async (file) => {
    const schema = file.schema();
    const metadata = file.metadata();
    const fileMetadata = metadata.fileMetadata();
    try {
      return {
        rows: fileMetadata.numRows(),
        rowGroups: rowGroupsOf(metadata),
        createdBy: fileMetadata.createdBy(),
        // What batches will have: types that Arrow's JavaScript does not know are replaced. Only the metadata is lost.
        schema: (await file.read({ limit: 0 })).intoIPCStream(),
        metadata: schema.metadata(),
      };
    } finally {
      fileMetadata.free();
      metadata.free();
      schema.free();
    }
  });
}

async function* batches({ path, columns, batchRows }: ReadRequest): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(path, 'r');
  const blob = await wholeFile(handle);
  const file = await openParquet(path, blob);
  const metadata = file.metadata();
  const rowGroups = rowGroupsOf(metadata, columns);
  metadata.free();
  const projection = columns ? { columns: [...columns] } : {};
  let windowBytes = WINDOW_BYTES;
  for (const [index, { rows, bytes, compressedBytes }] of rowGroups.entries()) {
    const batchBytes = (bytes / Math.max(1, rows)) * batchRows;
    for (let offset = 0; offset < rows;) {
      const limit = Math.min(batchRows * Math.max(1, Math.floor(windowBytes / batchBytes)), rows - offset);
      const bytesBefore = blob.reads.bytes;
      const table = await file.read({ rowGroups: [index], offset, limit, batchSize: batchRows, ...projection });
      if (limit < rows && blob.reads.bytes - bytesBefore >= compressedBytes) windowBytes = UNINDEXED_WINDOW_BYTES;
      const decoded = table.recordBatches();
      table.free();
      for (const batch of decoded) yield batch.intoIPCStream();
      offset += limit;
    }
  }
  file.free();
  await handle.close();
}

/** @param columns those that count for the sizes; all of them if undefined */
function rowGroupsOf(metadata: ParquetMetaData, columns?: readonly string[]): RowGroup[] {
  return metadata.rowGroups().map((group) => {
    const chunks = group.columns().map((chunk) => {
      const described = {
        column: chunk.columnPath()[0]!,
        bytes: chunk.uncompressedSize(),
        compressedBytes: chunk.compressedSize(),
        codec: Compression[chunk.compression()].toLowerCase(),
      };
      chunk.free();
      return described;
    });
    const counted = columns ? chunks.filter(({ column }) => columns.includes(column)) : chunks;
    const rows = group.numRows();
    group.free();
    return {
      rows,
      bytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
      compressedBytes: counted.reduce((sum, { compressedBytes }) => sum + compressedBytes, 0),
      compressions: [...new Set(counted.map(({ codec }) => codec))],
    };
  });
}

async function withParquet<T>(path: string, use: (file: ParquetFile) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    const file = await openParquet(path, await wholeFile(handle));
    try {
      return await use(file);
    } finally {
      file.free();
    }
  } finally {
    await handle.close();
  }
}

async function wholeFile(handle: FileHandle): Promise<FileBlob> {
  const { size } = await handle.stat();
  return new FileBlob(handle, 0, size);
}

async function openParquet(path: string, blob: FileBlob): Promise<ParquetFile> {
  try {
    return await ParquetFile.fromFile(blob);
  } catch (error) {
    throw new PipelineError('badData', `${path}: not readable as Parquet: ${messageOf(error)}`, { cause: error });
  }
}
