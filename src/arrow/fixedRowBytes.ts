import { DataType, type Schema } from 'apache-arrow';
import { valueBytes } from './ipcFormat/values.js';

/** Bytes that each row of a schema takes in memory; nothing if rows may differ. */
export function fixedRowBytes({ fields }: Schema): number | undefined {
  const bytes = fields.map(({ type }) => fixedBytes(type as DataType));
  return bytes.reduce((sum, each) => (sum === undefined || each === undefined ? undefined : sum + each), 0);
}

function fixedBytes(type: DataType): number | undefined {
  if (DataType.isFixedSizeList(type)) {
    const element = fixedBytes(type.valueType as DataType);
    return element === undefined ? undefined : element * type.listSize;
  }
  if (DataType.isBool(type)) return 1 / 8;
  const isFixed =
    DataType.isInt(type) ||
    DataType.isFloat(type) ||
    DataType.isDecimal(type) ||
    DataType.isDate(type) ||
    DataType.isTime(type) ||
    DataType.isTimestamp(type) ||
    DataType.isDuration(type) ||
    DataType.isFixedSizeBinary(type);
  return isFixed ? valueBytes(type) : undefined;
}
