/**
 * A worker thread that decodes Parquet. Damaged files make parquet-wasm trap, which ends this thread instead of the process, and
 * its memory, which never shrinks, goes with the thread.
 */
import { workerData } from 'node:worker_threads';
import { Compression, initSync, ParquetFile, type ParquetMetaData, type RecordBatch } from 'parquet-wasm/esm';
import { messageOf, PipelineError } from '../errors.js';
import { expectExpansion } from '../expansion.js';
import { MAGIC_BYTES, otherFormat } from '../idx/magic.js';
import { HandedOver } from '../threads/peer.js';
import { oneByOne, serve } from '../threads/serve.js';
import { type DiskFile, open } from './disk.js';
import { FileBlob } from './fileBlob.js';
import type { Range } from './splits.js';

/** What the footer of a file says. */
export interface ParquetFooter {
  readonly rows: number;
  /** Of each column that is not nested, or of lists: its values, where no list is empty or null. */
  readonly values: ReadonlyMap<string, number>;
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
  /** Row groups to read. */
  readonly groups: Range;
  /** Names of columns; all of them if undefined. */
  readonly columns: readonly string[] | undefined;
  readonly batchRows: number;
  /** Names of those among them with times in nanoseconds, at any depth. */
  readonly times: readonly string[];
  /** Bytes of a decoded row, if all have the same. */
  readonly rowBytes: number | undefined;
}

/** Row groups are decoded in windows of about that many bytes, so that memory is bounded even if a whole file is one row group. */
const WINDOW_BYTES = 8 * 2 ** 20;
/** What a window may become. A batch of fewer rows than asked for is given where they would be more. */
const DECODED_BYTES = 64 * 2 ** 20;
/** Rows that tell how much the others may take, before many are decoded at once. */
const PROBE_ROWS = 4;
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
  const handle = await open(path, 'r');
  try {
    // Freed where all went well: where not, `file` may be in the middle of it, and the thread is ended.
    const { file, blob } = await openParquet(path, handle);
    const metadata = file.metadata();
    const fileMetadata = metadata.fileMetadata();
    const { rowGroups, values } = rowGroupsOf(metadata);
    const rows = sumOf(rowGroups.map((group) => group.rows));
    if (rows !== fileMetadata.numRows()) {
      throw new PipelineError(
        'badData',
        `${path}: its footer tells ${fileMetadata.numRows()} rows, its row groups ${rows}: the file is damaged`,
      );
    }
    const schema = file.schema();
    const footer = {
      rows,
      values,
      rowGroups,
      createdBy: fileMetadata.createdBy(),
      // What batches will have: types that Arrow's JavaScript does not know are replaced. Only the metadata is lost.
      schema: (await blob.reading(() => file.read({ limit: 0 }))).intoIPCStream(),
      metadata: schema.metadata(),
    };
    for (const each of [schema, fileMetadata, metadata, file]) each.free();
    return footer;
  } finally {
    await handle.close();
  }
}

async function* batches(request: ReadRequest): AsyncGenerator<Uint8Array, void, undefined> {
  const { path, columns, times, groups } = request;
  const handle = await open(path, 'r');
  const { file, blob } = await openParquet(path, handle);
  const metadata = file.metadata();
  const { rowGroups } = rowGroupsOf(metadata, columns);
  metadata.free();
  const windows: Windows = { encoded: WINDOW_BYTES };
  const int96 = times.length > 0 ? await import('./int96Times.js') : undefined;
  const int96Times = await int96?.findInt96Times(path, blob, times);
  let rows = 0;
  for (const [index, group] of rowGroups.entries()) {
    const isRead = index >= groups.from && index < groups.to;
    if (isRead && int96Times) await int96?.expectTimesInRange(path, int96Times, rows, rows + group.rows);
    if (isRead) yield* rowGroup(file, blob, request, index, group, windows);
    rows += group.rows;
  }
  file.free();
  await handle.close();
}

/** How large the next window may be. */
interface Windows {
  encoded: number;
}

/** Few encoded bytes may stand for many: a dictionary of long texts, runs of equal numbers. So what rows take is measured as they come. */
async function* rowGroup(
  file: ParquetFile,
  blob: FileBlob,
  { path, columns, batchRows, rowBytes }: ReadRequest,
  index: number,
  { rows, bytes, compressedBytes }: RowGroup,
  windows: Windows,
): AsyncGenerator<Uint8Array, void, undefined> {
  const place = `${path}: row group ${index}`;
  expectExpansion(place, compressedBytes, Math.max(bytes, rows * (rowBytes ?? 0)));
  const read = async (offset: number, limit: number, batchSize: number): Promise<RecordBatch[]> => {
    const projection = columns ? { columns: [...columns] } : {};
    const table = await blob.reading(() => file.read({ rowGroups: [index], offset, limit, batchSize, ...projection }));
    const decoded = table.recordBatches();
    table.free();
    return decoded;
  };
  const encodedRow = bytes / Math.max(1, rows);
  let decodedRow = rowBytes ?? encodedRow;
  // No row takes more than all bytes do.
  if (rowBytes === undefined && rows * bytes > DECODED_BYTES) {
    const probed = await read(0, Math.min(rows, PROBE_ROWS), PROBE_ROWS);
    decodedRow = sumOf(probed.map((batch) => batch.intoIPCStream().length)) / Math.min(rows, PROBE_ROWS);
  }
  let decodedBytes = 0;
  for (let offset = 0; offset < rows;) {
    const fitting = Math.max(1, Math.floor(DECODED_BYTES / Math.max(1, decodedRow)));
    const batchSize = Math.min(batchRows, fitting);
    const batchesAtOnce = Math.min(windows.encoded / (encodedRow * batchSize), fitting / batchSize);
    const limit = Math.min(batchSize * Math.max(1, Math.floor(batchesAtOnce)), rows - offset);
    const bytesBefore = blob.reads.bytes;
    const decoded = await read(offset, limit, batchSize);
    if (limit < rows && blob.reads.bytes - bytesBefore >= compressedBytes) windows.encoded = UNINDEXED_WINDOW_BYTES;
    let windowBytes = 0;
    for (const batch of decoded) {
      const encoded = batch.intoIPCStream();
      windowBytes += encoded.length;
      expectExpansion(place, compressedBytes, decodedBytes + windowBytes);
      yield encoded;
    }
    decodedBytes += windowBytes;
    decodedRow = Math.max(decodedRow, windowBytes / limit);
    offset += limit;
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** @param columns those that count for the sizes; all of them if undefined */
function rowGroupsOf(
  metadata: ParquetMetaData,
  columns?: readonly string[],
): { rowGroups: RowGroup[]; values: Map<string, number> } {
  const values = new Map<string, number>();
  const rowGroups = metadata.rowGroups().map((group) => {
    const chunks = group.columns().map((chunk) => {
      const column = chunk.columnPath()[0]!;
      values.set(column, (values.get(column) ?? 0) + chunk.numValues());
      const described = {
        column,
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
      bytes: sumOf(counted.map(({ bytes }) => bytes)),
      compressedBytes: sumOf(counted.map(({ compressedBytes }) => compressedBytes)),
      compressions: [...new Set(counted.map(({ codec }) => codec))],
    };
  });
  return { rowGroups, values };
}

async function openParquet(path: string, handle: DiskFile): Promise<{ file: ParquetFile; blob: FileBlob }> {
  const { size } = await handle.stat();
  const blob = new FileBlob(handle, path, 0, size);
  try {
    return { file: await blob.reading(() => ParquetFile.fromFile(blob)), blob };
  } catch (error) {
    const reason = (await otherReason(blob)) ?? messageOf(error);
    throw new PipelineError('badData', `${path}: not readable as Parquet: ${reason}`, { cause: error });
  }
}

/** Whether a footer that can be read has the field `encryption_algorithm` of `FileMetaData`. */
async function tellsEncryption({ buffer, byteOffset, byteLength }: Buffer): Promise<boolean> {
  const { deserializeTCompactProtocol } = await import('hyparquet/src/thrift.js');
  try {
    const metadata = deserializeTCompactProtocol({ view: new DataView(buffer, byteOffset, byteLength), offset: 0 });
    return metadata.field_8 !== undefined;
  } catch {
    return false; // the footer is damaged
  }
}

/** Why a file is none that parquet-wasm reads, where its bytes tell it better than parquet-wasm does. */
async function otherReason(blob: FileBlob): Promise<string | undefined> {
  const bytesAt = async (from: number, to: number): Promise<Buffer> =>
    Buffer.from(await blob.slice(Math.max(0, from), Math.max(0, to)).arrayBuffer());
  const beginning = await bytesAt(0, Math.min(MAGIC_BYTES, blob.size));
  const end = await bytesAt(blob.size - 8, blob.size);
  if (end.toString('latin1', 4) === 'PARE') return 'it is encrypted';
  if (end.toString('latin1', 4) === 'PAR1') {
    const footer = await bytesAt(blob.size - 8 - end.readUInt32LE(), blob.size - 8);
    return (await tellsEncryption(footer)) ? 'its columns are encrypted' : undefined;
  }
  const other = otherFormat(beginning);
  return other === undefined || other === 'a Parquet file' ? undefined : `it is ${other}`;
}
