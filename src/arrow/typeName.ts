import { DataType, Precision } from 'apache-arrow';

/** A type as the documentation writes it: `fixed_size_list<float32, 308>`. */
export function typeName(type: DataType): string {
  if (DataType.isFixedSizeList(type)) return `fixed_size_list<${typeName(type.valueType)}, ${type.listSize}>`;
  if (DataType.isList(type)) return `list<${typeName(type.valueType)}>`;
  if (DataType.isLargeList(type)) return `large_list<${typeName(type.valueType)}>`;
  if (DataType.isLargeUtf8(type)) return 'large_utf8';
  if (DataType.isLargeBinary(type)) return 'large_binary';
  if (DataType.isUtf8View(type)) return 'utf8_view';
  if (DataType.isBinaryView(type)) return 'binary_view';
  if (DataType.isInt(type)) return `${type.isSigned ? 'int' : 'uint'}${type.bitWidth}`;
  if (DataType.isFloat(type))
    return { [Precision.HALF]: 'float16', [Precision.SINGLE]: 'float32', [Precision.DOUBLE]: 'float64' }[
      type.precision
    ];
  if (DataType.isDictionary(type)) return `dictionary<${typeName(type.dictionary)}>`;
  return exactTypeName(type).toLowerCase();
}

/** The type with all its parameters, as Arrow itself writes it, and with the width of decimals, which Arrow leaves out. */
export function exactTypeName(type: DataType & { toString(): string }): string {
  return DataType.isDecimal(type) ? `Decimal${type.bitWidth}(${type.precision}, ${type.scale})` : type.toString();
}
