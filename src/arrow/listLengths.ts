/**
 * How long the lists of a column are where their type does not tell: other programs write vectors as lists of any length. A source that
 * knows it, since a whole number of values comes to a row, notes it at the field; whoever needs vectors has each row's length checked.
 */
import { type Data, DataType, Field, FixedSizeList } from 'apache-arrow';
import { listElements } from './columns.js';
import { childTypes, isOpenList, itemType } from './kinds.js';

const KEY = 'listLengths';

/**
 * Notes lengths at a field whose lists end in floats, or are images: those that somebody may need as vectors.
 * @param counts of the rows, of their elements, of the elements' elements …
 */
export function noteListLengths(field: Field, counts: readonly number[]): Field {
  const levels = levelsOf(field.type as DataType);
  if (!levels.some(isOpenList) || !(DataType.isFloat(levels.at(-1)) || levels.length > 2)) return field;
  const lengths = counts.slice(1).map((count, level) => count / counts[level]!);
  const isWhole =
    lengths.length === levels.length - 1 && lengths.every((length) => Number.isInteger(length) && length > 0);
  return isWhole ? field.clone({ metadata: new Map([...field.metadata, [KEY, lengths.join()]]) }) : field;
}

/** The field as it is once its type tells the lengths. */
export function withoutListLengths(field: Field, type: DataType): Field {
  return field.clone({ type, metadata: new Map([...field.metadata].filter(([key]) => key !== KEY)) });
}

/** The type of a field with the lengths noted there, if they are. */
export function notedType({ type, metadata }: Field): DataType | undefined {
  const noted = metadata.get(KEY);
  return noted === undefined ? undefined : sized(type as DataType, noted.split(',').map(Number));
}

/** The type that a column of lists has if all rows are as long as the first. */
export function typeOfFirstRow(data: Data): DataType | undefined {
  const lengths: number[] = [];
  let elements = data;
  for (const level of levelsOf(data.type).slice(0, -1)) {
    if (elements.length === 0) return undefined;
    const offsets: Int32Array | BigInt64Array = elements.valueOffsets;
    const [start, end] = DataType.isFixedSizeList(level)
      ? [0, level.listSize]
      : [Number(offsets[0]), Number(offsets[1])];
    lengths.push(end - start);
    elements = listElements(elements).slice(start, end - start);
  }
  return sized(data.type, lengths);
}

/**
 * Adds up the elements of the lists of each column, level by level.
 * @param lengths of each column and its parts, depth first, as batches of Arrow IPC have them
 */
export function addCounts(counts: Map<string, number[]>, fields: readonly Field[], lengths: readonly number[]): void {
  let node = 0;
  for (const { name, type } of fields) {
    const sums = counts.get(name) ?? [];
    for (const level of levelsOf(type as DataType).keys()) sums[level] = (sums[level] ?? 0) + lengths[node + level]!;
    counts.set(name, sums);
    node += nodesOf(type as DataType);
  }
}

function nodesOf(type: DataType): number {
  return childTypes(type).reduce((sum, child) => sum + nodesOf(child), 1);
}

/** The lists of a type from outside to inside, and what is in the innermost. */
function levelsOf(type: DataType): DataType[] {
  const item = itemType(type);
  return item ? [type, ...levelsOf(item)] : [type];
}

function sized(type: DataType, [length, ...inner]: readonly number[]): DataType | undefined {
  const item = itemType(type);
  if (!item) return length === undefined ? type : undefined;
  const sizedItem = sized(item, inner);
  return length && sizedItem ? new FixedSizeList(length, new Field('item', sizedItem, false)) : undefined;
}
