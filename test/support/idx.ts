import { Binary, type RecordBatch, Utf8 } from 'apache-arrow';
import { recordBatch } from '#dist/arrow/columns.js';
import { bytesSchema } from '#dist/arrow/schemas.js';
import { columnOf } from './batches.js';

/** An IDX file of unsigned bytes. */
export function idxFile(shape: readonly number[], elements: Uint8Array): Uint8Array {
  const file = new Uint8Array(4 + 4 * shape.length + elements.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  for (const [i, side] of shape.entries()) view.setUint32(4 + 4 * i, side);
  file.set(elements, 4 + 4 * shape.length);
  return file;
}

export type Chunk = readonly [role: string, data: Uint8Array];

/** The file in chunks of these lengths, over and over. */
export function chunksOf(role: string, file: Uint8Array, ...lengths: readonly number[]): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0, i = 0; at < file.length; at += lengths[i++ % lengths.length]!) {
    chunks.push([role, file.subarray(at, at + lengths[i % lengths.length]!)]);
  }
  return chunks;
}

/** A row for each chunk. */
export function bytesBatch(chunks: readonly Chunk[]): RecordBatch {
  const roles = chunks.map(([role]) => role);
  const data = chunks.map(([, bytes]) => bytes);
  return recordBatch(bytesSchema, chunks.length, [columnOf(new Utf8(), roles), columnOf(new Binary(), data)]);
}
