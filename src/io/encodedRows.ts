import { type RecordBatch, Table, transformParquetStream } from 'parquet-wasm/esm';
import type { DiskFile } from './disk.js';
import type { ParquetEncoding } from './parquetEncoding.js';
import { parquetFile, writerProperties } from './parquetProperties.js';

/** Writes rows to a Parquet file, a row group after the other. */
export interface RowWriter {
  /** On disk so far. */
  readonly bytes: number;
  /** Takes the batches of an Arrow IPC stream, whose memory is free when it resolves. */
  write(ipc: Uint8Array): Promise<void>;
  /** Ends the file. @returns its size */
  end(): Promise<number>;
}

/** Rows that parquet-wasm encodes. */
export class EncodedRows implements RowWriter {
  readonly #file: DiskFile;
  readonly #schema: Uint8Array;
  readonly #encoding: ParquetEncoding;
  /** Hands batches to the encoder, one at a time. */
  readonly #batches = new TransformStream<RecordBatch, RecordBatch>(undefined, undefined, { highWaterMark: 0 });
  readonly #offer = this.#batches.writable.getWriter();
  /** The size of the file, once it is complete. The encoder starts with the first batch. */
  #written: Promise<number> | undefined;
  bytes = 0;

  /** @param schema an Arrow IPC stream without batches */
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

  async end(): Promise<number> {
    if (!this.#written) return this.#file.append([parquetFile(this.#schema, this.#encoding)]);
    this.#offer.close().catch(() => undefined);
    return this.#written;
  }

  async #encode(): Promise<number> {
    const encoded = await transformParquetStream(this.#batches.readable, writerProperties(this.#encoding));
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
}
