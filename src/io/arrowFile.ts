import type { RecordBatch } from 'apache-arrow';
import { BatchDecoder } from '../arrow/ipcFormat/batchDecoder.js';
import { addCounts } from '../arrow/listLengths.js';
import { type IpcCompression, type IpcFooter, readFooter } from '../arrow/ipcFormat/message.js';
import type { IpcSchema } from '../arrow/ipcFormat/schemaTable.js';
import type { IpcFormat } from '../arrow/ipcEncoder.js';
import { PipelineError } from '../errors.js';
import {
  decodeMessage,
  decoding,
  type IpcMessage,
  nextMessage,
  readBody,
  readSchema,
  skipBody,
} from '../arrow/ipcFormat/messages.js';
import type { DiskFile } from './disk.js';
import { FileByteReader } from './fileByteReader.js';
import { inputStats, openInput } from './paths.js';
import type { Range } from './splits.js';

/** An Arrow IPC file or stream on disk, without its batches. */
export interface ArrowFile extends IpcSchema {
  readonly path: string;
  readonly format: IpcFormat;
  readonly bytes: number;
  readonly rows: number;
  /** Codecs of its batches, each once. */
  readonly compressions: readonly (IpcCompression | 'uncompressed')[];
  /** Where the dictionaries and batches are, in the order in which they must be read. */
  readonly blocks: readonly ArrowBlock[];
  /** Of each column: its rows and, of lists, their elements, the elements' elements … */
  readonly counts: ReadonlyMap<string, readonly number[]>;
}

interface ArrowBlock {
  readonly offset: number;
  /** Nothing for a dictionary. */
  readonly rows: number | undefined;
  readonly compression: IpcCompression | undefined;
}

const MAGIC = 'ARROW1';
/** Footer length and magic number. */
const TRAILER_BYTES = 4 + MAGIC.length;

/**
 * Reads where the batches of an Arrow IPC file or stream are; which of the two it is, its first bytes tell.
 * @throws PipelineError `missingInput`; `badData` if the file is not Arrow, or cut off
 */
export async function scanArrowFile(path: string): Promise<ArrowFile> {
  const { bytes } = await inputStats(path);
  const file = await openInput(path);
  try {
    const start = await new FileByteReader(file, path, bytes).read(MAGIC.length);
    const isFile = start.length > 0 && MAGIC.startsWith(Buffer.from(start).toString('latin1'));
    const format = isFile ? 'file' : 'stream';
    const { schema, blocks, counts } = isFile ? await scanFile(file, bytes, path) : await scanStream(file, bytes, path);
    const rows = blocks.reduce((sum, block) => sum + (block.rows ?? 0), 0);
    const compressions = [...new Set(blocks.map(({ compression }) => compression ?? 'uncompressed'))];
    return { path, format, bytes, rows, compressions, blocks, counts, ...schema };
  } finally {
    await file.close();
  }
}

/**
 * The batches in order, each in memory of its own, apart from dictionaries.
 *
 * @param range of batches; all by default
 * @throws PipelineError `badData`
 */
export async function* readArrowFile(
  { path, bytes, blocks, format, ...schema }: ArrowFile,
  signal: AbortSignal,
  { from, to }: Range = { from: 0, to: Infinity },
): AsyncGenerator<RecordBatch, void, undefined> {
  const file = await openInput(path);
  try {
    const decoder = new BatchDecoder(schema, path);
    let next = 0;
    for (const { offset, rows } of blocks) {
      if (signal.aborted) return;
      const index = rows === undefined ? undefined : next++;
      if (index !== undefined && index >= to) return;
      if (index !== undefined && index < from) continue;
      const reader = new FileByteReader(file, path, bytes, offset);
      const message = await messageAt(reader, path);
      if (format === 'file') expectNoReplacement(message, decoder, path);
      const batch = decodeMessage(message, await readBody(message, reader, path), decoder, path);
      if (batch) yield batch;
    }
  } finally {
    await file.close();
  }
}

/** All batches of a file have the dictionaries that it ends with: which of several was meant cannot be told. */
function expectNoReplacement({ header }: IpcMessage, decoder: BatchDecoder, path: string): void {
  if (header.kind !== 'dictionary' || header.isDelta || !decoder.hasDictionary(header.id)) return;
  throw new PipelineError(
    'badData',
    `${path}: not readable as Arrow: it has two dictionaries ${header.id}, which only a stream may`,
  );
}

type Scanned = { readonly schema: IpcSchema } & Pick<ArrowFile, 'blocks' | 'counts'>;

async function scanStream(file: DiskFile, bytes: number, path: string): Promise<Scanned> {
  const reader = new FileByteReader(file, path, bytes);
  const schema = await readSchema(reader, path);
  const blocks: ArrowBlock[] = [];
  const counts = new Map<string, number[]>();
  for (;;) {
    const offset = reader.position;
    const message = await nextMessage(reader, path);
    if (!message) return { schema, blocks, counts };
    blocks.push(blockOf(message, offset));
    count(counts, schema, message);
    await skipBody(message, reader, path);
  }
}

async function scanFile(file: DiskFile, bytes: number, path: string): Promise<Scanned> {
  const trailerAt = Math.max(0, bytes - TRAILER_BYTES);
  const trailer = await new FileByteReader(file, path, bytes, trailerAt).read(TRAILER_BYTES);
  if (Buffer.from(trailer.subarray(4)).toString('latin1') !== MAGIC) {
    throw new PipelineError('badData', `${path}: the Arrow file is cut off: it does not end with its index`);
  }
  const footer = await footerOf(file, trailerAt, Buffer.from(trailer).readInt32LE(), path);
  const blocks: ArrowBlock[] = [];
  const counts = new Map<string, number[]>();
  let bodies = 0;
  for (const { offset } of [...footer.dictionaryBlocks, ...footer.batchBlocks]) {
    const reader = new FileByteReader(file, path, bytes, offset);
    const message = await messageAt(reader, path);
    await skipBody(message, reader, path);
    blocks.push(blockOf(message, offset));
    count(counts, footer, message);
    bodies += message.bodyLength;
  }
  if (bodies > bytes) {
    throw new PipelineError(
      'badData',
      `${path}: not readable as an Arrow file: its index has the same batch several times`,
    );
  }
  return { schema: footer, blocks, counts };
}

async function footerOf(file: DiskFile, end: number, length: number, path: string): Promise<IpcFooter> {
  if (length <= 0 || length > end) {
    throw new PipelineError('badData', `${path}: not readable as an Arrow file: its index has ${length} bytes`);
  }
  const bytes = await new FileByteReader(file, path, end, end - length).read(length);
  return decoding(path, () => readFooter(bytes));
}

async function messageAt(reader: FileByteReader, place: string): Promise<IpcMessage> {
  const message = reader.position < 0 ? undefined : await nextMessage(reader, place);
  if (!message) throw new PipelineError('badData', `${place}: an Arrow batch is missing where the index has it`);
  return message;
}

function count(counts: Map<string, number[]>, { schema }: IpcSchema, { header }: IpcMessage): void {
  if (header.kind !== 'batch') return;
  addCounts(
    counts,
    schema.fields,
    header.nodes.map(({ length }) => length),
  );
}

function blockOf({ header }: IpcMessage, offset: number): ArrowBlock {
  if (header.kind === 'batch') return { offset, rows: header.rows, compression: header.compression };
  return { offset, rows: undefined, compression: header.kind === 'dictionary' ? header.values.compression : undefined };
}
