import {
  type DataType,
  Date_,
  Decimal,
  Dictionary,
  Duration,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float,
  Int,
  Int32,
  Interval,
  LargeList,
  List,
  Map_,
  Schema,
  Struct,
  Time,
  Timestamp,
  Type,
  Union,
} from 'apache-arrow';
import { plainType } from '../kinds.js';
import { exactTypeName } from '../typeName.js';
import { DamagedIpc, type FlatTable } from './flatTable.js';

/** A schema, and what its batches need to be read. */
export interface IpcSchema {
  readonly schema: Schema;
  readonly bigEndian: boolean;
  /** The types of the values of dictionaries, by their numbers. */
  readonly dictionaries: ReadonlyMap<number, DataType>;
}

/** Types of the format that Arrow's JavaScript does not have. */
const UNKNOWN_TYPES: Readonly<Record<number, string>> = {
  22: 'run_end_encoded',
  25: 'list_view',
  26: 'large_list_view',
};
/** No data nest deeper; damaged metadata may, without end. */
const MAX_DEPTH = 64;

/** @throws DamagedIpc if this is not the table `Schema` of Arrow's format, or has a type that is not read */
export function readSchemaTable(table: FlatTable): IpcSchema {
  const dictionaries = new Map<number, DataType>();
  const fields = table.tables(1).map((field) => readField(field, dictionaries, 0));
  const order = table.short(0);
  if (order !== 0 && order !== 1) throw new DamagedIpc(`its order of bytes is ${order}, neither little nor big`);
  return { schema: new Schema(fields, metadataOf(table, 2)), bigEndian: order === 1, dictionaries };
}

function readField(table: FlatTable, dictionaries: Map<number, DataType>, depth: number): Field {
  if (depth > MAX_DEPTH) throw new DamagedIpc(`its columns are nested more than ${MAX_DEPTH} deep`);
  const name = table.text(0) ?? '';
  const children = table.tables(5).map((child) => readField(child, dictionaries, depth + 1));
  const valueType = readType(name, table.byte(2), table.table(3), children);
  const encoding = table.table(4);
  const type = encoding ? dictionaryType(name, encoding, valueType, dictionaries) : valueType;
  return new Field(name, type, table.bool(1), metadataOf(table, 6));
}

function dictionaryType(
  name: string,
  encoding: FlatTable,
  valueType: DataType,
  dictionaries: Map<number, DataType>,
): Dictionary {
  const id = encoding.long(0);
  const known = dictionaries.get(id) ?? valueType;
  if (exactTypeName(known) !== exactTypeName(valueType)) {
    throw new DamagedIpc(`column ${name}: its dictionary has other values in another column`);
  }
  dictionaries.set(id, known);
  const index = encoding.table(1);
  return new Dictionary(known, (index ? intType(name, index) : new Int32()) as Int32, id, encoding.bool(2));
}

function readType(name: string, kind: Type, table: FlatTable | undefined, children: Field[]): DataType {
  const wrong = (what: string): DamagedIpc => new DamagedIpc(`column ${name}: ${what}`);
  const parameters = (): FlatTable => {
    if (!table) throw wrong('its type is not told');
    return table;
  };
  const one = <T extends number>(value: T, ...allowed: readonly T[]): T => {
    if (allowed.includes(value)) return value;
    throw wrong(`its type ${Type[kind]} has the parameter ${value}, expected ${allowed.join(', ')}`);
  };
  const natural = (value: number): number => {
    if (value >= 0) return value;
    throw wrong(`its type ${Type[kind]} has the parameter ${value}, expected one that is not negative`);
  };
  const child = (): Field => {
    if (children.length !== 1) throw wrong(`its type ${Type[kind]} has ${children.length} parts, expected one`);
    return children[0]!;
  };
  const plain = plainType(kind);
  if (plain) return plain;
  switch (kind) {
    case Type.Int:
      return intType(name, parameters());
    case Type.Float:
      return new Float(one(parameters().short(0), 0, 1, 2));
    case Type.Decimal: {
      const [precision, scale, width] = [parameters().int(0), parameters().int(1), parameters().int(2, 128)];
      return new Decimal(scale, precision, one(width, 32, 64, 128, 256));
    }
    case Type.Date:
      return new Date_(one(parameters().short(0, 1), 0, 1));
    case Type.Time: {
      const unit = one(parameters().short(0, 1), 0, 1, 2, 3);
      return new Time(unit, one<number>(parameters().int(1, 32), unit < 2 ? 32 : 64) as 32 | 64);
    }
    case Type.Timestamp:
      return new Timestamp(one(parameters().short(0), 0, 1, 2, 3), parameters().text(1) ?? null);
    case Type.Interval:
      return new Interval(one(parameters().short(0), 0, 1, 2));
    case Type.Duration:
      return new Duration(one(parameters().short(0, 1), 0, 1, 2, 3));
    case Type.List:
      return new List(child());
    case Type.LargeList:
      return new LargeList(child());
    case Type.FixedSizeList:
      return new FixedSizeList(natural(parameters().int(0)), child());
    case Type.FixedSizeBinary:
      return new FixedSizeBinary(natural(parameters().int(0)));
    case Type.Struct:
      return new Struct(children);
    case Type.Map:
      if (child().type.typeId !== Type.Struct || child().type.children.length !== 2) {
        throw wrong('its type Map does not consist of keys and values');
      }
      return new Map_(child(), parameters().bool(0));
    case Type.Union: {
      const ids = parameters().ints(1);
      const unionIds = ids.length > 0 ? ids : children.map((_, i) => i);
      if (unionIds.length !== children.length) throw wrong('its type Union has not as many numbers as types');
      return new Union(one(parameters().short(0), 0, 1), unionIds, children);
    }
    default:
      throw wrong(`its type is not read here: ${UNKNOWN_TYPES[kind] ?? `number ${kind} of the format`}`);
  }
}

function intType(name: string, table: FlatTable): Int {
  const bitWidth = table.int(0);
  if (bitWidth === 8 || bitWidth === 16 || bitWidth === 32 || bitWidth === 64) return new Int(table.bool(1), bitWidth);
  throw new DamagedIpc(`column ${name}: its integers have ${bitWidth} bits, expected 8, 16, 32 or 64`);
}

function metadataOf(table: FlatTable, field: number): Map<string, string> {
  return new Map(table.tables(field).map((entry) => [entry.text(0) ?? '', entry.text(1) ?? '']));
}
