import { Field, FixedSizeList, Float32, Float64, Int32, Schema, Timestamp, TimeUnit, Uint8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { expectEqualSchema, schemaDifference } from '#dist/arrow/schemaDifference.js';

const schemaOf = (...fields: Field[]): Schema => new Schema(fields);
const list = (item: Field): FixedSizeList => new FixedSizeList(3, item);
const label = new Field('label', new Uint8(), false);

describe('schemaDifference', () => {
  it('finds none between equal schemas, whatever the order of their metadata', () => {
    const one = new Map([['a', '1'], ['b', '2']]); // prettier-ignore
    const other = new Map([...one].toReversed());
    expect(schemaDifference(schemaOf(label), schemaOf(new Field('label', new Uint8(), false)))).toBeUndefined();
    expect(schemaDifference(new Schema([label], one), new Schema([label], other))).toBeUndefined();
  });

  it('does not tell an absent time zone from an empty one', () => {
    const stamp = (zone: string | null | undefined): Schema =>
      schemaOf(new Field('at', new Timestamp(TimeUnit.SECOND, zone), false));
    expect(schemaDifference(stamp(null), stamp(undefined))).toBeUndefined();
    expect(schemaDifference(stamp(null), stamp('UTC'))).toMatch(/^column at: expected timestamp<second>, found /);
  });

  it.each([
    ['names', schemaOf(label), schemaOf(), 'columns: expected label, found none'],
    [
      'types',
      schemaOf(new Field('soap', list(new Field('item', new Float32(), false)), false)),
      schemaOf(new Field('soap', list(new Field('item', new Float64(), false)), false)),
      'column soap: expected fixed_size_list<float32, 3>, found fixed_size_list<float64, 3>',
    ],
    [
      'nullability',
      schemaOf(label),
      schemaOf(new Field('label', new Uint8(), true)),
      'column label: expected without nulls, found nullable',
    ],
    [
      'nullability of items',
      schemaOf(new Field('soap', list(new Field('item', new Int32(), false)), false)),
      schemaOf(new Field('soap', list(new Field('item', new Int32(), true)), false)),
      'column soap.item: expected without nulls, found nullable',
    ],
    [
      'names of items',
      schemaOf(new Field('soap', list(new Field('item', new Int32(), false)), false)),
      schemaOf(new Field('soap', list(new Field('element', new Int32(), false)), false)),
      'fields of column soap: expected item, found element',
    ],
    [
      'metadata of columns',
      schemaOf(new Field('label', new Uint8(), false, new Map([['nMax', '7']]))),
      schemaOf(label),
      'column label: metadata nMax: expected 7, found nothing',
    ],
    [
      'metadata',
      schemaOf(label),
      new Schema([label], new Map([['a', 'b']])),
      'schema: metadata a: expected nothing, found b',
    ],
  ])('names what differs in %s', (_, expected, found, message) => {
    expect(schemaDifference(expected, found)).toBe(message);
    expect(() => expectEqualSchema('out.arrow', expected, found)).toThrowError(
      expect.objectContaining({ code: 'badSchema', message: `out.arrow: ${message}` }),
    );
  });
});
