import { BufferType, Data, DataType, RecordBatch, Vector } from 'apache-arrow';
import { adoptSchema, isOurs } from './adoptSchema.js';
import { recordBatch } from './columns.js';
import { childTypes, isOpenList, isVariableWidth, isViews } from './kinds.js';

/**
 * The batch as the rest of the library may rely on it: of the Arrow that this library has, with all buffers and children that the types
 * call for. Batches that are so pass as they are, others are views of the same memory. This is the door for batches that somebody
 * else made: of another copy of Arrow, out of a table without rows, slices that Arrow's writer gets wrong.
 */
export function adoptBatch(batch: RecordBatch): RecordBatch {
  const schema = adoptSchema(batch.schema);
  if (schema === batch.schema && isOurs(RecordBatch, batch) && isSound(batch.data)) return batch;
  const columns = schema.fields.map(({ type }, i) =>
    batch.numRows === 0 ? emptyColumn(type) : sound(batch.data.children[i]!, type),
  );
  return recordBatch(schema, batch.numRows, columns);
}

function emptyColumn(type: DataType): Data {
  return sound(new Data(type, 0, 0, 0), type);
}

function isSound(data: Data): boolean {
  return (
    isOurs(Data, data) &&
    isOurs(DataType, data.type) &&
    data.children.length === childTypes(data.type).length &&
    data.children.every(isSound) &&
    (!hasOffsets(data.type) || data.valueOffsets?.length > data.length) &&
    (!hasValues(data.type) || data.values !== undefined) &&
    isWrittenRightly(data) &&
    (!DataType.isDictionary(data.type) || (data.dictionary !== undefined && isSoundDictionary(data.dictionary)))
  );
}

/** Arrow's writer counts the start of a slice of views twice, and not the nulls in a slice of nothing else. */
function isWrittenRightly(data: Data): boolean {
  if (DataType.isNull(data.type)) return data.nullCount === data.length;
  return isViews(data.type) ? data.offset === 0 : !startsWithin(data);
}

/** Whether it is of lists that begin after the first element of their child, with views inside, which the writer would slice. */
function startsWithin({ type, length, valueOffsets }: Data): boolean {
  return length > 0 && isVariableList(type) && Number(valueOffsets?.[0] ?? 0) > 0 && holdsViews(type);
}

function holdsViews(type: DataType): boolean {
  return isViews(type) || childTypes(type).some(holdsViews);
}

/** Lists that begin with the first element of their child. */
function fromStart(data: Data): Data {
  const offsets: Int32Array | BigInt64Array = data.valueOffsets;
  const [start, end] = [Number(offsets[0]), Number(offsets[data.length])];
  const rebased =
    offsets instanceof BigInt64Array
      ? offsets.map((offset) => offset - BigInt(start))
      : offsets.map((offset) => offset - start);
  const children = [data.children[0]!.slice(start, end - start)];
  const buffers = { [BufferType.OFFSET]: rebased, ...(data.nullBitmap && { [BufferType.VALIDITY]: data.nullBitmap }) };
  return new Data(data.type, data.offset, data.length, data.nullCount, buffers, children);
}

function isSoundDictionary(dictionary: Vector): boolean {
  return isOurs(Vector, dictionary) && dictionary.data.every(isSound);
}

function sound(data: Data, type: DataType): Data {
  if (data.type === type && isSound(data)) return data;
  if (DataType.isNull(type)) return new Data(type, 0, data.length, data.length);
  if (startsWithin(data)) return sound(fromStart(data), type);
  const { length, nullCount, variadicBuffers, typeIds } = data;
  const offset = isViews(type) ? 0 : data.offset;
  const validity: Uint8Array | undefined =
    offset === data.offset || nullCount === 0 ? data.nullBitmap : bitRange(data.nullBitmap, data.offset, length);
  const valueOffsets: Int32Array | BigInt64Array | undefined =
    hasOffsets(type) && !(data.valueOffsets?.length > length)
      ? new type.OffsetArrayType(length + 1)
      : data.valueOffsets;
  const values: unknown = data.values ?? (hasValues(type) ? new type.ArrayType(length * data.stride) : undefined);
  const children = childTypes(type).map((child, i) => {
    const given = data.children[i];
    return given ? sound(given, child) : emptyColumn(child);
  });
  const dictionary = DataType.isDictionary(type) ? soundDictionary(data.dictionary, type.dictionary) : undefined;
  const buffers = [valueOffsets, values, validity, typeIds] as Partial<Data['buffers']>;
  return new Data(type, offset, length, nullCount, buffers, children, dictionary, [...variadicBuffers]);
}

/** Batches that share a dictionary do so afterwards, too. */
const dictionaries = new WeakMap<Vector, Vector>();

function soundDictionary(dictionary: Vector | undefined, type: DataType): Vector {
  if (!dictionary) return new Vector([emptyColumn(type)]);
  if (isSoundDictionary(dictionary)) return dictionary;
  const known = dictionaries.get(dictionary);
  const own = known ?? new Vector(dictionary.data.map((chunk) => sound(chunk, type)));
  dictionaries.set(dictionary, own);
  return own;
}

/** One more than there are rows. */
function hasOffsets(type: DataType): boolean {
  return isVariableList(type) || isVariableWidth(type);
}

function hasValues(type: DataType): boolean {
  return !DataType.isNull(type) && !DataType.isUnion(type) && !DataType.isStruct(type) && childTypes(type).length === 0;
}

function isVariableList(type: DataType): boolean {
  return isOpenList(type) || DataType.isMap(type);
}

function bitRange(bits: Uint8Array, start: number, length: number): Uint8Array {
  const range = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) {
    const at = start + i;
    if (bits[at >> 3]! & (1 << (at & 7))) range[i >> 3]! |= 1 << (i & 7);
  }
  return range;
}
