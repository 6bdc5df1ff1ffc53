import { DataType, type Field, type Schema } from 'apache-arrow';
import {
  bytesSchema,
  componentField,
  deadLettersSchema,
  imageField,
  metricsSchema,
  pointsField,
  positionField,
  predictedField,
} from './schemas.js';
import { typeName } from './typeName.js';

/** What the rows of a stream or a file are, as docs/data-model.md has it; `rows` for whatever else. Those of later steps come first. */
export const TABLE_KINDS = [
  'results',
  'metrics',
  'dead letters',
  'correlations',
  'predictions',
  'image predictions',
  'codes',
  'descriptors',
  'point clouds',
  'images',
  'bytes',
  'rows',
] as const;

export type TableKind = (typeof TABLE_KINDS)[number];

/** A schema as plain data. */
export interface SchemaSummary {
  readonly holds: TableKind;
  readonly columns: readonly ColumnSummary[];
}

export interface ColumnSummary {
  readonly name: string;
  /** As the documentation writes it: `fixed_size_list<float32, 308>`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

export function describeSchema(schema: Schema): SchemaSummary {
  const columns = schema.fields.map(({ name, type, nullable, metadata }) => ({
    name,
    type: typeName(type),
    nullable,
    metadata: Object.fromEntries(metadata),
  }));
  return { holds: kindOf(schema), columns };
}

/** What a schema declares by its columns, and by what they say of how they were made. */
function kindOf({ fields, metadata }: Schema): TableKind {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const has = (...expected: readonly Field[]): boolean =>
    expected.every(({ name, type }) => fields.some((f) => f.name === name && typeName(f.type) === typeName(type)));
  const hasVector = (name: string, item: string): boolean => {
    const type = types.get(name);
    return DataType.isFixedSizeList(type) && typeName(type.valueType) === item;
  };
  const says = (key: string): boolean => fields.some((field) => field.metadata.has(key));
  const tests: Record<TableKind, () => boolean> = {
    results: () => metadata.has('sweep') && types.has('trial'),
    metrics: () => metricsSchema.fields.every(({ name }) => types.has(name)) && !types.has('trial'),
    'dead letters': () => has(...deadLettersSchema.fields),
    correlations: () => has(componentField) && hasVector('correlation', 'float64'),
    predictions: () => has(imageField, positionField, predictedField) && hasVector('probabilities', 'float32'),
    'image predictions': () => has(imageField, predictedField) && hasVector('probabilities', 'float32'),
    codes: () => says('compressed'),
    descriptors: () => says('descriptor'),
    'point clouds': () => has(pointsField),
    images: () => has(imageField) && types.has('pixels'),
    bytes: () => has(...bytesSchema.fields),
    rows: () => true,
  };
  return TABLE_KINDS.find((kind) => tests[kind]())!;
}
