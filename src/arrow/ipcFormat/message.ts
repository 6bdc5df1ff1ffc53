import { DamagedIpc, FlatTable } from './flatTable.js';
import { type IpcSchema, readSchemaTable } from './schemaTable.js';

/** What the metadata of a message say; its body follows them in the file. */
export type IpcHeader =
  | ({ readonly kind: 'schema' } & IpcSchema)
  | ({ readonly kind: 'batch' } & BatchHeader)
  | { readonly kind: 'dictionary'; readonly id: number; readonly isDelta: boolean; readonly values: BatchHeader };

export interface BatchHeader {
  readonly rows: number;
  /** Of each column and its parts, depth first. */
  readonly nodes: readonly { readonly length: number; readonly nulls: number }[];
  /** Where their buffers are in the body. */
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
  readonly compression: IpcCompression | undefined;
  /** How many buffers each column of views has beyond its own. */
  readonly viewBuffers: readonly number[];
  /** Version 4 of the format: unions have validity. */
  readonly isVersion4: boolean;
}

export type IpcCompression = 'lz4' | 'zstd';

/** What an Arrow file has at its end. */
export interface IpcFooter extends IpcSchema {
  readonly dictionaryBlocks: readonly IpcBlock[];
  readonly batchBlocks: readonly IpcBlock[];
}

export interface IpcBlock {
  readonly offset: number;
  readonly bodyLength: number;
}

const BLOCK_BYTES = 24;
const BLOCK = { offset: 0, bodyLength: 16 };

/** @throws DamagedIpc */
export function readMessage(metadata: Uint8Array): { readonly header: IpcHeader; readonly bodyLength: number } {
  const message = FlatTable.root(metadata);
  const version = expectVersion(message);
  const bodyLength = message.long(3);
  if (bodyLength < 0) throw new DamagedIpc(`a message has ${bodyLength} bytes`);
  return { header: readHeader(message, version), bodyLength };
}

/** @throws DamagedIpc */
export function readFooter(bytes: Uint8Array): IpcFooter {
  const footer = FlatTable.root(bytes); // its version was not always written; those of messages are
  const schema = footer.table(1);
  if (!schema) throw new DamagedIpc('its index has no schema');
  return {
    ...readSchemaTable(schema),
    dictionaryBlocks: footer.structures(2, BLOCK_BYTES, BLOCK),
    batchBlocks: footer.structures(3, BLOCK_BYTES, BLOCK),
  };
}

/** The versions that Arrow has written since 2017 are 4 and 5; numbers begin at 0. */
function expectVersion(table: FlatTable): number {
  const version = table.short(0) + 1;
  if (version === 4 || version === 5) return version;
  throw new DamagedIpc(`expected version 4 or 5 of the Arrow format, found ${version}`);
}

function readHeader(message: FlatTable, version: number): IpcHeader {
  const kind = message.byte(1);
  const table = message.table(2);
  if (!table) throw new DamagedIpc('a message is empty');
  switch (kind) {
    case 1:
      return { kind: 'schema', ...readSchemaTable(table) };
    case 2: {
      const values = table.table(1);
      if (!values) throw new DamagedIpc('a dictionary has no values');
      return { kind: 'dictionary', id: table.long(0), isDelta: table.bool(2), values: readBatch(values, version) };
    }
    case 3:
      return { kind: 'batch', ...readBatch(table, version) };
    case 4:
    case 5:
      throw new DamagedIpc('expected rows, found a tensor');
    default:
      throw new DamagedIpc(`a message is of the unknown kind ${kind}`);
  }
}

function readBatch(table: FlatTable, version: number): BatchHeader {
  return {
    rows: table.long(0),
    nodes: table.structures(1, 16, { length: 0, nulls: 8 }),
    buffers: table.structures(2, 16, { offset: 0, length: 8 }),
    compression: compressionOf(table.table(3)),
    viewBuffers: table.longs(4),
    isVersion4: version === 4,
  };
}

function compressionOf(table: FlatTable | undefined): IpcCompression | undefined {
  if (!table) return undefined;
  const [codec, method] = [table.byte(0), table.byte(1)];
  if (method !== 0 || codec < 0 || codec > 1) {
    throw new DamagedIpc(`expected batches that are not compressed, or with lz4 or zstd, found codec ${codec}`);
  }
  return codec === 0 ? 'lz4' : 'zstd';
}
