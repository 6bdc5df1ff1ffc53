import type { Data, RecordBatch } from 'apache-arrow';

/**
 * The memory a batch keeps alive: the whole of every buffer it looks into, each once. A one-row slice of a large batch keeps
 * all of it, which is what a bound on memory must count.
 */
export function retainedBytes(batch: RecordBatch): number {
  const buffers = new Set<ArrayBufferLike>();
  collect(batch.data, buffers);
  let bytes = 0;
  for (const { byteLength } of buffers) bytes += byteLength;
  return bytes;
}

function collect(data: Data, buffers: Set<ArrayBufferLike>): void {
  for (const part of [data.values, data.valueOffsets, data.nullBitmap, data.typeIds, ...data.variadicBuffers]) {
    if (ArrayBuffer.isView(part)) buffers.add(part.buffer);
  }
  for (const child of data.children) collect(child, buffers);
  for (const chunk of data.dictionary?.data ?? []) collect(chunk, buffers);
}
