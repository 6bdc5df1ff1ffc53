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

/** What a schema declares by its columns, and by what they say of how they were made. */
interface Declared {
  readonly names: ReadonlySet<string>;
  readonly isOfSweep: boolean;
  readonly has: (...fields: readonly Field[]) => boolean;
  readonly hasVector: (name: string, item: string) => boolean;
  readonly says: (key: string) => boolean;
}

/** What the rows of a stream or a file are, as docs/data-model.md has it; `rows` for whatever else. Those of later steps come first. */
const KINDS = {
  results: ({ isOfSweep, names }) => isOfSweep && names.has('trial'),
  metrics: ({ names }) => metricsSchema.fields.every(({ name }) => names.has(name)) && !names.has('trial'),
  'dead letters': ({ has }) => has(...deadLettersSchema.fields),
  correlations: ({ has, hasVector }) => has(componentField) && hasVector('correlation', 'float64'),
  predictions: ({ has, hasVector }) =>
    has(imageField, positionField, predictedField) && hasVector('probabilities', 'float32'),
  'image predictions': ({ has, hasVector }) => has(imageField, predictedField) && hasVector('probabilities', 'float32'),
  codes: ({ says }) => says('compressed'),
  descriptors: ({ says }) => says('descriptor'),
  'point clouds': ({ has }) => has(pointsField),
  images: ({ has, names }) => has(imageField) && names.has('pixels'),
  bytes: ({ has }) => has(...bytesSchema.fields),
  rows: () => true,
} satisfies Record<string, (declared: Declared) => boolean>;

export type TableKind = keyof typeof KINDS;
export const TABLE_KINDS = Object.keys(KINDS) as TableKind[];

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

function kindOf({ fields, metadata }: Schema): TableKind {
  const declared: Declared = {
    names: new Set(fields.map(({ name }) => name)),
    isOfSweep: metadata.has('sweep'),
    has: (...expected) =>
      expected.every(({ name, type }) => fields.some((f) => f.name === name && typeName(f.type) === typeName(type))),
    hasVector: (name, item) =>
      fields.some((f) => f.name === name && DataType.isFixedSizeList(f.type) && typeName(f.type.valueType) === item),
    says: (key) => fields.some((field) => field.metadata.has(key)),
  };
  return TABLE_KINDS.find((kind) => KINDS[kind](declared))!;
}
