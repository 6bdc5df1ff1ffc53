import { DataType, type Field, type Schema } from 'apache-arrow';
import { expectUniqueNames } from '../arrow/fields.js';
import { childTypes, isBytes, isText } from '../arrow/kinds.js';
import { typeName } from '../arrow/typeName.js';
import { PipelineError } from '../errors.js';
import { type PlainColumn, plainColumn } from './plainPages.js';

export type ParquetCompression = 'zstd' | 'uncompressed';

/** How the columns of a schema are encoded, in terms of parquet-wasm: it addresses flat columns by name, nested ones only all at once. */
export interface ParquetEncoding {
  readonly compression: ParquetCompression;
  readonly rowGroupRows: number;
  /** For nested columns. Spreads the bytes of numbers over as many streams, which lets zstd find the exponents. */
  readonly byteStreamSplit: boolean;
  /** For nested columns. */
  readonly dictionary: boolean;
  readonly flatColumns: readonly FlatColumn[];
  /** The column that parquet-wasm is not needed for. */
  readonly plain?: PlainColumn | undefined;
}

interface FlatColumn {
  readonly name: string;
  readonly byteStreamSplit: boolean;
  readonly dictionary: boolean;
}

/**
 * Measured on descriptors (308 float32), images (784 uint8) and point clouds (float64): byte streams with zstd are smallest and
 * faster than zstd alone; dictionaries help whole numbers, and only cost time for measured ones. Uncompressed flat columns are
 * plain, which the simplest readers understand. Statistics are kept for flat columns, where readers can skip by them.
 */
export function parquetEncoding(
  schema: Schema,
  compression: ParquetCompression,
  rowGroupRows: number,
): ParquetEncoding {
  const nested = schema.fields.filter(isNested).flatMap(({ type }) => leavesOf(type));
  const zstd = compression === 'zstd';
  return {
    compression,
    rowGroupRows,
    byteStreamSplit: zstd && nested.every(isNumber),
    dictionary: !zstd && !nested.some((leaf) => DataType.isFloat(leaf)),
    flatColumns: schema.fields
      .filter((field) => !isNested(field))
      .map(({ name, type }) => {
        const measured = DataType.isFloat(type);
        return { name, byteStreamSplit: zstd && measured && isNumber(type), dictionary: zstd && !measured };
      }),
    plain: zstd ? undefined : plainColumn(schema),
  };
}

/** @throws PipelineError `badSchema` naming a column of a type that is not written, or that shares its name */
export function expectWritable(schema: Schema): void {
  expectUniqueNames(schema);
  for (const { name, type } of schema.fields) {
    if (leavesOf(type).every(isWritable) && hasUniqueNames(type)) continue;
    throw new PipelineError('badSchema', `column ${name}: ${typeName(type)} cannot be written to Parquet here`);
  }
}

/** Parquet tells the parts of a column apart by their names. */
function hasUniqueNames(type: DataType): boolean {
  const children: readonly Field[] = type.children ?? [];
  return (
    new Set(children.map(({ name }) => name)).size === children.length &&
    children.every((child) => hasUniqueNames(child.type))
  );
}

function isNested({ type }: Field): boolean {
  return !DataType.isUnion(type) && childTypes(type).length > 0;
}

function leavesOf(type: DataType): DataType[] {
  if (DataType.isDictionary(type)) return leavesOf(type.dictionary);
  const children = DataType.isUnion(type) ? [] : childTypes(type);
  return children.length > 0 ? children.flatMap(leavesOf) : [type];
}

/** Stored as 4 or 8 bytes, which byte streams apply to. */
function isNumber(type: DataType): boolean {
  return DataType.isInt(type) || (DataType.isFloat(type) && typeName(type) !== 'float16');
}

/** What Parquet knows, and its encoder gives back as it was. */
function isWritable(type: DataType): boolean {
  return (
    isNumber(type) ||
    DataType.isFloat(type) ||
    DataType.isBool(type) ||
    isText(type) ||
    isBytes(type) ||
    DataType.isFixedSizeBinary(type) ||
    DataType.isDecimal(type) ||
    DataType.isDate(type) ||
    DataType.isTime(type) ||
    DataType.isTimestamp(type) ||
    DataType.isDuration(type) ||
    DataType.isNull(type)
  );
}
