import { DataType, type Field, type Schema } from 'apache-arrow';
import { typeName } from '../arrow/typeName.js';
import { PipelineError } from '../errors.js';

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
 *
 * @throws PipelineError `badSchema` naming a column of a type that is not written
 */
export function parquetEncoding(
  schema: Schema,
  compression: ParquetCompression,
  rowGroupRows: number,
): ParquetEncoding {
  for (const { name, type } of schema.fields) {
    const unsupported = leavesOf(type).find((leaf) => !isWritable(leaf));
    if (unsupported) {
      throw new PipelineError('badSchema', `column ${name}: ${typeName(type)} cannot be written to Parquet here`);
    }
  }
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
  };
}

function isNested({ type }: Field): boolean {
  return DataType.isFixedSizeList(type) || DataType.isList(type) || DataType.isStruct(type);
}

function leavesOf(type: DataType): DataType[] {
  if (DataType.isFixedSizeList(type) || DataType.isList(type)) return leavesOf(type.valueType);
  if (DataType.isStruct(type)) return type.children.flatMap((field) => leavesOf(field.type));
  return [type];
}

/** Stored as 4 or 8 bytes, which byte streams apply to. */
function isNumber(type: DataType): boolean {
  return DataType.isInt(type) || (DataType.isFloat(type) && typeName(type) !== 'float16');
}

/** What both Parquet and the joining of batches know. */
function isWritable(type: DataType): boolean {
  return (
    isNumber(type) ||
    DataType.isFloat(type) ||
    DataType.isBool(type) ||
    DataType.isUtf8(type) ||
    DataType.isBinary(type) ||
    DataType.isFixedSizeBinary(type) ||
    DataType.isDecimal(type) ||
    DataType.isDate(type) ||
    DataType.isTime(type) ||
    DataType.isTimestamp(type) ||
    DataType.isDuration(type)
  );
}
