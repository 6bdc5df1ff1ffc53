import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { concatenate } from './concatenate.js';
import { inPlace } from './inPlace.js';
import { IpcEncoder } from './ipcEncoder.js';
import type { SpareBuffers } from './recycling.js';

/**
 * Batches of one schema as the bytes of an Arrow IPC stream, the only ones in their buffer, so that it may be transferred. No
 * batches, no bytes.
 *
 * @param spares where the buffer comes from, which may then be longer than the bytes
 * @param home memory of the batches that is given away with them: nothing is copied that lies there in its place
 * @throws PipelineError `badSchema` for batches of several schemas
 */
export function encodeBatches(
  batches: readonly RecordBatch[],
  spares?: SpareBuffers,
  home?: ArrayBuffer,
): Uint8Array<ArrayBuffer> {
  const [first] = batches;
  if (!first) return new Uint8Array(0);
  const encoder = new IpcEncoder('the schema changed within the stream', first.schema, 'stream');
  const pieces = [...batches.flatMap((batch) => encoder.encode(batch)), ...encoder.finish()];
  return inPlace(pieces, home) ?? concatenate(pieces, spares);
}

/** A schema as the bytes of an Arrow IPC stream without batches. */
export function encodeSchema(schema: Schema): Uint8Array<ArrayBuffer> {
  return concatenate(new IpcEncoder('schema', schema, 'stream').finish());
}

/** The batches of `encodeBatches`. They are views of `bytes`: whoever passes them on must not transfer its buffer. */
export function decodeBatches(bytes: Uint8Array): RecordBatch[] {
  return bytes.length === 0 ? [] : [...RecordBatchReader.from(bytes)];
}

/**
 * The batches of an Arrow IPC stream that comes in pieces, one for each batch and the first with the schema too: as views of them. Each
 * batch is given with its piece, when that and the next one have come.
 */
export async function* decodePieces(
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<{ batch: RecordBatch; piece: Uint8Array<ArrayBuffer> }, void, undefined> {
  const read: Uint8Array<ArrayBuffer>[] = []; // the reader is a piece ahead
  async function* noted(): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    for await (const piece of pieces) {
      read.push(piece);
      yield piece;
    }
  }
  const source = noted();
  const first = await source.next();
  if (first.done) return; // no batches, and then no schema
  const reader = await RecordBatchReader.from(startingWith(first.value, source));
  for await (const batch of reader) yield { batch, piece: read.shift()! };
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield first;
  yield* rest;
}
