/** A worker thread that encodes Arrow batches as Parquet and writes the files: row group by row group, as they fill. */
import { workerData } from 'node:worker_threads';
import {
  Compression,
  Encoding,
  EnabledStatistics,
  initSync,
  ParquetFile,
  type RecordBatch,
  Table,
  transformParquetStream,
  writeParquet,
  type WriterProperties,
  WriterPropertiesBuilder,
} from 'parquet-wasm/esm';
import { HandedOver } from '../threads/peer.js';
import { oneByOne, serve } from '../threads/serve.js';
import { type DiskFile, open } from './disk.js';
import { FileBlob } from './fileBlob.js';
import type { ParquetEncoding } from './parquetEncoding.js';

export interface WriteRequest {
  readonly path: string;
  /** An Arrow IPC stream without batches. */
  readonly schema: Uint8Array;
  readonly encoding: ParquetEncoding;
}

export interface WriteAnswer {
  /** That of the batches. */
  readonly memory: ArrayBuffer;
  /** On disk so far, in this file. */
  readonly bytes: number;
}

/**
 * Encoded bytes after which a row group ends: what a reader, and this thread, must hold at once. From 32 MiB on glibc asks the system
 * for fresh pages each time.
 */
const ROW_GROUP_BYTES = 24 * 2 ** 20;

const calls = oneByOne({ start, write, finish });
export type ParquetWriteCalls = typeof calls;
initSync({ module: workerData });
serve(calls);

let current: ParquetWriter | undefined;

/** Begins a file. */
async function start({ path, schema, encoding }: WriteRequest): Promise<void> {
  current = new ParquetWriter(await open(path, 'w+'), schema, encoding);
}

/** Takes the batches of an IPC stream; gives its memory back when the encoder has begun with them. */
async function write(ipc: Uint8Array<ArrayBuffer>): Promise<HandedOver<WriteAnswer>> {
  const file = started();
  await file.write(ipc);
  return new HandedOver({ memory: ipc.buffer, bytes: file.bytes }, [ipc.buffer]);
}

/** Ends the file, which must have that many rows. Gives its size in bytes. */
async function finish(rows: number): Promise<number> {
  return started().finish(rows);
}

function started(): ParquetWriter {
  if (!current) throw new Error('no file has been started');
  return current;
}

class ParquetWriter {
  readonly #file: DiskFile;
  readonly #schema: Uint8Array;
  readonly #encoding: ParquetEncoding;
  /** Hands batches to the encoder, one at a time. */
  readonly #batches = new TransformStream<RecordBatch, RecordBatch>(undefined, undefined, { highWaterMark: 0 });
  readonly #offer = this.#batches.writable.getWriter();
  /** The size of the file, once it is complete. The encoder starts with the first batch. */
  #written: Promise<number> | undefined;
  /** On disk so far. */
  bytes = 0;

  constructor(file: DiskFile, schema: Uint8Array, encoding: ParquetEncoding) {
    this.#file = file;
    this.#schema = schema;
    this.#encoding = encoding;
  }

  async write(ipc: Uint8Array): Promise<void> {
    const written = (this.#written ??= this.#encode());
    // Calls hear of its failure; between two of them nobody may be listening.
    written.catch(() => undefined);
    const table = Table.fromIPCStream(ipc);
    const batches = table.recordBatches();
    table.free();
    // Where the encoder has failed, it says why, and not the stream.
    for (const batch of batches) await Promise.race([this.#offer.write(batch).catch(() => written), written]);
  }

  async finish(rows: number): Promise<number> {
    if (this.#written) this.#offer.close().catch(() => undefined);
    const bytes = await (this.#written ?? this.#writeEmpty());
    await this.#expectRows(rows, bytes);
    await this.#file.close();
    return bytes;
  }

  async #writeEmpty(): Promise<number> {
    return this.#file.append([writeParquet(Table.fromIPCStream(this.#schema), writerProperties(this.#encoding))]);
  }

  async #encode(): Promise<number> {
    const properties = writerProperties(this.#encoding);
    const encoded = await transformParquetStream(this.#batches.readable, properties);
    let bytes = 0;
    let stored = Promise.resolve();
    const chunks: AsyncIterable<Uint8Array> = encoded;
    for await (const chunk of chunks) {
      await stored;
      stored = this.#store(chunk); // while the next is being encoded
      stored.catch(() => undefined); // met when it is awaited
      bytes += chunk.length;
    }
    await stored;
    return bytes;
  }

  /** Writes and syncs: who closes a file that is only synced then would have all of it to wait for. */
  async #store(chunk: Uint8Array): Promise<void> {
    await this.#file.append([chunk]);
    await this.#file.datasync();
    this.bytes += chunk.length;
  }

  /** The encoder passes over batches that it cannot take, without a word. */
  async #expectRows(expected: number, bytes: number): Promise<void> {
    const blob = new FileBlob(this.#file, 'the file just written', 0, bytes);
    const file = await blob.reading(() => ParquetFile.fromFile(blob));
    const metadata = file.metadata();
    const rows = metadata.fileMetadata().numRows();
    metadata.free();
    file.free();
    if (rows !== expected) throw new Error(`the Parquet encoder has written ${rows} of ${expected} rows`);
  }
}

function encodingOf({ byteStreamSplit }: { readonly byteStreamSplit: boolean }): Encoding {
  return byteStreamSplit ? Encoding.BYTE_STREAM_SPLIT : Encoding.PLAIN;
}

function writerProperties(encoding: ParquetEncoding): WriterProperties {
  let builder = new WriterPropertiesBuilder()
    .setCompression(encoding.compression === 'zstd' ? Compression.ZSTD : Compression.UNCOMPRESSED)
    .setMaxRowGroupSize(encoding.rowGroupRows)
    .setMaxRowGroupBytes(ROW_GROUP_BYTES)
    .setDictionaryEnabled(encoding.dictionary)
    .setEncoding(encodingOf(encoding))
    .setStatisticsEnabled(EnabledStatistics.None)
    .setCreatedBy('soapstream');
  for (const column of encoding.flatColumns) {
    builder = builder
      .setColumnDictionaryEnabled(column.name, column.dictionary)
      .setColumnEncoding(column.name, encodingOf(column))
      .setColumnStatisticsEnabled(column.name, EnabledStatistics.Chunk);
  }
  return builder.build();
}
