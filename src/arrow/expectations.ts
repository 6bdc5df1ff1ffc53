import {
  type Data,
  type DataType,
  DataType as Type,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  type RecordBatch,
  Schema,
} from 'apache-arrow';
import { PipelineError } from '../errors.js';
import { column, recordBatch } from './columns.js';
import { ConversionError, convertColumn, isConvertible } from './convertColumn.js';
import { isOpenList, isText, itemType } from './kinds.js';
import { expectUniqueNames, hasColumn } from './fields.js';
import { expectEqualSchema } from './schemaDifference.js';
import { notedType, typeOfFirstRow, withoutListLengths } from './listLengths.js';
import { labelField } from './schemas.js';
import { typeName } from './typeName.js';

/** A column that an operator's input must have, without nulls. */
export interface ColumnExpectation {
  readonly name: string;
  /** As the documentation writes it, e.g. `list<fixed_size_list<float64, 3>>`. */
  readonly type: string;
  /** Whether the operator reads columns of that type as they are. */
  readonly accepts: (type: DataType) => boolean;
  /** The type that columns of another one are converted to before the operator sees them; undefined if they cannot be. */
  readonly convertsTo?: (type: DataType) => DataType | undefined;
  /** What a message says of that type, which is not accepted, beyond its name. */
  readonly remark?: (type: DataType) => string | undefined;
  /** The column may be missing. */
  readonly optional?: boolean;
  /** Where to get it, for the message that it is missing. */
  readonly hint?: string;
}

/** A column of that name and type, or of one that holds the same values. */
export const exactly = (field: Field): ColumnExpectation => ({
  name: field.name,
  type: typeName(field.type),
  accepts: (type) => typeName(type) === typeName(field.type),
  convertsTo: (type) => (isConvertible(type, field.type) ? field.type : undefined),
});

/** The column of classes, numbered from 0. */
export const classLabels: ColumnExpectation = {
  ...exactly(labelField),
  remark: (type) =>
    isText(Type.isDictionary(type) ? type.dictionary : type)
      ? 'texts are not classes, which have numbers from 0 on'
      : undefined,
};

/** A column of feature vectors of any length, which their type tells. */
export const featureVector = (name: string): ColumnExpectation => ({
  name,
  type: 'fixed_size_list<float32 or float64, any length>',
  accepts: isFeatureVector,
  convertsTo: (type) => (Type.isFixedSizeList(type) ? vectorOf(type.valueType, type.listSize) : undefined),
  remark: ofUnknownLength,
});

/** A column of feature vectors of that length. */
export const featureVectorOf = (name: string, length: number): ColumnExpectation => ({
  name,
  type: `fixed_size_list<float32 or float64, ${length}>`,
  accepts: (type) => isFeatureVector(type) && type.listSize === length,
  convertsTo(type) {
    const [item, isOther] = [itemType(type), Type.isFixedSizeList(type) && type.listSize !== length];
    return item && !isOther ? vectorOf(item, length) : undefined;
  },
});

function isFeatureVector(type: DataType): type is FixedSizeList {
  return Type.isFixedSizeList(type) && /^float(32|64)$/.test(typeName(type.valueType));
}

/** Vectors of the narrower type of floats that can hold these numbers. */
function vectorOf(item: DataType, length: number): DataType | undefined {
  const float = [new Float32(), new Float64()].find((type) => isConvertible(item, type));
  return float && new FixedSizeList<DataType>(length, new Field('item', float, false));
}

/** What to say of a list where the type should tell how long it is. */
export function ofUnknownLength(type: DataType): string | undefined {
  return itemType(type) && !Type.isFixedSizeList(type) ? 'its type does not tell the length' : undefined;
}

/** The same of a column that may be missing. */
export const ifPresent = (expectation: ColumnExpectation): ColumnExpectation => ({ ...expectation, optional: true });

/**
 * Checks what an operator needs against what arrives.
 *
 * @param first of the batches, where there are some: its first row tells lengths that nothing else does
 * @throws PipelineError `badSchema` naming column, expected and found type, or a name that several columns have
 */
export function expectColumns(schema: Schema, expectations: readonly ColumnExpectation[], first?: RecordBatch): void {
  expectUniqueNames(schema);
  for (const expectation of expectations) {
    const { name, type, optional } = expectation;
    const found = schema.fields.find((field) => field.name === name);
    if (found ? typeAsRead(found, expectation, first && column(first, name)) : optional) continue;
    throw new PipelineError('badSchema', `column ${name}: expected ${type}, ${instead(schema, found, expectation)}`);
  }
}

function instead({ fields }: Schema, found: Field | undefined, { remark, hint }: ColumnExpectation): string {
  if (!found) {
    const names = fields.map(({ name }) => name).join(', ') || 'no columns';
    return `but the stream has only ${names}${hint === undefined ? '' : ` (${hint})`}`;
  }
  const said = remark?.(found.type);
  return `found ${typeName(found.type)}${said === undefined ? '' : `: ${said}`}`;
}

/** The type that an operator sees where such a column arrives; undefined if it takes none such. */
export function typeAsRead(
  field: Field,
  { accepts, convertsTo }: ColumnExpectation,
  first?: Data,
): DataType | undefined {
  const asRead = (type: DataType | undefined): DataType | undefined =>
    type && (accepts(type) ? type : convertsTo?.(type));
  return asRead(field.type as DataType) ?? asRead(notedType(field)) ?? asRead(first && typeOfFirstRow(first));
}

/** How an operator sees batches of one schema: the columns that it reads converted, where need be. */
export interface Reading {
  /** That of the batches as they are read. */
  readonly schema: Schema;
  /** @throws PipelineError `badData` naming column and row of a null, or of a value that cannot be converted */
  read(batch: RecordBatch): RecordBatch;
}

/**
 * What an operator reads of batches of that schema. Columns that it does not expect stay as they are.
 *
 * @param first as of `expectColumns`
 * @throws PipelineError `badSchema` as `expectColumns`
 */
export function readingOf(schema: Schema, expectations: readonly ColumnExpectation[], first?: RecordBatch): Reading {
  expectColumns(schema, expectations, first);
  const converted = new Map<number, ColumnExpectation>();
  const fields = schema.fields.map((field, i) => {
    const expectation = expectations.find(({ name }) => name === field.name);
    if (!expectation || expectation.accepts(field.type)) return field;
    converted.set(i, expectation);
    return withoutListLengths(field, typeAsRead(field, expectation, first && column(first, field.name))!);
  });
  const asRead = converted.size > 0 ? new Schema(fields, schema.metadata) : schema;
  return {
    schema: asRead,
    read(batch) {
      expectNoNulls(batch, expectations);
      if (converted.size === 0) return batch;
      const columns = batch.data.children.map((data, i) => {
        const expectation = converted.get(i);
        return expectation ? convert(data, fields[i]!.type, expectation) : data;
      });
      return recordBatch(asRead, batch.numRows, columns);
    },
  };
}

function convert(data: Data, to: DataType, { name, type }: ColumnExpectation): Data {
  try {
    return convertColumn(data, to);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const { row, message } = error;
    throw new PipelineError('badData', `column ${name}: expected ${type}, found ${message}`, { place: { row } });
  }
}

/**
 * Nullable columns are accepted, since other writers make every column nullable; nulls are not.
 * @throws PipelineError `badData` naming column and row
 */
export function expectNoNulls(batch: RecordBatch, expectations: readonly ColumnExpectation[]): void {
  for (const { name, type, optional } of expectations) {
    if (optional && !hasColumn(batch.schema, name)) continue;
    const row = firstNull(column(batch, name));
    if (row < 0) continue;
    throw new PipelineError('badData', `column ${name}: expected ${type}, found null`, { place: { row } });
  }
}

/** The first of the rows from `start` to `end` that is null, itself or in an element; −1 if none is. */
function firstNull(data: Data, start = 0, end = data.length): number {
  let row = data.nullCount > 0 ? start : end;
  while (row < end && data.getValid(row)) row++;
  const earlier = firstNullInside(data, start, row);
  if (earlier >= 0) return earlier;
  return row < end ? row : -1;
}

/** The first of the rows with a null among the values that they consist of. */
function firstNullInside(
  { type, children, values, valueOffsets, dictionary }: Data,
  start: number,
  end: number,
): number {
  if (Type.isStruct(type)) {
    const rows = children.map((child) => firstNull(child, start, end)).filter((row) => row >= 0);
    return rows.length > 0 ? Math.min(...rows) : -1;
  }
  if (Type.isFixedSizeList(type)) {
    const element = firstNull(children[0]!, start * type.listSize, end * type.listSize);
    return element < 0 ? -1 : Math.floor(element / type.listSize);
  }
  if (isOpenList(type) && start < end) {
    // The child of a sliced list is whole: what lies before and after the slice does not count.
    const offsets: Int32Array | BigInt64Array = valueOffsets;
    const element = firstNull(children[0]!, Number(offsets[start]), Number(offsets[end]));
    return element < 0 ? -1 : offsets.findIndex((offset: number | bigint) => offset > element) - 1;
  }
  if (Type.isDictionary(type) && dictionary && dictionary.nullCount > 0) {
    const indices = (values as Int32Array).subarray(start, end);
    const row = indices.findIndex((index: number | bigint) => !dictionary.isValid(Number(index)));
    return row < 0 ? -1 : start + row;
  }
  return -1;
}

/**
 * One stream, one schema.
 * @throws PipelineError `badSchema` naming what differs first
 */
export function expectSameSchema(expected: Schema, found: Schema): void {
  expectEqualSchema('the schema changed within the stream', expected, found);
}
