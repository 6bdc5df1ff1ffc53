import { type DataType, DataType as Type, type Data, type Field, type RecordBatch, type Schema } from 'apache-arrow';
import { PipelineError } from '../errors.js';
import { column } from './columns.js';
import { hasColumn } from './fields.js';
import { expectEqualSchema } from './schemaDifference.js';
import { typeName } from './typeName.js';

/** A column that an operator's input must have, without nulls. */
export interface ColumnExpectation {
  readonly name: string;
  /** As the documentation writes it, e.g. `list<fixed_size_list<float64, 3>>`. */
  readonly type: string;
  readonly accepts: (type: DataType) => boolean;
  /** The column may be missing. */
  readonly optional?: boolean;
  /** Where to get it, for the message that it is missing. */
  readonly hint?: string;
}

/** A column of exactly that name and type. */
export const exactly = (field: Field): ColumnExpectation => ({
  name: field.name,
  type: typeName(field.type),
  accepts: (type) => typeName(type) === typeName(field.type),
});

/** A column of feature vectors of any length. */
export const featureVector = (name: string): ColumnExpectation => ({
  name,
  type: 'fixed_size_list<float32 or float64, any length>',
  accepts: (type) => Type.isFixedSizeList(type) && /^float(32|64)$/.test(typeName(type.valueType)),
});

/** The same of a column that may be missing. */
export const ifPresent = (expectation: ColumnExpectation): ColumnExpectation => ({ ...expectation, optional: true });

/**
 * Checks what an operator needs against what arrives.
 * @throws PipelineError `badSchema` naming column, expected and found type
 */
export function expectColumns(schema: Schema, expectations: readonly ColumnExpectation[]): void {
  for (const { name, type, accepts, optional, hint } of expectations) {
    const found = schema.fields.find((field) => field.name === name);
    if (found ? accepts(found.type) : optional) continue;
    const instead = found
      ? `found ${typeName(found.type)}`
      : `but the stream has only ${schema.fields.map((field) => field.name).join(', ') || 'no columns'}`;
    const advice = found || hint === undefined ? '' : ` (${hint})`;
    throw new PipelineError('badSchema', `column ${name}: expected ${type}, ${instead}${advice}`);
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
    if (row >= 0) throw new PipelineError('badData', `column ${name}, row ${row}: expected ${type}, found null`);
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
function firstNullInside({ type, children, valueOffsets }: Data, start: number, end: number): number {
  if (Type.isStruct(type)) {
    const rows = children.map((child) => firstNull(child, start, end)).filter((row) => row >= 0);
    return rows.length > 0 ? Math.min(...rows) : -1;
  }
  if (Type.isFixedSizeList(type)) {
    const element = firstNull(children[0]!, start * type.listSize, end * type.listSize);
    return element < 0 ? -1 : Math.floor(element / type.listSize);
  }
  if (Type.isList(type) && start < end) {
    // The child of a sliced list is whole: what lies before and after the slice does not count.
    const offsets: Int32Array = valueOffsets;
    const element = firstNull(children[0]!, offsets[start], offsets[end]);
    return element < 0 ? -1 : offsets.findIndex((offset) => offset > element) - 1;
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
