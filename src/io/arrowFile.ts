import type { FileHandle } from 'node:fs/promises';
import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { messageOf, PipelineError } from '../errors.js';
import {
  decodeBatch,
  type IpcMessage,
  nextMessage,
  readBody,
  readSchema,
  rowsOf,
  schemaMessage,
  skipBody,
} from './arrowMessages.js';
import { FileByteReader } from './byteReaders.js';
import type { IpcFormat } from '../arrow/ipcEncoder.js';
import { inputStats, openInput } from './paths.js';

/** An Arrow IPC file or stream on disk, without its batches. */
export interface ArrowFile {
  readonly path: string;
  readonly format: IpcFormat;
  readonly schema: Schema;
  readonly bytes: number;
  readonly rows: number;
  /** Where the dictionaries and batches are, in the order in which they must be read. */
  readonly blocks: readonly ArrowBlock[];
}

interface ArrowBlock {
  readonly offset: number;
  /** Nothing for a dictionary. */
  readonly rows: number | undefined;
}

const MAGIC = 'ARROW1';
/** Footer length and magic number. */
const TRAILER_BYTES = 4 + MAGIC.length;

/**
 * Reads where the batches of an Arrow IPC file or stream are; which of the two it is, its first bytes tell.
 * @throws PipelineError `missingInput`; `badData` if the file is not Arrow, or cut off
 */
export async function scanArrowFile(path: string): Promise<ArrowFile> {
  const { bytes, isDirectory } = await inputStats(path);
  if (isDirectory) throw new PipelineError('missingInput', `${path}: expected an Arrow file, found a directory`);
  const file = await openInput(path);
  try {
    const start = await new FileByteReader(file, bytes).read(MAGIC.length);
    const isFile = start.length > 0 && MAGIC.startsWith(Buffer.from(start).toString('latin1'));
    const format = isFile ? 'file' : 'stream';
    const { schema, blocks } = isFile ? await scanFile(file, bytes, path) : await scanStream(file, bytes, path);
    const rows = blocks.reduce((sum, block) => sum + (block.rows ?? 0), 0);
    return { path, format, schema, bytes, rows, blocks };
  } finally {
    await file.close();
  }
}

/**
 * The batches in order, each in memory of its own.
 * @throws PipelineError `badData`
 */
export async function* readArrowFile(
  { path, schema, bytes, blocks }: ArrowFile,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch, void, undefined> {
  const file = await openInput(path);
  try {
    const before = [schemaMessage(schema)];
    for (const { offset, rows } of blocks) {
      if (signal.aborted) return;
      const reader = new FileByteReader(file, bytes, offset);
      const message = await messageAt(reader, path);
      const parts = [message.head, await readBody(message, reader, path)];
      if (rows === undefined) before.push(...parts);
      else yield decodeBatch(before, parts, schema, path);
    }
  } finally {
    await file.close();
  }
}

async function scanStream(
  file: FileHandle,
  bytes: number,
  path: string,
): Promise<Pick<ArrowFile, 'schema' | 'blocks'>> {
  const reader = new FileByteReader(file, bytes);
  const schema = await readSchema(reader, path);
  const blocks: ArrowBlock[] = [];
  for (;;) {
    const offset = reader.position;
    const message = await nextMessage(reader, path);
    if (!message) return { schema, blocks };
    blocks.push({ offset, rows: rowsOf(message, path) });
    await skipBody(message, reader, path);
  }
}

async function scanFile(file: FileHandle, bytes: number, path: string): Promise<Pick<ArrowFile, 'schema' | 'blocks'>> {
  const trailer = await new FileByteReader(file, bytes, Math.max(0, bytes - TRAILER_BYTES)).read(TRAILER_BYTES);
  if (Buffer.from(trailer.subarray(4)).toString('latin1') !== MAGIC) {
    throw new PipelineError('badData', `${path}: the Arrow file is cut off: it does not end with its index`);
  }
  const { schema, footer } = await readFooter(file, path);
  const blocks: ArrowBlock[] = [...footer.dictionaryBatches()].map(({ offset }) => ({ offset, rows: undefined }));
  for (const { offset } of footer.recordBatches()) {
    const message = await messageAt(new FileByteReader(file, bytes, offset), path);
    blocks.push({ offset, rows: rowsOf(message, path) });
  }
  return { schema, blocks };
}

async function readFooter(file: FileHandle, path: string) {
  try {
    const reader = await RecordBatchReader.from(file);
    await reader.open();
    return { schema: reader.schema, footer: reader.footer! };
  } catch (error) {
    throw new PipelineError('badData', `${path}: not readable as an Arrow file: ${messageOf(error)}`, { cause: error });
  }
}

async function messageAt(reader: FileByteReader, place: string): Promise<IpcMessage> {
  const message = await nextMessage(reader, place);
  if (!message) throw new PipelineError('badData', `${place}: an Arrow batch is missing where the index has it`);
  return message;
}
