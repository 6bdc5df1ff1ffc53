import {
  Binary,
  BinaryView,
  Bool,
  DataType,
  LargeBinary,
  LargeUtf8,
  Null,
  type Type,
  Utf8,
  Utf8View,
} from 'apache-arrow';

const PLAIN_TYPES: readonly DataType[] = [
  new Null(),
  new Bool(),
  new Utf8(),
  new LargeUtf8(),
  new Utf8View(),
  new Binary(),
  new LargeBinary(),
  new BinaryView(),
];

/** The type of that kind, if such types have no parameters. */
export function plainType(kind: Type): DataType | undefined {
  return PLAIN_TYPES.find(({ typeId }) => typeId === kind);
}

/** The types of what a value consists of. A dictionary's values are none of it. */
export function childTypes(type: DataType): DataType[] {
  return DataType.isDictionary(type) ? [] : (type.children ?? []).map((child) => child.type as DataType);
}

export function isText(type: DataType): boolean {
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type);
}

export function isBytes(type: DataType): boolean {
  return DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type);
}

/** Texts or bytes as views. */
export function isViews(type: DataType): boolean {
  return DataType.isUtf8View(type) || DataType.isBinaryView(type);
}

/** Texts or bytes behind offsets. */
export function isVariableWidth(type: DataType): boolean {
  return (isText(type) || isBytes(type)) && !isViews(type);
}

/** Lists behind offsets, not those of maps. */
export function isOpenList(type: DataType): boolean {
  return DataType.isList(type) || DataType.isLargeList(type);
}

/** What lists of any kind, but not maps, are of. */
export function itemType(type: DataType): DataType | undefined {
  return isOpenList(type) || DataType.isFixedSizeList(type) ? childTypes(type)[0] : undefined;
}
