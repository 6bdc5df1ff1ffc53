import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { concatenate } from './concatenate.js';
import { IpcEncoder } from './ipcEncoder.js';
import type { SpareBuffers } from './recycling.js';

/**
 * Batches of one schema as the bytes of an Arrow IPC stream, the only ones in their buffer, so that it may be transferred. No
 * batches, no bytes.
 *
 * @param spares where the buffer comes from, which may then be longer than the bytes
 * @throws PipelineError `badSchema` for batches of several schemas
 */
export function encodeBatches(batches: readonly RecordBatch[], spares?: SpareBuffers): Uint8Array<ArrayBuffer> {
  const [first] = batches;
  if (!first) return new Uint8Array(0);
  const encoder = new IpcEncoder('the schema changed within the stream', first.schema, 'stream');
  return concatenate([...batches.flatMap((batch) => encoder.encode(batch)), ...encoder.finish()], spares);
}

/** The batches of `encodeBatches`. They are views of `bytes`: whoever passes them on must not transfer its buffer. */
export function decodeBatches(bytes: Uint8Array): RecordBatch[] {
  return bytes.length === 0 ? [] : decodePieces([bytes]);
}

/** The batches of an Arrow IPC stream, as views of its pieces, where each batch lies in one of them. */
export function decodePieces(pieces: readonly Uint8Array[]): RecordBatch[] {
  return pieces.length === 0 ? [] : [...RecordBatchReader.from(pieces)];
}
