import { concatBytes } from '../bytes.js';
import { type PlainColumn, PLAIN_ENCODINGS } from './plainPages.js';
import {
  changed,
  type Fields,
  fieldsOf,
  i32,
  i64,
  integerOf,
  itemsOf,
  list,
  struct,
  text,
  textOf,
  type Thrift,
} from './thrift.js';

/** What a Parquet file begins and ends with. */
export const MAGIC = new TextEncoder().encode('PAR1');

/** A column of a row group. */
export interface ColumnChunk {
  readonly column: string;
  /** Where it lies in the file. */
  readonly offset: number;
  readonly bytes: number;
  /** `ColumnMetaData` */
  readonly data: Thrift;
}

/** The columns of a row group, and how many rows they have. */
export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly ColumnChunk[];
}

/** Fields of Parquet's metadata by their numbers. */
const FILE = { rows: 3, rowGroups: 4 };
const GROUP = { columns: 1, bytes: 2, rows: 3, offset: 5, compressedBytes: 6 };
const CHUNK = { offset: 2, data: 3 };
const DATA = { type: 1, encodings: 2, path: 3, codec: 4, values: 5, bytes: 6, compressedBytes: 7 };
const PAGES = { data: 9, dictionary: 11 };
const UNCOMPRESSED = 0;

/** The chunk of so many rows that pages are, one after the other. */
export function plainChunk(plain: PlainColumn, rows: number, offset: number, bytes: number): ColumnChunk {
  const data = struct({
    [DATA.type]: i32(plain.type),
    [DATA.encodings]: list(PLAIN_ENCODINGS.map(i32)),
    [DATA.path]: list(plain.path.map(text)),
    [DATA.codec]: i32(UNCOMPRESSED),
    [DATA.values]: i64(rows * plain.listSize),
    [DATA.bytes]: i64(bytes),
    [DATA.compressedBytes]: i64(bytes),
    [PAGES.data]: i64(offset),
  });
  return { column: plain.name, offset, bytes, data };
}

/**
 * The only row group of a file: the bytes of its columns, and what these are where the bytes begin elsewhere.
 * @throws Error if the file has other rows
 */
export function onlyRowGroup(
  file: Uint8Array,
  rows: number,
): { readonly bytes: Uint8Array; readonly at: (offset: number) => ColumnChunk[] } {
  const groups = itemsOf(footerOf(file).get(FILE.rowGroups)).map(fieldsOf);
  const found = groups.map((group) => integerOf(group.get(GROUP.rows)));
  if (found.length !== 1 || found[0] !== rows) {
    throw new Error(`the Parquet encoder has written row groups of ${found.join(', ')} rows instead of ${rows}`);
  }
  const group = groups[0]!;
  return {
    bytes: file.subarray(MAGIC.length, MAGIC.length + integerOf(group.get(GROUP.compressedBytes))),
    at: (offset) =>
      itemsOf(group.get(GROUP.columns)).map((chunk) =>
        movedChunk(fieldsOf(fieldsOf(chunk).get(CHUNK.data)!), offset - MAGIC.length),
      ),
  };
}

function movedChunk(data: Fields, by: number): ColumnChunk {
  const pages = [PAGES.dictionary, PAGES.data].filter((number) => data.has(number));
  const offsets = pages.map((number) => integerOf(data.get(number)) + by);
  return {
    column: textOf(itemsOf(data.get(DATA.path))[0]),
    offset: Math.min(...offsets),
    bytes: integerOf(data.get(DATA.compressedBytes)),
    data: changed(data, Object.fromEntries(pages.map((number, i) => [number, i64(offsets[i]!)]))),
  };
}

/**
 * What comes after the pages of a file.
 *
 * @param empty a file without rows, of the same schema
 * @param columns names of its columns, in order
 */
export function endOfFile(empty: Uint8Array, columns: readonly string[], groups: readonly RowGroup[]): Uint8Array {
  const described = groups.map(({ rows, chunks }) => {
    const inOrder = columns.flatMap((name) => chunks.filter(({ column }) => column === name));
    const bytes = i64(sumOf(chunks.map((chunk) => chunk.bytes)));
    return struct({
      [GROUP.columns]: list(inOrder.map(({ data }) => struct({ [CHUNK.offset]: i64(0), [CHUNK.data]: data }))),
      [GROUP.bytes]: bytes,
      [GROUP.rows]: i64(rows),
      [GROUP.offset]: i64(Math.min(...chunks.map(({ offset }) => offset))),
      [GROUP.compressedBytes]: bytes,
    });
  });
  const rows = i64(sumOf(groups.map((group) => group.rows)));
  const { bytes } = changed(footerOf(empty), { [FILE.rows]: rows, [FILE.rowGroups]: list(described) });
  return concatBytes([bytes, new Uint8Array(Uint32Array.of(bytes.length).buffer), MAGIC]);
}

function footerOf(file: Uint8Array): Fields {
  const end = file.length - MAGIC.length - 4;
  const length = new DataView(file.buffer, file.byteOffset + end).getUint32(0, true);
  return fieldsOf({ bytes: file.subarray(end - length) });
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
