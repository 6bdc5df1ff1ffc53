import { Data, DataType, type List, makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';

/** The arrays behind columns of numbers. */
export type NumberArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** The column of that name. Operators call it after their schema check, so a miss is a mistake of ours. */
export function column(batch: RecordBatch, name: string): Data {
  const data = batch.data.children[batch.schema.fields.findIndex((field) => field.name === name)];
  if (!data) throw new Error(`no column ${name}`);
  return data;
}

/**
 * The numbers of a column of numbers, or of (nested) fixed-size lists of them, as one row-major array.
 * A view, not a copy: slices of batches are honoured, and nobody may write to it.
 */
export function flatValues(data: Data): NumberArray {
  if (DataType.isFixedSizeList(data.type)) return flatValues(data.children[0]!);
  const values = data.values as NumberArray;
  return values.subarray(0, data.length * data.stride); // buffers out of IPC are padded
}

/** Where the rows of a list column start in its flat child, `length + 1` entries. */
export function listOffsets(data: Data): Int32Array {
  return data.valueOffsets;
}

/** The flat child of a list column, of which slices hold the whole. Arrow makes lists without rows without one. */
export function listElements(data: Data): Data {
  const [child] = data.children;
  return child ?? makeData({ type: (data.type as List).valueType, length: 0, nullCount: 0 });
}

/** A column of numbers. */
export function numberColumn(type: DataType, values: NumberArray): Data {
  return new Data(type, 0, values.length, 0, [undefined, values]);
}

/** A column of fixed-size lists over row-major values; the type may nest. */
export function fixedSizeListColumn(type: DataType, values: NumberArray): Data {
  if (!DataType.isFixedSizeList(type)) return numberColumn(type, values);
  const child = fixedSizeListColumn(type.valueType, values);
  return new Data(type, 0, child.length / type.listSize, 0, undefined, [child]);
}

/** A column of lists. `offsets` has one entry more than there are rows. */
export function listColumn(type: DataType, offsets: Int32Array, child: Data): Data {
  return new Data(type, 0, offsets.length - 1, 0, [offsets], [child]);
}

/** A batch of that schema; columns in its order. */
export function recordBatch(schema: Schema, length: number, columns: readonly Data[]): RecordBatch {
  return new RecordBatch(schema, new Data(new Struct(schema.fields), 0, length, 0, undefined, [...columns]));
}
