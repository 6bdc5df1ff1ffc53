import {
  type DataType,
  DataType as Type,
  type Data,
  type Field,
  type RecordBatch,
  type Schema,
  util,
} from 'apache-arrow';
import { PipelineError } from '../errors.js';
import { column } from './columns.js';
import { typeName } from './typeName.js';

/** A column that an operator's input must have, without nulls. */
export interface ColumnExpectation {
  readonly name: string;
  /** As the documentation writes it, e.g. `list<fixed_size_list<float64, 3>>`. */
  readonly type: string;
  readonly accepts: (type: DataType) => boolean;
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

/**
 * Checks what an operator needs against what arrives.
 * @throws PipelineError `badSchema` naming column, expected and found type
 */
export function expectColumns(schema: Schema, expectations: readonly ColumnExpectation[]): void {
  for (const { name, type, accepts } of expectations) {
    const found = schema.fields.find((field) => field.name === name);
    if (found && accepts(found.type)) continue;
    const instead = found
      ? `found ${typeName(found.type)}`
      : `but the stream has only ${schema.fields.map((field) => field.name).join(', ') || 'no columns'}`;
    throw new PipelineError('badSchema', `column ${name}: expected ${type}, ${instead}`);
  }
}

/**
 * Nullable columns are accepted, since other writers make every column nullable; nulls are not.
 * @throws PipelineError `badData` naming column and row
 */
export function expectNoNulls(batch: RecordBatch, expectations: readonly ColumnExpectation[]): void {
  for (const { name, type } of expectations) {
    const data = column(batch, name);
    const row = firstNull(data);
    if (row >= 0) throw new PipelineError('badData', `column ${name}, row ${row}: expected ${type}, found null`);
  }
}

/** The first row that is null, itself or in an element; −1 if none is. */
function firstNull(data: Data): number {
  if (data.nullCount > 0) {
    for (let row = 0; row < data.length; row++) if (!data.getValid(row)) return row;
  }
  const child = data.children[0];
  if (!child) return -1;
  const element = firstNull(child);
  if (element < 0) return -1;
  return Type.isFixedSizeList(data.type)
    ? Math.floor(element / data.type.listSize)
    : listRowOf(data.valueOffsets, element);
}

function listRowOf(offsets: Int32Array, element: number): number {
  const after = offsets.findIndex((offset) => offset > element);
  return Math.max(0, (after < 0 ? offsets.length : after) - 1);
}

/**
 * One stream, one schema.
 * @throws PipelineError `badSchema` naming the first field that differs
 */
export function expectSameSchema(expected: Schema, found: Schema): void {
  const same: boolean = expected === found || util.compareSchemas(expected, found);
  if (same) return;
  const describe = (field: Field | undefined): string =>
    field ? `${field.name}: ${typeName(field.type)}${field.nullable ? ' (nullable)' : ''}` : 'nothing';
  const count = Math.max(expected.fields.length, found.fields.length);
  for (let i = 0; i < count; i++) {
    const [before, now] = [describe(expected.fields[i]), describe(found.fields[i])];
    if (before !== now)
      throw new PipelineError('badSchema', `the schema changed within the stream: expected ${before}, found ${now}`);
  }
}
