import { describe, expect, it } from 'vitest';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { changed, fieldsOf, i32, i64, integerOf, itemsOf, list, struct, text, textOf } from '#dist/io/thrift.js';

/** As a reader that shares no code sees it. */
function plain(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = { view, offset: 0 };
  const value: unknown = deserializeTCompactProtocol(reader);
  expect(reader.offset).toBe(bytes.length);
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) => {
      if (typeof each === 'bigint') return `${each}n`;
      return each instanceof Uint8Array ? Buffer.from(each).toString() : each;
    }),
  );
}

describe('a struct of Thrift', () => {
  const many = Array.from({ length: 20 }, (_, i) => text(`text ${i}`));
  const inner = struct({ 1: i32(0), 3: i64(2 ** 40), 7: i64(2 ** 51) });
  const value = struct({ 1: i32(2 ** 30), 2: text('ünï'), 5: list([inner, inner]), 6: list(many), 13: list([i32(7)]) });

  it('is written as another reader has it', () => {
    const innerPlain = { field_1: 0, field_3: `${2n ** 40n}n`, field_7: `${2 ** 51}n` };
    expect(plain(value.bytes)).toEqual({
      field_1: 2 ** 30,
      field_2: 'ünï',
      field_5: [innerPlain, innerPlain],
      field_6: many.map((_, i) => `text ${i}`),
      field_13: [7],
    });
  });

  it('is read as it was written', () => {
    const fields = fieldsOf(value);
    expect([...fields.keys()]).toEqual([1, 2, 5, 6, 13]);
    expect([integerOf(fields.get(1)), textOf(fields.get(2))]).toEqual([2 ** 30, 'ünï']);
    expect(itemsOf(fields.get(6)).map(textOf)).toEqual(many.map((_, i) => `text ${i}`));
    const numbers = itemsOf(fields.get(5)).map((item) => [...fieldsOf(item).values()].map(integerOf));
    expect(numbers).toEqual(Array.from({ length: 2 }, () => [0, 2 ** 40, 2 ** 51]));
    expect(changed(fields, {}).bytes).toEqual(value.bytes);
  });

  it('keeps what nobody here knows, and the order of its fields', () => {
    // Booleans, bytes, integers of 16 bits, a negative one, a list of booleans.
    const bytes = Uint8Array.of(0x11, 0x12, 0x13, 0x80, 0x14, 0x07, 0x19, 0x21, 0x01, 0x02, 0x00);
    const fields = fieldsOf({ bytes });
    expect([...fields.keys()]).toEqual([1, 2, 3, 4, 5]);
    expect(changed(fields, {}).bytes).toEqual(bytes);
    expect(plain(changed(fieldsOf(value), { 3: i32(1), 13: i32(2) }).bytes)).toMatchObject({ field_3: 1, field_13: 2 });
    expect(() => integerOf(fields.get(4))).toThrow('expected a number of 0 or more in the metadata of Parquet');
  });

  it('is refused where it is cut off, or holds another type', () => {
    for (let length = 0; length < value.bytes.length; length++) {
      expect(() => fieldsOf({ bytes: value.bytes.subarray(0, length) })).toThrow('the metadata of Parquet');
    }
    expect(() => fieldsOf({ bytes: Uint8Array.of(0x1b, 0, 0) })).toThrow('unknown type 11 in the metadata of Parquet');
    expect(() => textOf(fieldsOf(value).get(1))).toThrow(
      'expected a value of type 8 in the metadata of Parquet, got 5',
    );
  });
});
