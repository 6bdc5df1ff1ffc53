import type { RecordBatch, Schema } from 'apache-arrow';
import { BatchDecoder } from './ipcFormat/batchDecoder.js';
import { decodeMessage, nextMessage, readBody, readSchema } from './ipcFormat/messages.js';
import { StreamByteReader } from './ipcFormat/streamByteReader.js';
import { IpcEncoder } from './ipcEncoder.js';

/** An Arrow IPC stream whose schema has been read. */
export interface IpcStream {
  readonly schema: Schema;
  /** The batches in order, one at a time in memory. Leaving the loop ends the bytes too. */
  readonly batches: AsyncGenerator<RecordBatch, void, undefined>;
}

/**
 * Reads an Arrow IPC stream from bytes in chunks of any size, e.g. a socket, standard input or the body of a response.
 *
 * @param place what messages begin with
 * @throws PipelineError `badData` if the bytes are no Arrow stream; so do the batches, also if the stream stops without its end marker
 */
export async function openIpcStream(chunks: AsyncIterable<Uint8Array>, place = 'the Arrow stream'): Promise<IpcStream> {
  const reader = new StreamByteReader(chunks);
  const schema = await readSchema(reader, place);
  return { schema: schema.schema, batches: batchesOf() };

  async function* batchesOf(): IpcStream['batches'] {
    try {
      const decoder = new BatchDecoder(schema, place);
      for (;;) {
        const message = await nextMessage(reader, place);
        if (!message) return;
        const batch = decodeMessage(message, await readBody(message, reader, place), decoder, place);
        if (batch) yield batch;
      }
    } finally {
      await reader.close();
    }
  }
}

/** The batches of an Arrow IPC stream: `openIpcStream` where its schema is of no interest by itself. */
export async function* decodeIpc(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<RecordBatch, void, undefined> {
  const { batches } = await openIpcStream(chunks);
  yield* batches;
}

/**
 * Batches as the bytes of an Arrow IPC stream, some chunks for each as it comes. A chunk is a view of its batch's memory.
 *
 * @param schema of the batches; without it a stream without batches has no bytes, which is no Arrow stream
 * @throws PipelineError `badSchema` for a batch of another schema
 */
export async function* encodeIpc(
  batches: AsyncIterable<RecordBatch>,
  schema?: Schema,
): AsyncGenerator<Uint8Array, void, undefined> {
  let encoder = schema && new IpcEncoder('the Arrow stream', schema, 'stream');
  for await (const batch of batches) {
    encoder ??= new IpcEncoder('the Arrow stream', batch.schema, 'stream');
    yield* encoder.encode(batch);
  }
  if (encoder) yield* encoder.finish();
}
