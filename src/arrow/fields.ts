import { type Data, type DataType, type Field, type RecordBatch, Schema } from 'apache-arrow';
import { recordBatch } from './columns.js';

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
 * The columns that a schema calls for: those that were added by name, the others as the batch has them. Of several with one name each is
 * taken in its turn.
 *
 * @param takeOver what becomes of a column of the batch
 */
export function columnsUnder(
  batch: RecordBatch,
  schema: Schema,
  added: Readonly<Record<string, Data>>,
  takeOver: (data: Data) => Data = (data) => data,
): Data[] {
  const taken = new Map<string, number>();
  return schema.fields.map(({ name }) => {
    if (Object.hasOwn(added, name)) return added[name]!;
    const index = batch.schema.fields.findIndex((field, i) => field.name === name && i > (taken.get(name) ?? -1));
    taken.set(name, index);
    const data = batch.data.children[index];
    if (!data) throw new Error(`no column ${name}`);
    return takeOver(data);
  });
}

/** The first name, with those around it, that two fields beside each other have. */
export function repeatedName(fields: readonly Field[], parent = ''): string | undefined {
  const seen = new Set<string>();
  for (const { name, type } of fields) {
    const path = `${parent}${name}`;
    if (seen.has(name)) return path;
    seen.add(name);
    const inside = repeatedName((type as DataType).children ?? [], `${path}.`);
    if (inside !== undefined) return inside;
  }
  return undefined;
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
