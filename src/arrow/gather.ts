import { BufferType, Data, DataType, type Dictionary, type RecordBatch, type Union, Vector } from 'apache-arrow';
import { listElements, numberColumn, recordBatch } from './columns.js';
import { areEqualDictionaries } from './dictionaries.js';
import {
  expandFixed,
  expandVariable,
  gatherBits,
  gatherValidity,
  gatherValues,
  type RowSelection,
} from './gatherBuffers.js';
import { isOpenList, isVariableWidth, isViews } from './kinds.js';
import type { Scratch } from './scratch.js';
import { makeViews, viewedBytes } from './views.js';

export type { RowSelection };

type ColumnBuffers = Partial<Data['buffers']>;

/** All rows of batches with so many each, in order. */
export function allRows(counts: readonly number[]): RowSelection {
  const length = counts.reduce((sum, count) => sum + count, 0);
  const sources = new Uint32Array(length);
  const rows = new Uint32Array(length);
  let at = 0;
  counts.forEach((count, source) => {
    for (let row = 0; row < count; row++, at++) {
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
  if (DataType.isUnion(type)) return gatherUnion(parts, selection, type);
  const { nullCount, bitmap } = gatherValidity(parts, selection, scratch);
  const make = (buffers: ColumnBuffers, children: Data[] = [], { dictionary, bytes }: Outside = {}): Data => {
    if (bitmap) buffers[BufferType.VALIDITY] = bitmap;
    return new Data(type, 0, selection.length, nullCount, buffers, children, dictionary, bytes && [bytes]);
  };

  if (DataType.isBool(type)) return make({ [BufferType.DATA]: gatherBits(parts, selection, scratch) });
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
  if (isOpenList(type) || DataType.isMap(type)) {
    const { offsets, elements } = expandVariable(parts, selection, scratch);
    return make({ [BufferType.OFFSET]: offsets }, [gatherColumn(parts.map(listElements), elements, scratch)]);
  }
  if (isVariableWidth(type)) {
    const { offsets, elements } = expandVariable(parts, selection, scratch);
    return make({ [BufferType.OFFSET]: offsets, [BufferType.DATA]: gatherValues(parts, elements, 1, scratch) });
  }
  if (isViews(type)) {
    const { views, bytes } = gatherViews(parts, selection);
    return make({ [BufferType.DATA]: views }, [], { bytes });
  }
  if (DataType.isDictionary(type)) {
    const { indices, dictionary } = commonDictionary(parts, type);
    return make({ [BufferType.DATA]: gatherValues(indices, selection, 1, scratch) }, [], { dictionary });
  }
  return make({ [BufferType.DATA]: gatherValues(parts, selection, first.stride, scratch) });
}

/** What a column refers to, beside its own buffers. */
interface Outside {
  readonly dictionary?: Vector;
  readonly bytes?: Uint8Array;
}

/** Each row is an element of the child that its type names: in a sparse union of the same row, in a dense one where it says. */
function gatherUnion(parts: readonly Data[], { sources, rows, length }: RowSelection, type: Union): Data {
  const isDense = DataType.isDenseUnion(type);
  const typeIds = new Int8Array(length);
  const offsets = isDense ? new Int32Array(length) : undefined;
  const chosen = type.children.map(() => ({ sources: [] as number[], rows: [] as number[] }));
  for (let i = 0; i < length; i++) {
    const [source, row] = [sources[i]!, rows[i]!];
    const part = parts[source]!;
    const typeId = (part.typeIds as Int8Array)[row]!;
    typeIds[i] = typeId;
    for (const [child, elements] of chosen.entries()) {
      if (isDense && child !== type.typeIdToChildIndex[typeId]) continue;
      if (offsets) offsets[i] = elements.rows.length;
      elements.sources.push(source);
      elements.rows.push(isDense ? (part.valueOffsets as Int32Array)[row]! : row);
    }
  }
  const children = chosen.map((elements, child) =>
    gatherColumn(
      parts.map((part) => part.children[child]!),
      { ...elements, length: elements.rows.length },
    ),
  );
  const buffers: ColumnBuffers = { [BufferType.TYPE]: typeIds, ...(offsets && { [BufferType.OFFSET]: offsets }) };
  return new Data(type, 0, length, 0, buffers, children);
}

function gatherViews(
  parts: readonly Data[],
  { sources, rows, length }: RowSelection,
): { views: Uint8Array; bytes: Uint8Array } {
  return makeViews(
    Array.from({ length }, (_, i) => {
      const [part, row] = [parts[sources[i]!]!, rows[i]!];
      return part.getValid(row) ? viewedBytes(part, row) : undefined;
    }),
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

/** The columns' indices into one dictionary: that of them all, or one of all their values. */
function commonDictionary(parts: readonly Data[], type: Dictionary): { indices: readonly Data[]; dictionary: Vector } {
  const dictionaries = parts.map((part) => part.dictionary!);
  const [first] = dictionaries;
  if (dictionaries.every((each) => areEqualDictionaries(each, first!))) return { indices: parts, dictionary: first! };
  const { dictionary, places } = joinDictionaries(dictionaries, type);
  return { indices: parts.map((part, i) => movedIndices(part, places[i]!)), dictionary };
}

/** A dictionary of the values of several, equal ones once, and for each of these where its values are in that one. */
function joinDictionaries(
  dictionaries: readonly Vector[],
  { indices: { bitWidth, isSigned } }: Dictionary,
): { dictionary: Vector; places: number[][] } {
  const known = new Map<unknown, number>();
  const sources: number[] = [];
  const rows: number[] = [];
  const places = dictionaries.map((dictionary, source) =>
    Array.from({ length: dictionary.length }, (_, row) => {
      const value: unknown = dictionary.get(row);
      const place = known.get(value) ?? rows.length;
      if (place < rows.length) return place;
      if (value === null || typeof value !== 'object') known.set(value, place); // objects are never the same
      sources.push(source);
      rows.push(row);
      return place;
    }),
  );
  const most = 2 ** (isSigned ? bitWidth - 1 : bitWidth);
  if (rows.length > most) {
    throw new RangeError(`expected at most ${most} values in the dictionaries of a column, got ${rows.length}`);
  }
  const values = gatherColumn(dictionaries.map(flatDictionary), { sources, rows, length: rows.length });
  return { dictionary: new Vector([values]), places };
}

function movedIndices({ type, length, offset, nullCount, nullBitmap, values }: Data, places: readonly number[]): Data {
  const before: Int32Array = values;
  const isWide = before instanceof BigInt64Array || before instanceof BigUint64Array;
  const moved = new (before.constructor as Int32ArrayConstructor)(length);
  for (let row = 0; row < length; row++) {
    const place = places[Number(before[row])] ?? 0; // nulls may point anywhere
    (moved as Record<number, number | bigint>)[row] = isWide ? BigInt(place) : place;
  }
  return new Data(type, offset, length, nullCount, [undefined, moved, nullBitmap]);
}

/** The values of a dictionary as one column. */
export function flatDictionary({ data }: Vector): Data {
  const [only, ...others] = data;
  if (only && others.length === 0) return only;
  return gatherColumn(data, allRows(data.map(({ length }) => length)));
}

/** A dictionary column without nulls as the values that it stands for. */
export function decodeDictionary({ length, values, dictionary }: Data): Data {
  const rows = Array.from((values as Int32Array).subarray(0, length), Number);
  return gatherColumn([flatDictionary(dictionary!)], { sources: new Uint8Array(length), rows, length });
}
