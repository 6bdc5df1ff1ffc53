import { Data, DataType, type Field, type Union, type Vector } from 'apache-arrow';
import { expectExpansion } from '../../expansion.js';
import type { NumberArray } from '../columns.js';
import { isOpenList, isVariableWidth, isViews } from '../kinds.js';
import { decompress } from './decompress.js';
import { DamagedIpc } from './flatTable.js';
import type { BatchHeader } from './message.js';
import { bitAt, numberBytes, setBits, swapBytes, valueBytes } from './values.js';

/** What does not change from batch to batch. */
export interface ReadingContext {
  /** For messages. */
  readonly place: string;
  readonly bigEndian: boolean;
  /** The values of a dictionary as they are now. */
  readonly dictionary: (id: number, type: DataType) => Vector;
}

/** Bytes of the length of a compressed buffer's content, before it; the length is this if it is not compressed. */
const LENGTH_BYTES = 8;
const NOT_COMPRESSED = -1n;
/** Of a column whose nulls nobody has counted. */
const UNKNOWN_NULLS = -1;
const NO_BITMAP = new Uint8Array(0);
/** Rows that a batch may have beyond those that its bytes can hold: columns of nulls have no bytes. */
const ROWS_WITHOUT_BYTES = 2 ** 20;

/** A column's length, and which of its values are there; the bitmap is empty where all are. */
interface Validity {
  readonly length: number;
  readonly nullCount: number;
  readonly bitmap: Uint8Array;
}

/**
 * The columns of one batch out of its body, of which most stay views. Everything that their readers rely on is checked: lengths and
 * places of buffers, offsets, numbers of nulls, indices into dictionaries.
 * @throws DamagedIpc; PipelineError `badData` beyond the limit of expansion
 */
export function readColumns(
  types: readonly DataType[],
  header: BatchHeader,
  body: Uint8Array<ArrayBuffer>,
  context: ReadingContext,
): Data[] {
  const reader = new ColumnReader(header, body, context);
  const columns = types.map((type) => reader.column(type));
  for (const { length } of columns) {
    if (length !== header.rows) throw new DamagedIpc(`a batch of ${header.rows} rows has a column of ${length}`);
  }
  return columns;
}

class ColumnReader {
  readonly #header: BatchHeader;
  readonly #body: Uint8Array<ArrayBuffer>;
  readonly #context: ReadingContext;
  readonly #maxRows: number;
  #node = 0;
  #buffer = 0;
  #viewColumn = 0;

  constructor(header: BatchHeader, body: Uint8Array<ArrayBuffer>, context: ReadingContext) {
    this.#header = header;
    this.#body = body;
    this.#context = context;
    const bytes = header.compression ? this.#announcedBytes() : body.length;
    this.#maxRows = ROWS_WITHOUT_BYTES + 8 * bytes;
    if (header.rows < 0 || header.rows > this.#maxRows) {
      throw new DamagedIpc(`a batch of ${bytes} bytes tells that it has ${header.rows} rows`);
    }
  }

  column(type: DataType): Data {
    const node = this.#header.nodes[this.#node++];
    if (!node) throw new DamagedIpc('a batch has fewer columns than its schema');
    const { length, nulls } = node;
    if (length < 0 || length > this.#maxRows || nulls < UNKNOWN_NULLS || nulls > length) {
      throw new DamagedIpc(`a column has ${length} values and ${nulls} nulls`);
    }
    if (DataType.isNull(type)) return new Data(type, 0, length, length);
    if (DataType.isUnion(type)) return this.#union(type, length, nulls);
    const validity = this.#validity(length, nulls);
    if (DataType.isStruct(type)) {
      const children = type.children.map((field) => this.#part(field, length));
      return dataOf(type, validity, {}, children);
    }
    if (DataType.isFixedSizeList(type)) {
      return dataOf(type, validity, {}, [this.#part(type.children[0] as Field, length * type.listSize)]);
    }
    if (isOpenList(type) || DataType.isMap(type)) {
      const offsets = this.#offsets(type, length);
      return dataOf(type, validity, { offsets }, [this.#part(type.children[0] as Field, Number(offsets.at(-1)!))]);
    }
    if (isVariableWidth(type)) {
      const offsets = this.#offsets(type, length);
      return dataOf(type, validity, { offsets, values: this.#sized(this.#next(), Number(offsets.at(-1)!)) });
    }
    if (isViews(type)) {
      const { views, variadicBuffers } = this.#views(validity);
      return dataOf(type, validity, { values: views, variadicBuffers });
    }
    if (DataType.isBool(type)) return dataOf(type, validity, { values: this.#bytes(Math.ceil(length / 8), []) });
    if (DataType.isDictionary(type)) {
      const values = this.#numbers(type.indices as DataType, length);
      const dictionary = this.#context.dictionary(type.id, type.dictionary as DataType);
      expectIndices(values, validity, dictionary.length);
      return dataOf(type, validity, { values }, [], dictionary);
    }
    return dataOf(type, validity, { values: this.#numbers(type, length) });
  }

  /** A column of which another one has at least so many values. */
  #part(field: Field, needed: number): Data {
    const data = this.column(field.type as DataType);
    if (data.length < needed) {
      throw new DamagedIpc(`${field.name}: expected ${needed} values inside a column, found ${data.length}`);
    }
    return data;
  }

  #union(type: Union, length: number, nulls: number): Data {
    if (this.#header.isVersion4) {
      this.#next();
      if (nulls > 0) throw new DamagedIpc('a union has nulls of its own, as in version 4 of the format: not read here');
    }
    const ids = this.#bytes(length, []);
    const typeIds = new Int8Array(ids.buffer, ids.byteOffset, length);
    const places = DataType.isDenseUnion(type) ? this.#bytes(4 * length, [4]) : undefined;
    const offsets = places && new Int32Array(places.buffer, places.byteOffset, length);
    const children = type.children.map((field) => this.column(field.type as DataType));
    const childOf = new Map(Array.from(type.typeIds, (id, i) => [id, children[i]!]));
    for (const [row, id] of typeIds.entries()) {
      const child = childOf.get(id);
      const at = offsets ? offsets[row]! : row;
      if (!child || at < 0 || at >= child.length) throw new DamagedIpc('a union refers to a value that is not there');
    }
    return dataOf(type, { length, nullCount: 0, bitmap: NO_BITMAP }, { offsets, typeIds }, children);
  }

  #validity(length: number, nulls: number): Validity {
    const buffer = this.#next();
    if (nulls === 0 || (nulls === UNKNOWN_NULLS && buffer.length === 0)) {
      return { length, nullCount: 0, bitmap: NO_BITMAP };
    }
    const bitmap = this.#sized(buffer, Math.ceil(length / 8));
    const found = length - setBits(bitmap, length);
    if (found !== nulls && nulls !== UNKNOWN_NULLS)
      throw new DamagedIpc(`a column tells that it has ${nulls} nulls, it has ${found}`);
    return { length, nullCount: found, bitmap };
  }

  #offsets({ OffsetArrayType: ArrayType }: DataType, length: number): Int32Array | BigInt64Array {
    const unit = ArrayType.BYTES_PER_ELEMENT;
    const bytes = this.#bytes(unit * (length + 1), [unit], true);
    const offsets = new ArrayType(bytes.buffer, bytes.byteOffset, length + 1);
    expectOrder(offsets);
    return offsets;
  }

  /** Values of the same length, as the array that Arrow has for their type. */
  #numbers(type: DataType, length: number): NumberArray {
    const bytes = this.#bytes(length * valueBytes(type), numberBytes(type));
    const ArrayType = type.ArrayType as unknown as {
      new (buffer: ArrayBuffer, byteOffset: number, length: number): NumberArray;
      readonly BYTES_PER_ELEMENT: number;
    };
    return new ArrayType(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / ArrayType.BYTES_PER_ELEMENT));
  }

  #views({ length, nullCount, bitmap }: Validity): { views: Uint8Array; variadicBuffers: Uint8Array[] } {
    if (this.#context.bigEndian && length > 0) throw new DamagedIpc('views with big-endian numbers are not read here');
    const views = this.#bytes(16 * length, []).slice();
    const count = this.#header.viewBuffers[this.#viewColumn++] ?? 0;
    if (count < 0 || count > this.#header.buffers.length) throw new DamagedIpc(`a column has ${count} buffers`);
    const variadicBuffers = Array.from({ length: count }, () => this.#next());
    const view = new DataView(views.buffer);
    for (let row = 0; row < length; row++) {
      const at = 16 * row;
      if (nullCount > 0 && !bitAt(bitmap, row)) {
        views.fill(0, at, at + 16); // what a null refers to is not defined
        continue;
      }
      const bytes = view.getInt32(at, true);
      if (bytes >= 0 && bytes <= 12) continue;
      const [buffer, offset] = [variadicBuffers[view.getInt32(at + 8, true)], view.getInt32(at + 12, true)];
      if (!buffer || bytes < 0 || offset < 0 || offset + bytes > buffer.length) {
        throw new DamagedIpc('a view refers to bytes that are not there');
      }
    }
    return { views, variadicBuffers };
  }

  /**
   * The next buffer: so many bytes, where typed arrays may begin, in the order of this machine.
   * @param mayBeEmpty whether offsets of no rows may be left out
   */
  #bytes(needed: number, numbers: readonly number[], mayBeEmpty = false): Uint8Array<ArrayBuffer> {
    const buffer = this.#next();
    const [unit = 1] = numbers;
    if (mayBeEmpty && buffer.length === 0 && needed === unit) return new Uint8Array(needed);
    const bytes = this.#sized(buffer, needed);
    if (this.#context.bigEndian && unit > 1) return swapBytes(bytes, numbers);
    return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  }

  /** Whole, with what may follow: a copy then has the same bytes. */
  #sized(buffer: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
    if (buffer.length < needed) throw new DamagedIpc(`a buffer has ${buffer.length} bytes, expected ${needed}`);
    return buffer;
  }

  #next(): Uint8Array<ArrayBuffer> {
    const region = this.#header.buffers[this.#buffer++];
    if (!region) throw new DamagedIpc('a batch has fewer buffers than its columns need');
    const bytes = this.#stored(region);
    if (!this.#header.compression || bytes.length === 0) return bytes;
    const length = announced(bytes);
    const compressed = bytes.subarray(LENGTH_BYTES);
    return length === NOT_COMPRESSED ? compressed : decompress(this.#header.compression, compressed, Number(length));
  }

  #stored({ offset, length }: BatchHeader['buffers'][number]): Uint8Array<ArrayBuffer> {
    if (offset < 0 || length < 0 || offset + length > this.#body.length) {
      throw new DamagedIpc(
        `a buffer of ${length} bytes at ${offset} is not within its batch of ${this.#body.length} bytes`,
      );
    }
    return this.#body.subarray(offset, offset + length);
  }

  /** What all buffers will take. */
  #announcedBytes(): number {
    let sum = 0;
    for (const region of this.#header.buffers) {
      const bytes = this.#stored(region);
      if (bytes.length === 0) continue;
      const length = announced(bytes);
      sum += length === NOT_COMPRESSED ? bytes.length : Number(length);
    }
    expectExpansion(this.#context.place, this.#body.length, sum);
    return sum;
  }
}

interface ColumnBuffers {
  readonly offsets?: Int32Array | BigInt64Array | undefined;
  readonly values?: NumberArray;
  readonly typeIds?: Int8Array;
  readonly variadicBuffers?: Uint8Array[];
}

function dataOf(
  type: DataType,
  { length, nullCount, bitmap }: Validity,
  { offsets, values, typeIds, variadicBuffers }: ColumnBuffers,
  children: Data[] = [],
  dictionary?: Vector,
): Data {
  const buffers = [offsets, values, bitmap, typeIds] as ConstructorParameters<typeof Data>[4];
  return new Data(type, 0, length, nullCount, buffers, children, dictionary, variadicBuffers);
}

function announced(bytes: Uint8Array): bigint {
  if (bytes.length < LENGTH_BYTES) throw new DamagedIpc('a compressed buffer has no length');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
  if (length < NOT_COMPRESSED) throw new DamagedIpc(`a compressed buffer has the length ${length}`);
  return length;
}

function expectOrder(offsets: Int32Array | BigInt64Array): void {
  let last = offsets[0]!;
  if (last < 0) throw new DamagedIpc(`offsets begin at ${last}`);
  for (const offset of offsets) {
    if (offset < last) throw new DamagedIpc(`offset ${offset} comes after ${last}`);
    last = offset;
  }
}

function expectIndices(indices: NumberArray, { length, nullCount, bitmap }: Validity, values: number): void {
  for (let row = 0; row < length; row++) {
    const index = indices[row]!;
    if ((index < 0 || index >= values) && (nullCount === 0 || bitAt(bitmap, row))) {
      throw new DamagedIpc(`an index into a dictionary of ${values} values is ${index}`);
    }
  }
}
