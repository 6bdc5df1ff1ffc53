import {
  CompressionType,
  compressionRegistry,
  Message,
  type MessageHeader,
  RecordBatch,
  RecordBatchReader,
  type Schema,
} from 'apache-arrow';
import { messageOf, PipelineError } from '../errors.js';
import { concatenate } from '../arrow/concatenate.js';
import { IpcEncoder } from '../arrow/ipcEncoder.js';

/** Hands out bytes in order: as many as asked for in a buffer of their own, fewer only at the end. */
export interface ByteReader {
  read(length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Passes over bytes; false if there were not that many. */
  skip(length: number): Promise<boolean>;
}

/** One message of an Arrow IPC stream, before its body. */
export interface IpcMessage {
  readonly message: Message<MessageHeader>;
  /** Length prefix and metadata, as they stand in the stream. */
  readonly head: Uint8Array;
  readonly bodyLength: number;
}

const CONTINUATION = -1;
const END_MARKER_BYTES = 8;
/** More than any schema takes; other bytes than Arrow's give lengths beyond. */
const MAX_METADATA_BYTES = 2 ** 28;

/**
 * The next message of a stream, or nothing at its end marker. Arrow's own reader takes any end for the end.
 * @throws PipelineError `badData` if the stream breaks off
 */
export async function nextMessage(reader: ByteReader, place: string): Promise<IpcMessage | undefined> {
  const first = await take(reader, 4, place);
  // Before version 0.15 of the format the length came first, without a mark.
  const marked = int32(first) === CONTINUATION;
  const length = marked ? await take(reader, 4, place) : first;
  const metadataLength = int32(length);
  if (metadataLength === 0) return undefined;
  if (metadataLength < 0 || metadataLength > MAX_METADATA_BYTES) {
    throw new PipelineError(
      'badData',
      `${place}: not an Arrow stream: expected the length of a message, got ${metadataLength}`,
    );
  }
  const metadata = await take(reader, metadataLength, place);
  const message = decodeMessage(metadata, place);
  return { message, head: concatenate([...(marked ? [first] : []), length, metadata]), bodyLength: message.bodyLength };
}

/**
 * The body of a message, in a buffer of its own.
 * @throws PipelineError `badData` if the stream breaks off within it
 */
export async function readBody({ bodyLength }: IpcMessage, reader: ByteReader, place: string): Promise<Uint8Array> {
  return take(reader, bodyLength, place);
}

/** @throws PipelineError `badData` if the stream breaks off within the body */
export async function skipBody({ bodyLength }: IpcMessage, reader: ByteReader, place: string): Promise<void> {
  if (!(await reader.skip(bodyLength))) throw cutOff(place);
}

/**
 * Rows of a message that is a batch of rows; nothing for the others.
 * @throws PipelineError `badData` if its body is compressed and nobody has told Arrow how to undo that
 */
export function rowsOf({ message }: IpcMessage, place: string): number | undefined {
  if (!message.isRecordBatch()) return undefined;
  const header = message.header();
  const codec = header.compression?.type;
  if (codec !== undefined && !compressionRegistry.get(codec)?.decode) {
    throw new PipelineError(
      'badData',
      `${place}: expected uncompressed Arrow batches, found ${CompressionType[codec]}, for which Arrow's compressionRegistry has no codec`,
    );
  }
  return header.length;
}

/** The message that a stream of that schema begins with. */
export function schemaMessage(schema: Schema): Uint8Array {
  const wholeStream = concatenate(new IpcEncoder('schema', schema, 'stream').finish());
  return wholeStream.subarray(0, wholeStream.length - END_MARKER_BYTES);
}

/** @throws PipelineError `badData` if the stream does not begin with a schema */
export async function readSchema(reader: ByteReader, place: string): Promise<Schema> {
  const first = await nextMessage(reader, place);
  if (!first?.message.isSchema()) {
    throw new PipelineError('badData', `${place}: not an Arrow stream: it does not begin with a schema`);
  }
  return decoding(place, () => RecordBatchReader.from(first.head).open().schema);
}

/**
 * The batch of one message.
 * @param before the messages that it needs: the schema, and dictionaries if there are any
 * @throws PipelineError `badData`
 */
export function decodeBatch(
  before: readonly Uint8Array[],
  message: readonly Uint8Array[],
  schema: Schema,
  place: string,
): RecordBatch {
  // In one buffer, which the batch then has for itself. All parts are multiples of 8 bytes long, so numbers stay aligned.
  const bytes = concatenate([...before, ...message]);
  return decoding(place, () => {
    const { value } = RecordBatchReader.from(bytes).open().next();
    return new RecordBatch(schema, value.data);
  });
}

function decodeMessage(metadata: Uint8Array, place: string): Message<MessageHeader> {
  return decoding(place, () => Message.decode(metadata));
}

function decoding<T>(place: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new PipelineError('badData', `${place}: not readable as Arrow: ${messageOf(error)}`, { cause: error });
  }
}

async function take(reader: ByteReader, length: number, place: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await reader.read(length);
  if (bytes.length < length) throw cutOff(place);
  return bytes;
}

function cutOff(place: string): PipelineError {
  return new PipelineError('badData', `${place}: the Arrow stream is cut off: it stops without its end marker`);
}

function int32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
}
