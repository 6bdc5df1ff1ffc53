import { type RecordBatch, RecordBatchReader, RecordBatchStreamWriter } from 'apache-arrow';
import { expectSameSchema } from './expectations.js';

/**
 * Batches of one schema as the bytes of an Arrow IPC stream, in a buffer of their own that may be transferred. No batches, no bytes.
 * @throws PipelineError `badSchema` for batches of several schemas, which Arrow's writer would drop without a word
 */
export function encodeBatches(batches: readonly RecordBatch[]): Uint8Array<ArrayBuffer> {
  const [first] = batches;
  if (!first) return new Uint8Array(0);
  for (const { schema } of batches) expectSameSchema(first.schema, schema);
  const bytes = RecordBatchStreamWriter.writeAll(batches).toUint8Array(true);
  return bytes.byteLength === bytes.buffer.byteLength ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice();
}

/** The batches of `encodeBatches`. They are views of `bytes`: whoever passes them on must not transfer its buffer. */
export function decodeBatches(bytes: Uint8Array): RecordBatch[] {
  return bytes.length === 0 ? [] : [...RecordBatchReader.from(bytes)];
}
