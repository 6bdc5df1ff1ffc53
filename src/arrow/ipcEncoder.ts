import { AsyncByteQueue, RecordBatch, RecordBatchFileWriter, RecordBatchStreamWriter, type Schema } from 'apache-arrow';
import { adoptBatch } from './adoptBatch.js';
import { adoptSchema } from './adoptSchema.js';
import { hasDictionary, KnownDictionaries } from './dictionaries.js';
import { expectEqualSchema } from './schemaDifference.js';

/** `stream`: readable while it grows, ends with a marker. `file`: the same batches between magic numbers, with an index at its end. */
export type IpcFormat = 'file' | 'stream';

/** Takes what Arrow's writer would queue for an asynchronous reader. */
class ByteCollector extends AsyncByteQueue {
  #chunks: Uint8Array[] = [];

  override write(value: ArrayBufferView): void {
    this.#chunks.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }

  take(): Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}

/**
 * Batches as the bytes of one Arrow IPC stream or file, piece by piece. The pieces are views of the batches' own buffers: they
 * must be written before the batch is given away.
 */
export class IpcEncoder {
  readonly #place: string;
  readonly #schema: Schema;
  readonly #collector = new ByteCollector();
  readonly #dictionaries: KnownDictionaries | undefined;
  readonly #writer: RecordBatchStreamWriter | RecordBatchFileWriter;

  /**
   * @param place what messages about another schema begin with, e.g. the output's path
   * @param goesOn whether the bytes follow those of an earlier encoder, with the schema among them: of a stream without dictionaries
   */
  constructor(place: string, schema: Schema, format: IpcFormat, goesOn = false) {
    this.#place = place;
    this.#schema = adoptSchema(schema);
    this.#writer = format === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
    this.#writer.reset(this.#collector, this.#schema);
    if (goesOn) this.#collector.take();
    this.#dictionaries = hasDictionary(schema) ? new KnownDictionaries({ mayReplace: format === 'stream' }) : undefined;
  }

  /**
   * The bytes up to and with this batch. In a file, other dictionaries than before are added to these.
   * @throws PipelineError `badSchema` if the batch has another schema, which Arrow's writer would answer by ending the stream;
   *   `badData` for more dictionaries than a file can hold
   */
  encode(given: RecordBatch): Uint8Array[] {
    const batch = adoptBatch(given);
    expectEqualSchema(this.#place, this.#schema, batch.schema);
    const known = this.#dictionaries ? this.#dictionaries.adopt(batch) : batch;
    // Arrow's own comparison is stricter where it does not matter (an absent time zone is null or undefined).
    this.#writer.write(known.schema === this.#schema ? known : new RecordBatch(this.#schema, known.data));
    return this.#collector.take();
  }

  /** The bytes that are left, with the end marker. */
  finish(): Uint8Array[] {
    this.#writer.finish();
    return this.#collector.take();
  }
}
