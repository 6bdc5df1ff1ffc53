import {
  type DataType,
  Field,
  FixedSizeList,
  Float32,
  Int32,
  List,
  type RecordBatch,
  Schema,
  Struct,
  Utf8,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import {
  type ColumnExpectation,
  exactly,
  expectColumns,
  expectNoNulls,
  expectSameSchema,
  featureVector,
  ifPresent,
} from '#dist/arrow/expectations.js';
import { recordBatch } from '#dist/arrow/columns.js';
import { featureField, imageField, pointCloudsSchema, pointsField } from '#dist/arrow/schemas.js';
import { columnOf } from '../support/batches.js';

const badSchema = (message: string): object =>
  expect.objectContaining({ name: 'PipelineError', code: 'badSchema', message }) as object;

describe('expectColumns', () => {
  it('accepts the columns that are expected, in any order and nullable or not', () => {
    const schema = new Schema([
      new Field('extra', new Utf8(), true),
      new Field('points', new List(new Field('element', pointsField.type.valueType, true)), true),
      imageField,
    ]);
    expect(() => expectColumns(schema, [exactly(imageField), exactly(pointsField)])).not.toThrow();
  });

  it('names a column that is missing, and those that are there', () => {
    expect(() => expectColumns(pointCloudsSchema, [exactly(imageField), featureVector('soap')])).toThrow(
      badSchema(
        'column soap: expected fixed_size_list<float32 or float64, any length>, but the stream has only image, label, points',
      ),
    );
    expect(() => expectColumns(new Schema([]), [exactly(imageField)])).toThrow(
      badSchema('column image: expected uint32, but the stream has only no columns'),
    );
  });

  it('names the type that it finds instead', () => {
    const schema = new Schema([new Field('image', new Utf8(), false), featureField('soap', 'float32', 4)]);
    expect(() => expectColumns(schema, [exactly(imageField)])).toThrow(
      badSchema('column image: expected uint32, found utf8'),
    );
    expect(() => expectColumns(schema, [exactly(featureField('soap', 'float32', 5))])).toThrow(
      badSchema('column soap: expected fixed_size_list<float32, 5>, found fixed_size_list<float32, 4>'),
    );
  });

  it('takes vectors of float32 and float64 of any length for feature vectors', () => {
    const accepts =
      (field: Field): (() => void) =>
      () =>
        expectColumns(new Schema([field]), [featureVector('soap')]);
    for (const precision of ['float32', 'float64'] as const) {
      for (const length of [1, 308]) expect(accepts(featureField('soap', precision, length))).not.toThrow();
    }
    const vector = (type: DataType): Field => new Field('soap', new FixedSizeList(3, new Field('item', type, false)));
    expect(accepts(vector(new Utf8()))).toThrow(/found fixed_size_list<utf8, 3>$/);
    expect(accepts(vector(new FixedSizeList(2, new Field('item', new Float32()))))).toThrow(
      /found fixed_size_list<fixed_size_list<float32, 2>, 3>$/,
    );
    expect(accepts(new Field('soap', new Float32()))).toThrow(/found float32$/);
  });

  it('lets an optional column be missing, but not be of another type', () => {
    const optional = [ifPresent(exactly(imageField))];
    expect(() => expectColumns(new Schema([]), optional)).not.toThrow();
    expect(() => expectColumns(new Schema([new Field('image', new Utf8(), false)]), optional)).toThrow(
      badSchema('column image: expected uint32, found utf8'),
    );
  });
});

describe('expectNoNulls', () => {
  const nested = new List(new Field('item', new FixedSizeList(2, new Field('item', new Float32(), true)), true));
  const struct = new Struct([new Field('a', new Int32(), true), new Field('b', new Utf8(), true)]);

  function check(type: DataType, values: readonly unknown[]): (start?: number, end?: number) => void {
    const field = new Field('own', type, true);
    const batch: RecordBatch = recordBatch(new Schema([field]), values.length, [columnOf(type, values)]);
    return (start = 0, end = values.length) => expectNoNulls(batch.slice(start, end), [exactly(field)]);
  }
  const found = (row: number, type: string): object =>
    expect.objectContaining({
      name: 'PipelineError',
      code: 'badData',
      message: `row ${row}: column own: expected ${type}, found null`,
    }) as object;

  it('accepts nullable columns without nulls', () => {
    expect(() => check(new Utf8(), ['a', ''])()).not.toThrow();
    expect(() =>
      check(nested, [
        [[1, 2]],
        [],
        [
          [3, 4],
          [5, 6],
        ],
      ])(),
    ).not.toThrow();
    expect(() => check(struct, [{ a: 1, b: 'x' }])()).not.toThrow();
    expect(() => check(new Utf8(), [])()).not.toThrow();
  });

  it('names the first row that is null, counted from the start of a slice', () => {
    const own = check(new Int32(), [1, 2, null, 4, null]);
    expect(() => own()).toThrow(found(2, 'int32'));
    expect(() => own(1)).toThrow(found(1, 'int32'));
    expect(() => own(3)).toThrow(found(1, 'int32'));
    expect(() => own(0, 2)).not.toThrow();
    expect(() => own(3, 4)).not.toThrow();
  });

  it('looks into lists, at all depths, and no further than the slice', () => {
    const type = 'list<fixed_size_list<float32, 2>>';
    const own = check(nested, [
      [[1, 2]],
      [
        [3, 4],
        [5, null],
      ],
      [],
      [[6, 7]],
      [[8, 9], null],
      [[1, 1]],
    ]);
    expect(() => own()).toThrow(found(1, type));
    expect(() => own(1)).toThrow(found(0, type));
    expect(() => own(2)).toThrow(found(2, type));
    expect(() => own(4)).toThrow(found(0, type));
    expect(() => own(0, 1)).not.toThrow();
    expect(() => own(2, 4)).not.toThrow();
    expect(() => own(5)).not.toThrow();
    expect(() => own(2, 2)).not.toThrow();
  });

  it('names an earlier row with a null inside before a later one that is null itself', () => {
    const own = check(nested, [[[1, 2]], [[3, null]], null]);
    expect(() => own()).toThrow(found(1, 'list<fixed_size_list<float32, 2>>'));
    expect(() => own(2)).toThrow(found(0, 'list<fixed_size_list<float32, 2>>'));
  });

  it('looks into structs, whichever field it is', () => {
    const own = check(struct, [
      { a: 1, b: 'x' },
      { a: 2, b: null },
      { a: null, b: 'y' },
    ]);
    expect(() => own()).toThrow(found(1, 'struct<{a:int32, b:utf8}>'));
    expect(() => own(2)).toThrow(found(0, 'struct<{a:int32, b:utf8}>'));
    expect(() => own(0, 1)).not.toThrow();
  });

  it('skips optional columns that are missing, and no others', () => {
    const other: ColumnExpectation = ifPresent(exactly(imageField));
    const field = new Field('image', new Int32(), true);
    const batch = recordBatch(new Schema([field]), 1, [columnOf(new Int32(), [null])]);
    expect(() => expectNoNulls(recordBatch(new Schema([]), 1, []), [other])).not.toThrow();
    expect(() => expectNoNulls(batch, [other])).toThrow(/^row 0: column image: /);
  });
});

describe('expectSameSchema', () => {
  it('accepts equal schemas, and names what differs', () => {
    const copy = new Schema(pointCloudsSchema.fields.map((field) => field.clone({})));
    expect(() => expectSameSchema(pointCloudsSchema, copy)).not.toThrow();
    const nullable = new Schema(pointCloudsSchema.fields.map((field) => field.clone({ nullable: true })));
    expect(() => expectSameSchema(pointCloudsSchema, nullable)).toThrow(
      badSchema('the schema changed within the stream: column image: expected without nulls, found nullable'),
    );
  });
});
