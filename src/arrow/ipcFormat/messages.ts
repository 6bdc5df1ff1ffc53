import type { RecordBatch } from 'apache-arrow';
import type { BatchDecoder } from './batchDecoder.js';
import { DamagedIpc } from './flatTable.js';
import { type IpcHeader, readMessage } from './message.js';
import type { IpcSchema } from './schemaTable.js';
import { PipelineError } from '../../errors.js';

/** Hands out bytes in order: as many as asked for in a buffer of their own, fewer only at the end. */
export interface ByteReader {
  read(length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Passes over bytes; false if there were not that many. */
  skip(length: number): Promise<boolean>;
}

/** One message of an Arrow IPC stream, before its body. */
export interface IpcMessage {
  readonly header: IpcHeader;
  readonly bodyLength: number;
}

const CONTINUATION = -1;
/** More than any schema takes; other bytes than Arrow's give lengths beyond. */
const MAX_METADATA_BYTES = 2 ** 28;

/**
 * The next message of a stream, or nothing at its end marker. Arrow's own reader takes any end for the end.
 * @throws PipelineError `badData` if the stream breaks off, or is damaged
 */
export async function nextMessage(reader: ByteReader, place: string): Promise<IpcMessage | undefined> {
  const first = int32(await take(reader, 4, place));
  // Before version 0.15 of the format the length came first, without a mark.
  const metadataLength = first === CONTINUATION ? int32(await take(reader, 4, place)) : first;
  if (metadataLength === 0) return undefined;
  if (metadataLength < 0 || metadataLength > MAX_METADATA_BYTES) {
    throw new PipelineError(
      'badData',
      `${place}: not an Arrow stream: expected the length of a message, got ${metadataLength}`,
    );
  }
  const metadata = await take(reader, metadataLength, place);
  return decoding(place, () => readMessage(metadata));
}

/**
 * The body of a message, in a buffer of its own.
 * @throws PipelineError `badData` if the stream breaks off within it
 */
export async function readBody(
  { bodyLength }: IpcMessage,
  reader: ByteReader,
  place: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return take(reader, bodyLength, place);
}

/** @throws PipelineError `badData` if the stream breaks off within the body */
export async function skipBody({ bodyLength }: IpcMessage, reader: ByteReader, place: string): Promise<void> {
  if (!(await reader.skip(bodyLength))) throw cutOff(place);
}

/** @throws PipelineError `badData` if the stream does not begin with a schema */
export async function readSchema(reader: ByteReader, place: string): Promise<IpcSchema> {
  const first = await nextMessage(reader, place);
  if (first?.header.kind !== 'schema') {
    throw new PipelineError('badData', `${place}: not an Arrow stream: it does not begin with a schema`);
  }
  await skipBody(first, reader, place);
  return first.header;
}

/**
 * What a message adds: the batch that it is, or nothing for a dictionary, which the decoder keeps.
 * @throws PipelineError `badData`
 */
export function decodeMessage(
  { header }: IpcMessage,
  body: Uint8Array<ArrayBuffer>,
  decoder: BatchDecoder,
  place: string,
): RecordBatch | undefined {
  return decoding(place, () => {
    if (header.kind === 'batch') return decoder.batch(header, body);
    if (header.kind === 'schema') throw new DamagedIpc('it has a second schema');
    decoder.addDictionary(header, body);
    return undefined;
  });
}

/** @throws PipelineError `badData` where Arrow's format is not kept */
export function decoding<T>(place: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DamagedIpc)) throw error;
    throw new PipelineError('badData', `${place}: not readable as Arrow: ${error.message}`, { cause: error });
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
