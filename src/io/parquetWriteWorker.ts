/** A worker thread that encodes Arrow batches as Parquet and writes the files: row group by row group, as they fill. */
import { workerData } from 'node:worker_threads';
import { initSync, ParquetFile } from 'parquet-wasm/esm';
import { HandedOver } from '../threads/peer.js';
import { oneByOne, serve } from '../threads/serve.js';
import { type DiskFile, open } from './disk.js';
import { EncodedRows, type RowWriter } from './encodedRows.js';
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

const calls = oneByOne({ start, write, finish });
export type ParquetWriteCalls = typeof calls;
initSync({ module: workerData });
serve(calls);

/** The file under way. */
interface Current {
  readonly file: DiskFile;
  readonly writer: RowWriter;
}

let current: Current | undefined;

/** Begins a file. */
async function start({ path, schema, encoding }: WriteRequest): Promise<void> {
  const file = await open(path, 'w+');
  current = { file, writer: await writerOf(file, schema, encoding) };
}

async function writerOf(file: DiskFile, schema: Uint8Array, encoding: ParquetEncoding): Promise<RowWriter> {
  if (!encoding.plain) return new EncodedRows(file, schema, encoding);
  const { PlainRows } = await import('./plainRows.js'); // with Arrow, which the other does without
  return new PlainRows(file, schema, encoding, encoding.plain);
}

/** Takes the batches of an IPC stream; gives its memory back when the encoder needs it no more. */
async function write(ipc: Uint8Array<ArrayBuffer>): Promise<HandedOver<WriteAnswer>> {
  const { writer } = started();
  await writer.write(ipc);
  return new HandedOver({ memory: ipc.buffer, bytes: writer.bytes }, [ipc.buffer]);
}

/** Ends the file, which must have that many rows. Gives its size in bytes. */
async function finish(rows: number): Promise<number> {
  const { file, writer } = started();
  const bytes = await writer.end();
  await expectRows(file, rows, bytes);
  await file.close();
  return bytes;
}

function started(): Current {
  if (!current) throw new Error('no file has been started');
  return current;
}

/** The encoder passes over batches that it cannot take, without a word. */
async function expectRows(written: DiskFile, expected: number, bytes: number): Promise<void> {
  const blob = new FileBlob(written, 'the file just written', 0, bytes);
  const file = await blob.reading(() => ParquetFile.fromFile(blob));
  const metadata = file.metadata();
  const rows = metadata.fileMetadata().numRows();
  metadata.free();
  file.free();
  if (rows !== expected) throw new Error(`the Parquet encoder has written ${rows} of ${expected} rows`);
}
