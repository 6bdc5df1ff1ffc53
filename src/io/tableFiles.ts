import { Field, type RecordBatch, Schema } from 'apache-arrow';
import { recordBatch } from '../arrow/columns.js';
import { noteListLengths } from '../arrow/listLengths.js';
import { expectEqualSchema } from '../arrow/schemaDifference.js';
import { PipelineError } from '../errors.js';
import { partitionsOf } from './partitions.js';

/** Files of one schema as one table. */
export interface FileTable {
  readonly schema: Schema;
  /** Names of the columns to read from the files; all of them if undefined. */
  readonly fileColumns: readonly string[] | undefined;
  /** Of these columns. */
  readonly fileSchema: Schema;
  /** A batch of a file as a batch of the table. */
  readonly adopt: (file: number, batch: RecordBatch) => RecordBatch;
}

/**
 * Joins files: their columns, and those that their folders say (`year=2024`), in place of a file's own. Files may differ in the metadata
 * of their schemas, of which those stay that all have; in whether a column is nullable; and in what Parquet notes at fields.
 *
 * @param path the directory or glob that the files were found by
 * @param columns names of the columns to read; all of them if undefined
 * @param counts of the rows of a column of lists in all files, of their elements, of the elements' elements …, as far as they are known
 * @throws PipelineError `badSchema` naming the file that differs; `badOption` for a column that is not there
 */
export function joinFiles(
  path: string,
  files: readonly string[],
  schemas: readonly Schema[],
  columns: readonly string[] | undefined,
  counts: (name: string) => readonly number[] | undefined,
): FileTable {
  const first = comparable(schemas[0]!);
  for (const [i, schema] of schemas.entries()) {
    if (i > 0) expectEqualSchema(`${files[i]} (against ${files[0]})`, first, comparable(schema));
  }
  const partitions = partitionsOf(path, files);
  const inFolders = new Set(partitions.fields.map(({ name }) => name));
  const ownFields = schemas[0]!.fields
    .map((field, i) => {
      const nullable = schemas.some(({ fields }) => fields[i]!.nullable);
      const own = nullable === field.nullable ? field : field.clone({ nullable });
      return noteListLengths(own, counts(field.name) ?? []);
    })
    .filter(({ name }) => !inFolders.has(name));
  const whole = new Schema([...ownFields, ...partitions.fields], commonMetadata(schemas));
  const schema = columns ? selectColumns(whole, columns) : whole;
  const fileFields = schema.fields.filter(({ name }) => !inFolders.has(name));
  const isWhole = fileFields.length === schemas[0]!.fields.length;
  // A file of which nothing is wanted still has rows.
  const read = fileFields.length > 0 ? fileFields : schemas[0]!.fields.slice(0, 1);
  return {
    schema,
    fileSchema: isWhole ? schemas[0]! : new Schema(read),
    fileColumns: isWhole ? undefined : read.map(({ name }) => name),
    adopt(file, batch) {
      const positions = isWhole
        ? schemas[0]!.fields.map((_, i) => i)
        : fileFields.map(({ name }) => batch.schema.fields.findIndex((field) => field.name === name));
      const own = positions.map((position) => batch.data.children[position]!);
      const added = partitions.columns(file, batch.numRows);
      const wanted = added.filter((_, i) => schema.fields.some(({ name }) => name === partitions.fields[i]!.name));
      return recordBatch(schema, batch.numRows, [...own, ...wanted]);
    },
  };
}

/**
 * In the order of the file, as they will come.
 * @throws PipelineError `badOption` for a column that is not there
 */
export function selectColumns(schema: Schema, columns: readonly string[]): Schema {
  const missing = columns.find((name) => !schema.fields.some((field) => field.name === name));
  if (missing !== undefined) {
    const names = schema.fields.map(({ name }) => name).join(', ');
    throw new PipelineError('badOption', `there is no column ${missing}; the file has ${names}`, {
      place: { option: 'columns' },
    });
  }
  return new Schema(
    schema.fields.filter(({ name }) => columns.includes(name)),
    schema.metadata,
  );
}

/** Without what files may differ in. */
function comparable({ fields }: Schema): Schema {
  return new Schema(
    fields.map(({ name, type, metadata }) => {
      const told = [...metadata].filter(([key]) => !key.startsWith('PARQUET:'));
      return new Field(name, type, true, new Map(told));
    }),
  );
}

function commonMetadata(schemas: readonly Schema[]): Map<string, string> {
  const [first, ...others] = schemas;
  return new Map(
    [...first!.metadata].filter(([key, value]) => others.every(({ metadata }) => metadata.get(key) === value)),
  );
}
