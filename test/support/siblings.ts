import {
  DataType,
  Dictionary,
  Field,
  FixedSizeList,
  Int32,
  Int64,
  LargeList,
  LargeUtf8,
  List,
  Uint64,
  Utf8View,
} from 'apache-arrow';
import type { RecordBatch } from 'apache-arrow';
import { column } from '#dist/arrow/columns.js';
import { typeName } from '#dist/arrow/typeName.js';
import { columnOf, withColumn } from './batches.js';
import { plainRows } from './plainRows.js';

const item = (type: DataType): Field => new Field('element', type, true);

/** Other types in which other programs write what a column of that type holds. */
function siblingTypes(type: DataType): DataType[] {
  if (DataType.isInt(type)) return [new Int64(), new Uint64(), new Dictionary(new Int32(), new Int32(), 100)];
  if (DataType.isUtf8(type)) return [new LargeUtf8(), new Utf8View(), new Dictionary(type, new Int32(), 101)];
  if (DataType.isList(type)) {
    return [type.valueType, ...elementTypes(type.valueType)].flatMap((each) => [
      new List(item(each)),
      new LargeList(item(each)),
    ]);
  }
  if (DataType.isFixedSizeList(type) && DataType.isFixedSizeList(type.valueType)) {
    return siblingTypes(type.valueType).map((each) => new FixedSizeList(type.listSize, item(each)));
  }
  if (DataType.isFixedSizeList(type))
    return siblingTypes(type.valueType).map((each) => new FixedSizeList(type.listSize, item(each)));
  return [];
}

function elementTypes(type: DataType): DataType[] {
  if (!DataType.isFixedSizeList(type)) return siblingTypes(type);
  return [new List(item(type.valueType)), new LargeList(item(type.valueType))];
}

/** The batch with that column in each of these types, and what they are called. */
export function siblingsOf(batch: RecordBatch, name: string): [type: string, batch: RecordBatch][] {
  const values = plainRows([batch]).map((row) => row[name]);
  return siblingTypes(column(batch, name).type).map((type) => [
    typeName(type),
    withColumn(
      batch,
      new Field(name, type, true),
      columnOf(
        type,
        values.map((value) => valueFor(type, value)),
      ),
    ),
  ]);
}

function valueFor(type: DataType, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => valueFor(type.children[0]!.type as DataType, each));
  return DataType.isInt(type) && type.bitWidth === 64 ? BigInt(value as number) : value;
}
