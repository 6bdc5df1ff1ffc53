import { type Data, type Field, type RecordBatch, Schema } from 'apache-arrow';
import { PipelineError } from '../errors.js';
import { column, recordBatch } from './columns.js';

/** The schema without the fields named in `drop`, and with `add` at its end (replacing fields of the same name). */
export function changeFields(schema: Schema, change: { drop?: readonly string[]; add?: readonly Field[] }): Schema {
  const { drop = [], add = [] } = change;
  const gone = new Set([...drop, ...add.map((field) => field.name)]);
  return new Schema([...schema.fields.filter((field) => !gone.has(field.name)), ...add], schema.metadata);
}

/** The batch under another schema: new columns by name, the others taken over from the batch. */
export function withColumns(batch: RecordBatch, schema: Schema, added: Readonly<Record<string, Data>>): RecordBatch {
  return recordBatch(schema, batch.numRows, columnsUnder(batch, schema, added));
}

/**
 * The columns that a schema calls for: those that were added by name, the others as the batch has them.
 * @param takeOver what becomes of a column of the batch
 */
export function columnsUnder(
  batch: RecordBatch,
  schema: Schema,
  added: Readonly<Record<string, Data>>,
  takeOver: (data: Data) => Data = (data) => data,
): Data[] {
  return schema.fields.map(({ name }) => (Object.hasOwn(added, name) ? added[name]! : takeOver(column(batch, name))));
}

/**
 * Columns have names: of two with the same nobody can tell which is meant, and Arrow's batches mix them up.
 *
 * @param place what has them
 * @throws PipelineError `badSchema`
 */
export function expectUniqueNames({ fields }: Schema, place = 'the stream'): void {
  const names = fields.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  const count = names.filter((name) => name === twice).length;
  throw new PipelineError('badSchema', `column ${twice}: expected one of that name, ${place} has ${count}`);
}

export function hasColumn(schema: Schema, name: string): boolean {
  return schema.fields.some((field) => field.name === name);
}

/** The field of that name; the caller has checked that it is there. */
export function fieldNamed(schema: Schema, name: string): Field {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (!field) throw new Error(`no field ${name}`);
  return field;
}

/** The schema with `entries` added to the metadata of one field. */
export function changeFieldMetadata(schema: Schema, name: string, entries: Readonly<Record<string, string>>): Schema {
  const fields = schema.fields.map((field) =>
    field.name === name ? field.clone({ metadata: new Map([...field.metadata, ...Object.entries(entries)]) }) : field,
  );
  return new Schema(fields, schema.metadata);
}
