import { DataType, type Field, Precision, type Schema } from 'apache-arrow';
import { concatBytes } from '../bytes.js';
import { i32, struct, unsigned } from './thrift.js';

/** A column of fixed-size lists of floats without nulls. Its pages in Parquet, plain, are the memory of Arrow behind a few bytes. */
export interface PlainColumn {
  readonly name: string;
  readonly listSize: number;
  /** What Parquet calls the type of its numbers. */
  readonly type: number;
  /** And its numbers. */
  readonly path: readonly string[];
}

/** From so many numbers in a list on, its levels, five bytes, count for little. */
const LEAST_LIST = 16;
const MOST_BYTES = 2 ** 31 - 1;

/** What Parquet calls things by. */
const [FLOAT, DOUBLE] = [4, 5];
const [DATA_PAGE, PLAIN, RLE] = [0, 0, 3];

/** How such a page is encoded: numbers and levels. */
export const PLAIN_ENCODINGS: readonly number[] = [PLAIN, RLE];

/** The column with the longest rows of those that can be written plain. */
export function plainColumn({ fields }: Schema): PlainColumn | undefined {
  const columns = fields.flatMap(({ name, type, nullable }): PlainColumn[] => {
    if (nullable || !DataType.isFixedSizeList(type) || type.listSize < LEAST_LIST) return [];
    const item = type.children[0] as Field;
    if (item.nullable || !DataType.isFloat(item.type) || item.type.precision === Precision.HALF) return [];
    const isSingle = item.type.precision === Precision.SINGLE;
    return [{ name, listSize: type.listSize, type: isSingle ? FLOAT : DOUBLE, path: [name, 'list', item.name] }];
  });
  const width = ({ listSize, type }: PlainColumn): number => listSize * (type === FLOAT ? 4 : 8);
  return columns.toSorted((a, b) => width(b) - width(a))[0];
}

/** What stands before the numbers of so many rows: the header of their page, and their levels in runs. */
export function pageHead({ listSize }: PlainColumn, rows: number, valueBytes: number): Uint8Array<ArrayBuffer> {
  const values = rows * listSize;
  const row = concatBytes([run(1, 0), run(listSize - 1, 1)]);
  const repetition = concatBytes(Array.from({ length: rows }, () => row));
  const levels = [repetition, run(values, 1)].flatMap((runs) => [int32(runs.length), runs]);
  const size = levels.reduce((sum, { length }) => sum + length, valueBytes);
  if (size > MOST_BYTES) throw new Error(`expected a page of at most ${MOST_BYTES} bytes, got ${size}`);
  const header = struct({
    1: i32(DATA_PAGE),
    2: i32(size),
    3: i32(size),
    5: struct({ 1: i32(values), 2: i32(PLAIN), 3: i32(RLE), 4: i32(RLE) }),
  });
  return concatBytes([header.bytes, ...levels]);
}

/** How often a level of one bit comes. */
function run(count: number, level: number): Uint8Array {
  return Uint8Array.of(...unsigned(2 * count), level);
}

function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
