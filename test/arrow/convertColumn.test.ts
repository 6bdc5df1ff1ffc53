import {
  Binary,
  Bool,
  type Data,
  type DataType,
  Dictionary,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Schema,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Utf8View,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column, recordBatch } from '#dist/arrow/columns.js';
import { isConvertible } from '#dist/arrow/convertColumn.js';
import {
  classLabels,
  type ColumnExpectation,
  exactly,
  featureVector,
  featureVectorOf,
  readingOf,
} from '#dist/arrow/expectations.js';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import { featureField, imageField, pbcField, pointsField } from '#dist/arrow/schemas.js';
import { speciesColumn } from '#dist/operators/soap/declaredSpecies.js';
import { grayscale } from '#dist/operators/images/grayscale.js';
import { columnOf } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

const item = (type: DataType): Field => new Field('element', type, true);
const list = (type: DataType): List => new List(item(type));
const large = (type: DataType): LargeList => new LargeList(item(type));
const fixed = (size: number, type: DataType): FixedSizeList => new FixedSizeList(size, item(type));
const dictionary = (type: DataType): Dictionary => new Dictionary(type, new Int8(), 1);
const own = (type: DataType): ColumnExpectation => exactly(new Field('own', type, false));

/** The values as the expectation has them read, out of a slice. */
function read(expectation: ColumnExpectation, type: DataType, values: readonly unknown[]): unknown[] {
  const { name } = expectation;
  const schema = new Schema([new Field(name, type, true)]);
  const rows = [values[0], ...values, values[0]];
  const batch = recordBatch(schema, rows.length, [columnOf(type, rows)]).slice(1, rows.length - 1);
  const reading = readingOf(schema, [expectation]);
  const { schema: asRead } = reading;
  const converted = reading.read(batch);
  expect(schemaDifference(asRead, converted.schema)).toBeUndefined();
  expect(expectation.accepts(asRead.fields[0]!.type)).toBe(true);
  return plainRows([converted]).map((row) => row[name]);
}

const points = [[[1, 2, 3]], [], [[4, 5, 6], [7, 8, 9]]]; // prettier-ignore

describe('columns are read', () => {
  it.each([
    list(list(new Float64())),
    large(fixed(3, new Float32())),
    large(large(new Float16())),
    list(fixed(3, new Int32())),
  ])('as points: %s', (type) => {
    expect(read(exactly(pointsField), type, points)).toEqual(points);
  });

  it('as points of integers that float64 can hold', () => {
    const wide = points.map((row) => row.map((point) => point.map(BigInt)));
    expect(read(exactly(pointsField), list(list(new Int64())), wide)).toEqual(points);
    const beyond = [[[1n, 2n, 2n ** 53n + 1n]]];
    expect(() => read(exactly(pointsField), list(list(new Int64())), beyond)).toThrow(
      'row 0: column points: expected list<fixed_size_list<float64, 3>>, found 9007199254740993, which float64 cannot hold',
    );
  });

  it.each([new Int8(), new Int16(), new Int32(), new Uint32(), dictionary(new Int32())])('as integers: %s', (type) => {
    expect(read(own(new Uint8()), type, [1, 0, 100])).toEqual([1, 0, 100]);
  });

  it('as integers: of 64 bits, both ways', () => {
    expect(read(own(new Uint8()), new Int64(), [1n, 255n])).toEqual([1, 255]);
    expect(read(own(new Uint8()), new Uint64(), [1n, 255n])).toEqual([1, 255]);
    expect(read(own(new Int64()), new Uint32(), [1, 2 ** 32 - 1])).toEqual([1n, 2n ** 32n - 1n]);
  });

  it.each([new LargeUtf8(), new Utf8View(), dictionary(new Utf8()), dictionary(new LargeUtf8())])(
    'as texts: %s',
    (type) => {
      const texts = ['a', '', 'longer than the twelve bytes of a view', 'ü'];
      expect(read(own(new Utf8()), type, texts)).toEqual(texts);
      for (const outer of [list(type), large(type)]) {
        expect(read(speciesColumn, outer, [texts, [], ['a', 'a']])).toEqual([texts, [], ['a', 'a']]);
      }
    },
  );

  it('as bytes', () => {
    expect(read(own(new Binary()), new LargeBinary(), [Uint8Array.of(1, 2), Uint8Array.of()])).toEqual([[1, 2], []]);
  });

  it('as flags: booleans, which are packed', () => {
    const flags = [[true, false, true], [false, false, true], [true, true, true], [false, true, false]]; // prettier-ignore
    for (const type of [fixed(3, new Bool()), list(new Bool()), large(new Bool())]) {
      expect(read(exactly(pbcField), type, flags)).toEqual(flags.map((row) => row.map(Number)));
    }
  });

  it('as feature vectors: of the narrowest floats that can hold them, of lists where the length is known', () => {
    const rows = [[1, 2], [3, 4]]; // prettier-ignore
    const typeOf = (type: DataType): string =>
      String(readingOf(new Schema([new Field('soap', type)]), [featureVector('soap')]).schema.fields[0]!.type);
    expect(typeOf(fixed(2, new Float16()))).toBe('FixedSizeList[2]<Float32>');
    expect(typeOf(fixed(2, new Int16()))).toBe('FixedSizeList[2]<Float32>');
    expect(typeOf(fixed(2, new Int32()))).toBe('FixedSizeList[2]<Float64>');
    for (const type of [list(new Float32()), large(new Float64()), fixed(2, new Uint8())]) {
      expect(read(featureVectorOf('soap', 2), type, rows)).toEqual(rows);
    }
  });

  it('as they are where nothing is to be converted: the same memory', () => {
    const field = featureField('soap', 'float32', 2);
    const batch = recordBatch(new Schema([field]), 1, [columnOf(field.type, [[1, 2]])]);
    expect(readingOf(batch.schema, [featureVectorOf('soap', 2)]).read(batch)).toBe(batch);
    const halfway = list(list(new Float64()));
    const schema = new Schema([new Field('points', halfway)]);
    const clouds = recordBatch(schema, 3, [columnOf(halfway, points)]);
    const converted = readingOf(schema, [exactly(pointsField)]).read(clouds);
    const numbers = (data: Data): ArrayBufferLike => data.children[0]!.children[0]!.values.buffer as ArrayBuffer;
    expect(numbers(column(converted, 'points'))).toBe(numbers(column(clouds, 'points')));
  });
});

describe('columns are refused', () => {
  it.each([
    [exactly(pointsField), list(list(new Float64())), [[[1, 2, 3]], [[1, 2, 3], [4, 5]]], 'a list of 2, not of 3'], // prettier-ignore
    [exactly(pointsField), list(list(new Float64())), [[[1, 2, 3]], [[]]], 'a list of 0, not of 3'],
    [exactly(pointsField), list(list(new Float64())), [[[1, 2, 3]], [[1, null, 3]]], 'null'],
    [exactly(pointsField), large(list(new Float64())), [[[1, 2, 3]], [null]], 'null'],
    [exactly(imageField), new Int32(), [1, -1], '-1'],
    [exactly(imageField), new Int64(), [1n, 2n ** 32n], '4294967296'],
    [exactly(imageField), new Uint64(), [1n, 2n ** 63n], '9223372036854775808'],
    [classLabels, new Int64(), [255n, 256n], '256'],
    [featureVectorOf('soap', 2), list(new Float32()), [[1, 2], [1, 2, 3]], 'a list of 3, not of 2'], // prettier-ignore
    [speciesColumn, list(dictionary(new Utf8())), [['a'], [null]], 'null'],
  ] as [ColumnExpectation, DataType, unknown[], string][])('for a value: %#', (expectation, type, values, found) => {
    const { name, type: expected } = expectation;
    expect(() => read(expectation, type, values)).toThrow(
      `row 1: column ${name}: expected ${expected}, found ${found}`,
    );
  });

  it.each([
    [classLabels, new Utf8(), 'utf8: texts are not classes, which have numbers from 0 on'],
    [
      classLabels,
      dictionary(new LargeUtf8()),
      'dictionary<large_utf8>: texts are not classes, which have numbers from 0 on',
    ],
    [classLabels, new Float64(), 'float64'],
    [featureVector('soap'), list(new Float32()), 'list<float32>: its type does not tell the length'],
    [grayscale, list(list(new Uint8())), 'list<list<uint8>>: its type does not tell the length'],
    [featureVectorOf('soap', 2), fixed(3, new Float32()), 'fixed_size_list<float32, 3>'],
    [exactly(pointsField), list(fixed(2, new Float64())), 'list<fixed_size_list<float64, 2>>'],
    [exactly(pointsField), list(fixed(3, new Utf8())), 'list<fixed_size_list<utf8, 3>>'],
    [own(new Float32()), new Float64(), 'float64'],
    [own(new Float32()), new Int32(), 'int32'],
  ] as [ColumnExpectation, DataType, string][])('for their type: %#', (expectation, type, found) => {
    const { name, type: expected } = expectation;
    expect(() => readingOf(new Schema([new Field(name, type)]), [expectation])).toThrow(
      `column ${name}: expected ${expected}, found ${found}`,
    );
  });

  it('where numbers would be others', () => {
    expect(isConvertible(new Float64(), new Int32())).toBe(false);
    expect(isConvertible(new Utf8(), new Uint8())).toBe(false);
    expect(isConvertible(new Float64(), new Float32())).toBe(false);
  });
});
