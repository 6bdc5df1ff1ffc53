import {
  Bool,
  type DataType,
  Dictionary,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int64,
  Int8,
  LargeUtf8,
  List,
  Null,
  Struct,
  TimestampMillisecond,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { pixelsField, pointsField } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';

const cases: [DataType, string][] = [
  [new Int8(), 'int8'],
  [new Int16(), 'int16'],
  [new Int64(), 'int64'],
  [new Uint8(), 'uint8'],
  [new Uint32(), 'uint32'],
  [new Uint64(), 'uint64'],
  [new Float16(), 'float16'],
  [new Float32(), 'float32'],
  [new Float64(), 'float64'],
  [new Bool(), 'bool'],
  [new Null(), 'null'],
  [new Utf8(), 'utf8'],
  [new LargeUtf8(), 'large_utf8'],
  [new Dictionary(new Utf8(), new Uint8()), 'dictionary<utf8>'],
  [new TimestampMillisecond(), 'timestamp<millisecond>'],
  [new FixedSizeBinary(5), 'fixedsizebinary[5]'],
  [new List(new Field('item', new Utf8(), true)), 'list<utf8>'],
  [new FixedSizeList(3, new Field('item', new Float32(), true)), 'fixed_size_list<float32, 3>'],
  [new Struct([new Field('a', new Int8(), true)]), 'struct<{a:int8}>'],
  [pointsField.type, 'list<fixed_size_list<float64, 3>>'],
  [pixelsField(28, 30).type, 'fixed_size_list<fixed_size_list<uint8, 30>, 28>'],
];

describe('typeName', () => {
  it.each(cases)('of %s is as the documentation writes it', (type, name) => {
    expect(typeName(type)).toBe(name);
  });
});
