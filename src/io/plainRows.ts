import { type RecordBatch, Schema } from 'apache-arrow';
import { column, flatValues, recordBatch } from '../arrow/columns.js';
import { decodeBatches } from '../arrow/ipc.js';
import { IpcEncoder } from '../arrow/ipcEncoder.js';
import { concatBytes } from '../bytes.js';
import type { DiskFile } from './disk.js';
import type { RowWriter } from './encodedRows.js';
import type { ParquetEncoding } from './parquetEncoding.js';
import { parquetFile, ROW_GROUP_BYTES } from './parquetProperties.js';
import { pageHead, type PlainColumn } from './plainPages.js';
import { rowBytes } from './rowBytes.js';
import { rowRange } from './rowChunks.js';
import { endOfFile, MAGIC, onlyRowGroup, plainChunk, type RowGroup } from './rowGroups.js';

/**
 * Rows with a column of long lists of floats, uncompressed: its pages are written out of the memory of Arrow, without a copy. Schema and
 * metadata are parquet-wasm's, and so are the other columns: of these it makes a file in memory for each row group, whose column chunks are
 * taken over.
 *
 * A page is a chunk of rows as it arrives, cut where a row group ends.
 */
export class PlainRows implements RowWriter {
  readonly #file: DiskFile;
  readonly #encoding: ParquetEncoding;
  readonly #plain: PlainColumn;
  /** The whole file, if no rows come. */
  readonly #empty: Uint8Array;
  readonly #groups: RowGroup[] = [];
  #columns: readonly string[] = [];
  #group: OpenGroup | undefined;
  /** The last row group, on its way to the disk. */
  #synced = Promise.resolve();
  bytes = 0;

  /** @param schema an Arrow IPC stream without batches */
  constructor(file: DiskFile, schema: Uint8Array, encoding: ParquetEncoding, plain: PlainColumn) {
    this.#file = file;
    this.#encoding = encoding;
    this.#plain = plain;
    this.#empty = parquetFile(schema, encoding);
  }

  async write(ipc: Uint8Array): Promise<void> {
    for (const batch of decodeBatches(ipc)) {
      this.#columns = batch.schema.fields.map(({ name }) => name);
      for (let from = 0; from < batch.numRows;) {
        this.#group ??= new OpenGroup(batch.schema, this.#plain.name);
        const to = Math.min(batch.numRows, from + this.#encoding.rowGroupRows - this.#group.rows);
        await this.#add(this.#group, rowRange(batch, from, to));
        from = to;
      }
    }
  }

  async end(): Promise<number> {
    if (this.#group) await this.#endGroup(this.#group);
    if (this.#groups.length === 0) return this.#file.append([this.#empty]);
    await this.#append([endOfFile(this.#empty, this.#columns, this.#groups)]);
    await this.#synced;
    return this.bytes;
  }

  async #add(group: OpenGroup, batch: RecordBatch): Promise<void> {
    const values = valuesOf(batch, this.#plain.name);
    const head = pageHead(this.#plain, batch.numRows, values.length);
    const offset = await this.#append([head, values]);
    group.add(batch, offset, head.length + values.length);
    if (group.rows === this.#encoding.rowGroupRows || group.bytes >= ROW_GROUP_BYTES) await this.#endGroup(group);
  }

  async #endGroup({ rows, rest, offset, plainBytes }: OpenGroup): Promise<void> {
    this.#group = undefined;
    const chunks = [plainChunk(this.#plain, rows, offset, plainBytes)];
    if (rest.length > 0) {
      const others = onlyRowGroup(parquetFile(concatBytes(rest), this.#encoding, ANY_BYTES), rows);
      chunks.push(...others.at(await this.#append([others.bytes])));
    }
    this.#groups.push({ rows, chunks });
    await this.#synced;
    this.#synced = this.#file.datasync(); // while the next is being written
    this.#synced.catch(() => undefined); // met when it is awaited
  }

  /** @returns where the bytes begin */
  async #append(bytes: readonly Uint8Array[]): Promise<number> {
    if (this.bytes === 0) this.bytes = await this.#file.append([MAGIC]);
    const start = this.bytes;
    this.bytes += await this.#file.append(bytes);
    return start;
  }
}

/** A bound of bytes that no row group reaches. */
const ANY_BYTES = 2 ** 31;

/** A row group that is being written. */
class OpenGroup {
  rows = 0;
  /** In Arrow. */
  bytes = 0;
  /** Where the pages of the plain column begin in the file, and how many bytes they are. */
  offset = 0;
  plainBytes = 0;
  /** The other columns as an Arrow IPC stream; nothing where there are none. */
  readonly rest: Uint8Array[] = [];
  readonly #others: Schema;
  readonly #encoder: IpcEncoder;

  constructor({ fields, metadata }: Schema, plain: string) {
    this.#others = new Schema(
      fields.filter(({ name }) => name !== plain),
      metadata,
    );
    this.#encoder = new IpcEncoder('the rows to write', this.#others, 'stream');
  }

  /** @param offset of the page of the plain column */
  add(batch: RecordBatch, offset: number, pageBytes: number): void {
    if (this.rows === 0) this.offset = offset;
    this.plainBytes += pageBytes;
    this.rows += batch.numRows;
    this.bytes += rowBytes(batch.data, 0, batch.numRows);
    const { fields } = this.#others;
    if (fields.length === 0) return;
    const columns = fields.map(({ name }) => column(batch, name));
    // A copy: the memory of the batch goes back.
    this.rest.push(concatBytes(this.#encoder.encode(recordBatch(this.#others, batch.numRows, columns))));
  }
}

/** The numbers of a column of lists of them, as bytes. */
function valuesOf(batch: RecordBatch, name: string): Uint8Array {
  const lists = column(batch, name);
  const { buffer, byteOffset, byteLength } = flatValues(lists);
  if (lists.nullCount > 0 || lists.children[0]!.nullCount > 0) {
    throw new Error(`column ${name} is declared as non-nullable but contains null values`);
  }
  return new Uint8Array(buffer, byteOffset, byteLength);
}
