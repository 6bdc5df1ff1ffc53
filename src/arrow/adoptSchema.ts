import {
  DataType,
  Date_,
  Decimal,
  Dictionary,
  Duration,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float,
  Int,
  Interval,
  LargeList,
  List,
  Map_,
  Schema,
  Struct,
  Time,
  Timestamp,
  Union,
} from 'apache-arrow';
import { PipelineError } from '../errors.js';
import { plainType } from './kinds.js';
import { exactTypeName } from './typeName.js';

/** Whether an object is of that very class, and not of its namesake in another copy of the package, for which Arrow's `instanceof` stands too. */
export function isOurs(owner: { readonly prototype: object }, value: object): boolean {
  return Object.prototype.isPrototypeOf.call(owner.prototype, value);
}

/**
 * The schema in classes of the Arrow that this library has, if another copy of it made it (CommonJS beside ESM, another version). Arrow's
 * writers drop without a word what is not of their own classes.
 */
export function adoptSchema(schema: Schema): Schema {
  const fields = schema.fields.map(adoptField);
  const isOwn = isOurs(Schema, schema) && fields.every((field, i) => field === schema.fields[i]);
  return isOwn ? schema : new Schema(fields, new Map(schema.metadata));
}

function adoptField(field: Field): Field {
  const type = adoptType(field.type);
  if (isOurs(Field, field) && type === field.type) return field;
  return new Field(field.name, type, field.nullable, new Map(field.metadata));
}

function adoptType(type: DataType): DataType {
  if (DataType.isDictionary(type)) {
    const [dictionary, indices] = [adoptType(type.dictionary), adoptType(type.indices) as typeof type.indices];
    if (isOurs(DataType, type) && dictionary === type.dictionary && indices === type.indices) return type;
    return new Dictionary(dictionary, indices, type.id, type.isOrdered);
  }
  const before: readonly Field[] = type.children ?? [];
  const children = before.map(adoptField);
  if (isOurs(DataType, type) && children.every((child, i) => child === before[i])) return type;
  return rebuilt(type, children);
}

function rebuilt(type: DataType, children: Field[]): DataType {
  const [item] = children;
  const plain = plainType(type.typeId);
  if (plain) return plain;
  if (DataType.isInt(type)) return new Int(type.isSigned, type.bitWidth);
  if (DataType.isFloat(type)) return new Float(type.precision);
  if (DataType.isDecimal(type)) return new Decimal(type.scale, type.precision, type.bitWidth);
  if (DataType.isDate(type)) return new Date_(type.unit);
  if (DataType.isTime(type)) return new Time(type.unit, type.bitWidth);
  if (DataType.isTimestamp(type)) return new Timestamp(type.unit, type.timezone);
  if (DataType.isInterval(type)) return new Interval(type.unit);
  if (DataType.isDuration(type)) return new Duration(type.unit);
  if (DataType.isFixedSizeBinary(type)) return new FixedSizeBinary(type.byteWidth);
  if (DataType.isList(type)) return new List(item!);
  if (DataType.isLargeList(type)) return new LargeList(item!);
  if (DataType.isFixedSizeList(type)) return new FixedSizeList(type.listSize, item!);
  if (DataType.isMap(type)) return new Map_(item as ConstructorParameters<typeof Map_>[0], type.keysSorted);
  if (DataType.isStruct(type)) return new Struct(children);
  if (DataType.isUnion(type)) return new Union(type.mode, type.typeIds, children);
  throw new PipelineError('badSchema', `expected types that this version of Arrow knows, found ${exactTypeName(type)}`);
}
