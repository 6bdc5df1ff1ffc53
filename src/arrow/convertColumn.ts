import { Data, DataType, type Float, Precision, Vector } from 'apache-arrow';
import { listColumn, listElements, numberColumn } from './columns.js';
import { decodeDictionary } from './gather.js';
import { isBytes, isText, isViews, itemType } from './kinds.js';
import { typeName } from './typeName.js';
import { viewedBytes, viewLength } from './views.js';

/** A value that the wanted type cannot hold. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
  readonly row: number;

  constructor(row: number, found: string) {
    super(found);
    this.row = row;
  }
}

/**
 * Whether columns of one type can be read as another, value by value without loss: lists of any kind as each other, texts of any kind as
 * utf8, bytes as binary, integers and booleans as integers of any width, numbers as wider floats, dictionaries as what they stand for.
 */
export function isConvertible(from: DataType, to: DataType): boolean {
  if (typeName(from) === typeName(to)) return true;
  if (DataType.isDictionary(from)) return isConvertible(from.dictionary, to);
  if (DataType.isFixedSizeList(to) || DataType.isList(to)) {
    const item = itemType(from);
    const isSized = DataType.isFixedSizeList(from) && DataType.isFixedSizeList(to);
    return item !== undefined && isConvertible(item, to.valueType) && (!isSized || from.listSize === to.listSize);
  }
  if (DataType.isUtf8(to)) return isText(from);
  if (DataType.isBinary(to)) return isBytes(from);
  if (DataType.isInt(to)) return DataType.isInt(from) || DataType.isBool(from);
  if (!DataType.isFloat(to)) return false;
  return DataType.isFloat(from) ? from.precision < to.precision : DataType.isInt(from) && isExact(from.bitWidth, to);
}

/** Whether every integer of so many bits is a number of that type; float64 is asked value by value. */
function isExact(bitWidth: number, { precision }: Float): boolean {
  return precision === Precision.DOUBLE || (precision === Precision.SINGLE && bitWidth <= 16);
}

/**
 * A column without nulls as one of another type that it is convertible to. What lies as the type wants it is not copied.
 * @throws ConversionError
 */
export function convertColumn(data: Data, to: DataType): Data {
  const { type } = data;
  if (typeName(type) === typeName(to)) return data;
  if (DataType.isDictionary(type)) return convertColumn(decodeDictionary(data), to);
  if (DataType.isFixedSizeList(to)) return toFixedSizeList(data, to.listSize, to);
  if (DataType.isList(to)) {
    const { offsets, elements } = listed(data);
    return listColumn(
      to,
      offsets,
      convertElements(elements, to.valueType, (at) => rowOf(offsets, at)),
    );
  }
  if (isViews(type)) return fromViews(data, to);
  if (isText(type) || isBytes(type)) return fromLarge(data, to);
  return numberColumn(to, DataType.isFloat(type) ? floats(data, to) : numbers(data, to));
}

function toFixedSizeList(data: Data, size: number, to: DataType & { readonly valueType: DataType }): Data {
  const { offsets, elements } = listed(data);
  for (let row = 0; row < data.length; row++) {
    const found = offsets[row + 1]! - offsets[row]!;
    if (found !== size) throw new ConversionError(row, `a list of ${found}, not of ${size}`);
  }
  const items = convertElements(elements, to.valueType, (at) => Math.floor(at / size));
  return new Data(to, 0, data.length, 0, undefined, [items]);
}

/** @param row of an element's list */
function convertElements(elements: Data, to: DataType, row: (element: number) => number): Data {
  try {
    return convertColumn(elements, to);
  } catch (error) {
    if (error instanceof ConversionError) throw new ConversionError(row(error.row), error.message);
    throw error;
  }
}

/** The elements of a column of lists of any kind, no others, and where each row begins among them. */
function listed(data: Data): { offsets: Int32Array; elements: Data } {
  const { type, length } = data;
  const child = listElements(data);
  if (DataType.isFixedSizeList(type)) {
    const offsets = Int32Array.from({ length: length + 1 }, (_, row) => row * type.listSize);
    return { offsets, elements: child.slice(0, length * type.listSize) };
  }
  const { offsets, start } = offsetsFromZero(data);
  return { offsets, elements: child.slice(start, offsets[length]!) };
}

const LARGEST_OFFSET = 2 ** 31 - 1;

/** Where rows begin, counted from the first. */
function offsetsFromZero({ length, valueOffsets }: Data): { offsets: Int32Array; start: number } {
  const from: Int32Array | BigInt64Array = valueOffsets;
  const start = Number(from[0] ?? 0);
  const offsets = new Int32Array(length + 1);
  for (let row = 0; row <= length; row++) {
    const offset = Number(from[row] ?? 0) - start;
    if (offset > LARGEST_OFFSET) throw new ConversionError(row - 1, `element ${offset} of the batch, 2^31 or more`);
    offsets[row] = offset;
  }
  return { offsets, start };
}

function rowOf(offsets: Int32Array, element: number): number {
  return offsets.findIndex((offset) => offset > element) - 1;
}

function fromLarge(data: Data, to: DataType): Data {
  const { offsets, start } = offsetsFromZero(data);
  const bytes = (data.values as Uint8Array).subarray(start, start + offsets[data.length]!);
  return new Data(to, 0, data.length, 0, [offsets, bytes]);
}

function fromViews(data: Data, to: DataType): Data {
  const offsets = new Int32Array(data.length + 1);
  for (let row = 0; row < data.length; row++) {
    const end = offsets[row]! + viewLength(data, row);
    if (end > LARGEST_OFFSET) throw new ConversionError(row, `byte ${end} of the batch, 2^31 or more`);
    offsets[row + 1] = end;
  }
  const bytes = new Uint8Array(offsets[data.length]!);
  for (let row = 0; row < data.length; row++) bytes.set(viewedBytes(data, row), offsets[row]);
  return new Data(to, 0, data.length, 0, [offsets, bytes]);
}

type NumberArray = Record<number, number | bigint> & { readonly length: number };

/** Narrower ones, which are exact. */
function floats(data: Data, to: DataType): Float32Array | Float64Array {
  const FloatArray = to.ArrayType as Float64ArrayConstructor;
  if (typeName(data.type) !== 'float16') return new FloatArray((data.values as Float32Array).subarray(0, data.length));
  const halves = new Vector([data]);
  return FloatArray.from({ length: data.length }, (_, row) => halves.get(row) as number);
}

/** Integers or booleans, each of which must be what it was. */
function numbers(data: Data, to: DataType): Float64Array {
  const from = DataType.isBool(data.type) ? bits(data) : (data.values as NumberArray);
  const into = new (to.ArrayType as Float64ArrayConstructor)(data.length);
  const target = into as NumberArray;
  const isWide = DataType.isInt(to) && to.bitWidth === 64;
  for (let row = 0; row < data.length; row++) {
    const value = from[row]!;
    target[row] = isWide ? BigInt(value) : Number(value);
    // Between numbers and bigints, == is the equality of what they stand for.
    if (target[row] == value) continue;
    throw new ConversionError(row, DataType.isFloat(to) ? `${value}, which ${typeName(to)} cannot hold` : `${value}`);
  }
  return into;
}

function bits({ values, offset, length }: Data): Uint8Array {
  const packed: Uint8Array = values;
  return Uint8Array.from({ length }, (_, row) => (packed[(offset + row) >> 3]! >> ((offset + row) & 7)) & 1);
}
