import { FixedSizeList, Field, type DataType, type RecordBatch, type Schema, Uint8, util } from 'apache-arrow';
import { typeName } from '../arrow/typeName.js';
import { PipelineError } from '../errors.js';
import { IdxParser } from '../idx/idxParser.js';
import { Inflater } from '../idx/inflater.js';
import { readArrowFile, scanArrowFile } from './arrowFile.js';
import { FileByteReader } from './byteReaders.js';
import { openParquet, readParquet } from './parquetSource.js';
import { inputStats, openInput } from './paths.js';

/** What a file holds, as plain data. */
export interface FileSummary {
  readonly path: string;
  readonly format: 'parquet' | 'arrow file' | 'arrow stream' | 'idx';
  /** More than one for a directory of Parquet files. */
  readonly files: number;
  readonly bytes: number;
  readonly rows: number;
  /** Row groups of Parquet, batches of Arrow; nothing for IDX. */
  readonly groups?: number;
  /** Codecs in use, each once. */
  readonly compression: readonly string[];
  /** The program that wrote it, as far as it says so. */
  readonly createdBy?: string;
  readonly columns: readonly ColumnSummary[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The first rows. */
  readonly head: readonly Readonly<Record<string, PlainValue>>[];
}

export interface ColumnSummary {
  readonly name: string;
  /** As the documentation writes it: `fixed_size_list<float32, 308>`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Integers beyond 2^53 are strings, bytes are lists of numbers. */
export type PlainValue =
  null | boolean | number | string | readonly PlainValue[] | { readonly [key: string]: PlainValue };

/**
 * Looks into a Parquet file or directory, an Arrow IPC file or stream, or an IDX file (plain or gzipped); its first bytes tell.
 *
 * @param headRows how many of the first rows to give
 * @throws PipelineError `missingInput`; `badData` if it is none of these, or damaged
 */
export async function inspectFile(path: string, { headRows = 5 }: { headRows?: number } = {}): Promise<FileSummary> {
  const { bytes, isDirectory } = await inputStats(path);
  const start = isDirectory ? new Uint8Array(0) : await firstBytes(path, bytes);
  if (isDirectory || startsWith(start, [...Buffer.from('PAR1')])) return inspectParquet(path, headRows);
  if (startsWith(start, [...Buffer.from('ARROW1')]) || startsWith(start, [0xff, 0xff, 0xff, 0xff])) {
    return inspectArrow(path, headRows);
  }
  if (startsWith(start, [0x1f, 0x8b]) || startsWith(start, [0, 0, 8])) return inspectIdx(path, bytes, start, headRows);
  throw new PipelineError('badData', `${path}: expected Parquet, Arrow IPC or IDX, found none of them`);
}

async function inspectParquet(path: string, headRows: number): Promise<FileSummary> {
  const table = await openParquet(path, { columns: undefined, batchRows: Math.max(1, headRows) });
  const { files, footers, schema, rows } = table;
  const sizes = await Promise.all(files.map(inputStats));
  const groups = footers.flatMap(({ rowGroups }) => rowGroups);
  const { createdBy } = footers[0]!;
  return {
    path,
    format: 'parquet',
    files: files.length,
    bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    rows,
    groups: groups.length,
    compression: [...new Set(groups.flatMap(({ compressions }) => compressions))],
    ...(createdBy !== undefined && { createdBy }),
    ...describeSchema(schema),
    head: await headOf((signal) => readParquet(table, signal), headRows),
  };
}

async function inspectArrow(path: string, headRows: number): Promise<FileSummary> {
  const file = await scanArrowFile(path);
  return {
    path,
    format: `arrow ${file.format}`,
    files: 1,
    bytes: file.bytes,
    rows: file.rows,
    groups: file.blocks.filter(({ rows }) => rows !== undefined).length,
    compression: file.compressions,
    ...describeSchema(file.schema),
    head: await headOf((signal) => readArrowFile(file, signal), headRows),
  };
}

function inspectIdx(path: string, bytes: number, start: Uint8Array, headRows: number): FileSummary {
  const content = Buffer.concat(new Inflater(path).push(start));
  const parser = new IdxParser(path, content[3] ?? 0);
  const elements = parser.push(content);
  if (!parser.header) parser.end();
  const [rows = 0, ...sides] = parser.header?.shape ?? [];
  const size = sides.reduce((product, side) => product * side, 1);
  const whole = Math.min(headRows, rows, Math.floor(elements.length / size));
  const type = sides.reduceRight<DataType>(
    (item, side) => new FixedSizeList(side, new Field('item', item, false)),
    new Uint8(),
  );
  return {
    path,
    format: 'idx',
    files: 1,
    bytes,
    rows,
    compression: [startsWith(start, [0x1f, 0x8b]) ? 'gzip' : 'uncompressed'],
    columns: [{ name: 'item', type: typeName(type), nullable: false, metadata: {} }],
    metadata: {},
    head: Array.from({ length: whole }, (_, row) => ({
      item: shaped(elements.subarray(row * size, (row + 1) * size), sides),
    })),
  };
}

function shaped(elements: Uint8Array, [side, ...inner]: readonly number[]): PlainValue {
  if (side === undefined) return elements[0]!;
  const size = elements.length / side;
  return Array.from({ length: side }, (_, i) => shaped(elements.subarray(i * size, (i + 1) * size), inner));
}

/** Enough for the header and a few images, even compressed. */
const START_BYTES = 64 * 1024;

async function firstBytes(path: string, size: number): Promise<Uint8Array> {
  const file = await openInput(path);
  try {
    return await new FileByteReader(file, size).read(START_BYTES);
  } finally {
    await file.close();
  }
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte);
}

function describeSchema({ fields, metadata }: Schema): Pick<FileSummary, 'columns' | 'metadata'> {
  return {
    columns: fields.map((field) => ({
      name: field.name,
      type: typeName(field.type),
      nullable: field.nullable,
      metadata: Object.fromEntries(field.metadata),
    })),
    metadata: Object.fromEntries(metadata),
  };
}

async function headOf(
  read: (signal: AbortSignal) => AsyncIterable<RecordBatch>,
  headRows: number,
): Promise<FileSummary['head']> {
  const head: Record<string, PlainValue>[] = [];
  if (headRows === 0) return head;
  for await (const batch of read(new AbortController().signal)) {
    for (let row = 0; row < batch.numRows && head.length < headRows; row++) {
      const values = batch.schema.fields.map(({ name }, i) => [name, plain(batch.getChildAt(i)?.get(row))] as const);
      head.push(Object.fromEntries(values));
    }
    if (head.length === headRows) break;
  }
  return head;
}

function plain(value: unknown): PlainValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  if (isList(value)) return Array.from(value, plain);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function isList(value: object): value is Iterable<unknown> {
  return util.isArrowVector(value) || ArrayBuffer.isView(value);
}
