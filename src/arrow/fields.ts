import { type Data, type Field, type RecordBatch, Schema } from 'apache-arrow';
import { column, recordBatch } from './columns.js';

/** The schema without the fields named in `drop`, and with `add` at its end (replacing fields of the same name). */
export function changeFields(schema: Schema, change: { drop?: readonly string[]; add?: readonly Field[] }): Schema {
  const { drop = [], add = [] } = change;
  const gone = new Set([...drop, ...add.map((field) => field.name)]);
  return new Schema([...schema.fields.filter((field) => !gone.has(field.name)), ...add], schema.metadata);
}

/** The batch under another schema: new columns by name, the others taken over from the batch. */
export function withColumns(batch: RecordBatch, schema: Schema, added: Readonly<Record<string, Data>>): RecordBatch {
  const columns = schema.fields.map((field) =>
    Object.hasOwn(added, field.name) ? added[field.name]! : column(batch, field.name),
  );
  return recordBatch(schema, batch.numRows, columns);
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
