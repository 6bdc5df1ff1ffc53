import { existsSync } from 'node:fs';
import { type DataType, Field, FixedSizeList, type RecordBatch, Schema, Uint8 } from 'apache-arrow';
import { describeSchema, type SchemaSummary } from '../arrow/describeSchema.js';
import { plainRows, type PlainValue } from '../arrow/plainValue.js';
import { PipelineError } from '../errors.js';
import { IdxParser } from '../idx/idxParser.js';
import { Inflater } from '../idx/inflater.js';
import { otherFormat } from '../idx/magic.js';
import { ARROW_ENDINGS, openArrow, readArrow } from './arrowSource.js';
import { FileByteReader } from './fileByteReader.js';
import { fileContent } from './fileChunks.js';
import { globOf } from './folders.js';
import { openSource } from './open.js';
import { openParquet, PARQUET_ENDINGS, readParquet } from './parquetSource.js';
import { inputFiles, inputStats, openInput } from './paths.js';
import { plySource } from './ply.js';
import { xyzSource } from './xyz.js';

export type { PlainValue } from '../arrow/plainValue.js';

/** What the names of files of point clouds end in. */
const CLOUD_ENDINGS = { xyz: ['.xyz', '.extxyz', '.xyz.gz', '.extxyz.gz'], ply: ['.ply', '.ply.gz'] } as const;

/** What a file holds, as plain data. */
export interface FileSummary extends SchemaSummary {
  readonly path: string;
  readonly format: 'parquet' | 'arrow file' | 'arrow stream' | 'idx' | 'xyz' | 'ply';
  /** More than one for a directory or a glob. */
  readonly files: number;
  readonly bytes: number;
  readonly rows: number;
  /** Row groups of Parquet, batches of Arrow; nothing for the others. */
  readonly groups?: number;
  /** Codecs in use, each once. */
  readonly compression: readonly string[];
  /** The program that wrote it, as far as it says so. */
  readonly createdBy?: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The first rows. */
  readonly head: readonly Readonly<Record<string, PlainValue>>[];
}

/**
 * Looks into files of Parquet, Arrow IPC, IDX, XYZ or PLY, the latter three plain or gzipped; first bytes tell them apart. Of a directory
 * or a glob, files of the first kind that is there count, by their endings.
 *
 * @param headRows how many of the first rows to give
 * @throws PipelineError `missingInput`; `badData` if it is none of these, or damaged
 */
export async function inspectFile(path: string, { headRows = 5 }: { headRows?: number } = {}): Promise<FileSummary> {
  const isOne = existsSync(path) || !globOf(path);
  if (!isOne || (await inputStats(path)).isDirectory) return inspectFolder(path, headRows);
  const start = await firstBytes(path);
  if (startsWith(start, 'PAR1')) return inspectParquet(path, headRows);
  if (startsWith(start, 'ARROW1') || startsWith(start, '\xff\xff\xff\xff')) return inspectArrow(path, headRows);
  const content = Buffer.concat(new Inflater(path).push(start));
  if (startsWith(content, '\0\0')) return inspectIdx(path, content, headRows);
  if (startsWith(content, 'ply')) return inspectClouds('ply', path, headRows);
  if (/^\s*\d+\s*[\r\n]/.test(content.toString('latin1'))) return inspectClouds('xyz', path, headRows);
  const other = otherFormat(content);
  const found = other === undefined ? 'none of them' : `one that is ${other}`;
  throw new PipelineError('badData', `${path}: expected a file of ${KINDS}, found ${found}`);
}

const KINDS = 'Parquet, Arrow IPC, IDX, XYZ or PLY';

async function inspectFolder(path: string, headRows: number): Promise<FileSummary> {
  const kinds = [
    [PARQUET_ENDINGS, inspectParquet],
    [ARROW_ENDINGS, inspectArrow],
    [CLOUD_ENDINGS.xyz, (folder: string, rows: number) => inspectClouds('xyz', folder, rows)],
    [CLOUD_ENDINGS.ply, (folder: string, rows: number) => inspectClouds('ply', folder, rows)],
  ] as const;
  const [first] = await inputFiles(
    path,
    kinds.flatMap(([endings]) => endings),
  );
  const found = kinds.find(([endings]) => endings.some((ending) => first!.toLowerCase().endsWith(ending)));
  return (found?.[1] ?? inspectParquet)(path, headRows);
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
    ...describe(schema),
    head: await headOf((signal) => readParquet(table, signal), headRows),
  };
}

async function inspectArrow(path: string, headRows: number): Promise<FileSummary> {
  const table = await openArrow(path);
  const { files } = table;
  return {
    path,
    format: `arrow ${files[0]!.format}`,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    rows: table.rows,
    groups: files.flatMap(({ blocks }) => blocks).filter(({ rows }) => rows !== undefined).length,
    compression: [...new Set(files.flatMap(({ compressions }) => compressions))],
    ...describe(table.schema),
    head: await headOf((signal) => readArrow(table, signal), headRows),
  };
}

/** All of the file is read: its header may promise anything. */
async function inspectIdx(path: string, start: Uint8Array, headRows: number): Promise<FileSummary> {
  const parser = new IdxParser(path, start[3] ?? 0);
  const first: Uint8Array[] = [];
  let held = 0;
  let bytes = 0;
  for await (const chunk of fileContent(path, CHUNK_BYTES, new AbortController().signal, (read) => (bytes += read))) {
    const elements = parser.push(chunk);
    const [, ...sides] = parser.header?.shape ?? [];
    if (held < headRows * product(sides)) first.push(elements.slice());
    held += elements.length;
  }
  parser.end();
  const [rows = 0, ...sides] = parser.header?.shape ?? [];
  const size = product(sides);
  const elements = new Uint8Array(Buffer.concat(first));
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
    compression: [await compressionOf(path)],
    ...describe(new Schema([new Field('item', type, false)])),
    head: Array.from({ length: Math.min(headRows, size > 0 ? rows : 0) }, (_, row) => ({
      item: shaped(elements.subarray(row * size, (row + 1) * size), sides),
    })),
  };
}

function product(sides: readonly number[]): number {
  return sides.reduce((all, side) => all * side, 1);
}

/** Point clouds as their source gives them without options. All files are read: none says how many clouds it has. */
async function inspectClouds(format: 'xyz' | 'ply', path: string, headRows: number): Promise<FileSummary> {
  const files = await inputFiles(path, CLOUD_ENDINGS[format]);
  const stats = await Promise.all(files.map(inputStats));
  const source = await openSource(format === 'xyz' ? xyzSource : plySource, { path });
  let rows = 0;
  const head: Record<string, PlainValue>[] = [];
  for await (const batch of source.batches(new AbortController().signal)) {
    rows += batch.numRows;
    head.push(...plainRows(batch, headRows - head.length));
  }
  return {
    path,
    format,
    files: files.length,
    bytes: stats.reduce((sum, { bytes }) => sum + bytes, 0),
    rows,
    compression: [...new Set(await Promise.all(files.map(compressionOf)))],
    ...describe(source.schema),
    head,
  };
}

async function compressionOf(path: string): Promise<'gzip' | 'uncompressed'> {
  return startsWith(await firstBytes(path), '\x1f\x8b') ? 'gzip' : 'uncompressed';
}

function shaped(elements: Uint8Array, [side, ...inner]: readonly number[]): PlainValue {
  if (side === undefined) return elements[0]!;
  const size = elements.length / side;
  return Array.from({ length: side }, (_, i) => shaped(elements.subarray(i * size, (i + 1) * size), inner));
}

/** Enough to tell formats apart, even compressed. */
const START_BYTES = 4096;
const CHUNK_BYTES = 256 * 1024;

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await openInput(path);
  try {
    return await new FileByteReader(file, path, START_BYTES).read(START_BYTES);
  } finally {
    await file.close();
  }
}

function startsWith(bytes: Uint8Array, prefix: string): boolean {
  return Buffer.from(bytes.subarray(0, prefix.length)).toString('latin1') === prefix;
}

function describe(schema: Schema): SchemaSummary & Pick<FileSummary, 'metadata'> {
  return { ...describeSchema(schema), metadata: Object.fromEntries(schema.metadata) };
}

async function headOf(
  read: (signal: AbortSignal) => AsyncIterable<RecordBatch>,
  headRows: number,
): Promise<FileSummary['head']> {
  const head: Record<string, PlainValue>[] = [];
  if (headRows === 0) return head;
  for await (const batch of read(new AbortController().signal)) {
    head.push(...plainRows(batch, headRows - head.length));
    if (head.length === headRows) break;
  }
  return head;
}
