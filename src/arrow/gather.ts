import { BufferType, Data, DataType, type RecordBatch } from 'apache-arrow';
import { listElements, type NumberArray, numberColumn, recordBatch } from './columns.js';
import { areEqualDictionaries } from './dictionaries.js';
import type { Scratch } from './scratch.js';
import { typeName } from './typeName.js';

type ColumnBuffers = Partial<Data['buffers']>;

/** Rows named one by one: row `rows[i]` of batch `sources[i]`. */
export interface RowSelection {
  readonly sources: ArrayLike<number>;
  readonly rows: ArrayLike<number>;
  readonly length: number;
}

/** All the batches' rows, in order. */
export function allRows(batches: readonly RecordBatch[]): RowSelection {
  const length = batches.reduce((sum, batch) => sum + batch.numRows, 0);
  const sources = new Uint32Array(length);
  const rows = new Uint32Array(length);
  let at = 0;
  batches.forEach((batch, source) => {
    for (let row = 0; row < batch.numRows; row++, at++) {
      sources[at] = source;
      rows[at] = row;
    }
  });
  return { sources, rows, length };
}

/**
 * Copies rows of several batches of one schema into a new batch, in the order of the selection. Nothing of the batches stays
 * alive in it, unlike in a slice, which keeps its whole parent.
 *
 * @param scratch where numbers are copied to; new arrays if omitted
 */
export function gather(batches: readonly RecordBatch[], selection: RowSelection, scratch?: Scratch): RecordBatch {
  const [first] = batches;
  if (!first) throw new RangeError('gather: expected at least one batch, got none');
  const columns = first.schema.fields.map((_, i) =>
    gatherColumn(
      batches.map((batch) => batch.data.children[i]!),
      selection,
      scratch,
    ),
  );
  return recordBatch(first.schema, selection.length, columns);
}

/** `gather` of one column. */
export function gatherColumn(parts: readonly Data[], selection: RowSelection, scratch?: Scratch): Data {
  const [first] = parts;
  if (!first) throw new RangeError('gather: expected at least one column, got none');
  const { type } = first;
  if (DataType.isNull(type)) return new Data(type, 0, selection.length, selection.length);
  const { nullCount, bitmap } = gatherValidity(parts, selection);
  const make = (buffers: ColumnBuffers, children: Data[] = []): Data => {
    if (bitmap) buffers[BufferType.VALIDITY] = bitmap;
    return new Data(type, 0, selection.length, nullCount, buffers, children, first.dictionary);
  };

  if (DataType.isBool(type)) return make({ [BufferType.DATA]: gatherBits(parts, selection) });
  if (DataType.isFixedSizeList(type)) {
    const children = parts.map((part) => part.children[0]!);
    const flat = flatGather(children, selection, type.listSize, scratch);
    return make({}, [flat ?? gatherColumn(children, expandFixed(selection, type.listSize), scratch)]);
  }
  if (DataType.isStruct(type)) {
    const { children } = first;
    return make(
      {},
      children.map((_, i) =>
        gatherColumn(
          parts.map((part) => part.children[i]!),
          selection,
          scratch,
        ),
      ),
    );
  }
  if (DataType.isList(type)) {
    const { offsets, elements } = expandVariable(parts, selection);
    return make({ [BufferType.OFFSET]: offsets }, [gatherColumn(parts.map(listElements), elements, scratch)]);
  }
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const { offsets, elements } = expandVariable(parts, selection);
    return make({ [BufferType.OFFSET]: offsets, [BufferType.DATA]: gatherValues(parts, elements, 1, scratch) });
  }
  if (DataType.isDictionary(type) && parts.some((part) => !areEqualDictionaries(part.dictionary!, first.dictionary!))) {
    throw new RangeError('gather: dictionary columns of different dictionaries cannot be joined');
  }
  if (!isFixedWidth(type)) throw new RangeError(`gather: columns of type ${typeName(type)} are not supported`);
  return make({ [BufferType.DATA]: gatherValues(parts, selection, first.stride, scratch) });
}

/** Whether each row is `stride` elements of `values`, and that is all of it. */
function isFixedWidth(type: DataType): boolean {
  return (
    DataType.isInt(type) ||
    DataType.isFloat(type) ||
    DataType.isDecimal(type) ||
    DataType.isDate(type) ||
    DataType.isTime(type) ||
    DataType.isTimestamp(type) ||
    DataType.isInterval(type) ||
    DataType.isDuration(type) ||
    DataType.isFixedSizeBinary(type) ||
    DataType.isDictionary(type)
  );
}

/** The usual case, blocks of numbers without nulls inside, copied block by block: no index per number. */
function flatGather(
  parts: readonly Data[],
  selection: RowSelection,
  width: number,
  scratch: Scratch | undefined,
): Data | undefined {
  const [first] = parts;
  if (!first || parts.some((part) => part.nullCount > 0)) return undefined;
  const { type } = first;
  if (DataType.isFixedSizeList(type)) {
    const child = flatGather(
      parts.map((part) => part.children[0]!),
      selection,
      width * type.listSize,
      scratch,
    );
    return child && new Data(type, 0, selection.length * width, 0, undefined, [child]);
  }
  if (!DataType.isInt(type) && !DataType.isFloat(type)) return undefined;
  return numberColumn(type, gatherValues(parts, selection, width * first.stride, scratch));
}

function gatherValues(
  parts: readonly Data[],
  selection: RowSelection,
  stride: number,
  scratch: Scratch | undefined,
): NumberArray {
  const { sources, rows, length } = selection;
  const from = parts.map((part) => part.values as Float64Array);
  const to = newArray(from[0]!, length * stride, scratch);
  for (let i = 0, end = 0; i < length; i = end) {
    end = endOfRun(selection, i);
    const values = from[sources[i]!]!;
    const start = rows[i]! * stride;
    const count = (end - i) * stride;
    if (count >= WORTH_A_CALL) to.set(values.subarray(start, start + count), i * stride);
    else for (let j = 0; j < count; j++) to[i * stride + j] = values[start + j]!;
  }
  return to;
}

function newArray(model: Float64Array, length: number, scratch: Scratch | undefined): Float64Array {
  return scratch?.array(model, length) ?? new (model.constructor as Float64ArrayConstructor)(length);
}

/** Numbers from which on a copy by the engine is faster than a loop. */
const WORTH_A_CALL = 32;

/** The first row after `start` that does not follow the one before it in the same batch. */
function endOfRun({ sources, rows, length }: RowSelection, start: number): number {
  let end = start + 1;
  while (end < length && sources[end] === sources[start] && rows[end] === rows[start]! + end - start) end++;
  return end;
}

function gatherBits(parts: readonly Data[], { sources, rows, length }: RowSelection): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3);
  for (let i = 0; i < length; i++) {
    const part = parts[sources[i]!]!;
    const at = part.offset + rows[i]!;
    if ((part.values as Uint8Array)[at >> 3]! & (1 << (at & 7))) bits[i >> 3]! |= 1 << (i & 7);
  }
  return bits;
}

function gatherValidity(
  parts: readonly Data[],
  { sources, rows, length }: RowSelection,
): { nullCount: number; bitmap?: Uint8Array } {
  if (parts.every((part) => part.nullCount === 0)) return { nullCount: 0 };
  const bitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    if (parts[sources[i]!]!.getValid(rows[i]!)) bitmap[i >> 3]! |= 1 << (i & 7);
    else nullCount++;
  }
  return { nullCount, bitmap };
}

/** The elements of the selected rows of fixed-size lists. */
function expandFixed({ sources, rows, length }: RowSelection, size: number): RowSelection {
  const elements = {
    sources: new Uint32Array(length * size),
    rows: new Uint32Array(length * size),
    length: length * size,
  };
  for (let i = 0, at = 0; i < length; i++) {
    for (let j = 0; j < size; j++, at++) {
      elements.sources[at] = sources[i]!;
      elements.rows[at] = rows[i]! * size + j;
    }
  }
  return elements;
}

/** The elements (or bytes) of the selected rows of variable-size lists, and where each row starts among them. */
function expandVariable(
  parts: readonly Data[],
  { sources, rows, length }: RowSelection,
): { offsets: Int32Array; elements: RowSelection } {
  const offsets = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) {
    const { valueOffsets } = parts[sources[i]!]!;
    offsets[i + 1] = offsets[i]! + valueOffsets[rows[i]! + 1]! - valueOffsets[rows[i]!]!;
  }
  const total = offsets[length]!;
  const elements = { sources: new Uint32Array(total), rows: new Uint32Array(total), length: total };
  for (let i = 0, at = 0; i < length; i++) {
    const { valueOffsets } = parts[sources[i]!]!;
    for (let j = valueOffsets[rows[i]!]!; j < valueOffsets[rows[i]! + 1]!; j++, at++) {
      elements.sources[at] = sources[i]!;
      elements.rows[at] = j;
    }
  }
  return { offsets, elements };
}
