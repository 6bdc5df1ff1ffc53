import { Field, FixedSizeList, Float64, Schema, Struct, Timestamp, TimeUnit } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { batchOfRows, CellError, type PlainRow } from '#dist/arrow/rowsBatch.js';
import { typeName } from '#dist/arrow/typeName.js';
import { plainRows } from '../support/plainRows.js';

const types = (rows: PlainRow[], known?: Schema): string[] =>
  batchOfRows(rows, known).schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`);

function refused(rows: PlainRow[], known?: Schema): string {
  try {
    batchOfRows(rows, known);
  } catch (error) {
    if (error instanceof CellError) return `${error.path.join('.')}: ${error.message}`;
    throw error;
  }
  throw new Error('expected an error');
}

describe('rows as a batch', () => {
  it('have the types of the data model, with lengths that the first row tells', () => {
    const row = { image: 3, label: 7, points: [[1, 2, 3]], species: ['H'], soap: [0.5, 1], pixels: [[1, 2, 3]] };
    expect(types([row])).toEqual([
      'image: uint32',
      'label: uint8',
      'points: list<fixed_size_list<float64, 3>>',
      'species: list<utf8>',
      'soap: fixed_size_list<float32, 2>',
      'pixels: fixed_size_list<fixed_size_list<uint8, 3>, 1>',
    ]);
    expect(plainRows([batchOfRows([row])])).toEqual([row]);
  });

  it('have the types that are known where the first value fits them, with their metadata', () => {
    const soap = new Field(
      'soap',
      new FixedSizeList(2, new Field('item', new Float64())),
      false,
      new Map([['a', 'b']]),
    );
    const known = new Schema([soap, new Field('energy', new Float64(), true)]);
    const { schema } = batchOfRows([{ soap: [1, 2], energy: null }], known);
    expect(schema.fields[0]).toEqual(soap);
    expect(types([{ soap: [1, 2, 3], energy: 1.5 }], known)).toEqual([
      'soap: fixed_size_list<float32, 3>',
      'energy: float64',
    ]);
  });

  it('take bytes in hexadecimal and numbers that are not finite', () => {
    const batch = batchOfRows([{ data: '00 fF', soap: ['NaN', -Infinity] }]);
    expect(plainRows([batch])).toEqual([{ data: [0, 255], soap: [NaN, -Infinity] }]);
  });

  it.each<[string, PlainRow[]]>([
    ['1.label: expected a value of the type uint8, got 300', [{ label: 1 }, { label: 300 }]],
    ['0.label: expected a value of the type uint8, got -1', [{ label: -1 }]],
    ['0.label: expected a value of the type uint8, got "7"', [{ label: '7' }]],
    ['0.image: expected a value of the type uint32, got 0.5', [{ image: 0.5 }]],
    ['0.soap.1: expected a value of the type float32, got 1e+39', [{ soap: [0, 1e39] }]],
    [
      '0.points.0: expected a list of 3, as the type fixed_size_list<float64, 3> has it, got [1,2]',
      [{ points: [[1, 2]] }],
    ],
    [
      '1.soap: expected a list of 1, as the type fixed_size_list<float32, 1> has it, got [1,2]',
      [{ soap: [1] }, { soap: [1, 2] }],
    ],
    ['0.species.0: expected a value of the type utf8, got 1', [{ species: [1] }]],
    ['0.data: expected bytes in hexadecimal such as 00 ff, got "0"', [{ data: '0' }]],
    ['1.label: expected a value of the type uint8, got none', [{ image: 0, label: 1 }, { image: 1 }]],
    ['1.label: the first row has no such column', [{ image: 0 }, { image: 1, label: 1 }]],
    ['0.lable: there is no such column in the data model, nor is it known what arrives', [{ lable: 1 }]],
  ])('are refused with the place: %s', (message, rows) => {
    expect(refused(rows)).toBe(message);
  });

  it('are refused for types that YAML has no values of', () => {
    const known = new Schema([new Field('at', new Timestamp(TimeUnit.SECOND))]);
    expect(refused([{ at: 0 }], known)).toBe(
      '0.at: expected a file in place of rows, since these have no timestamp<second>, got 0',
    );
    expect(refused([{ at: {} }], new Schema([new Field('at', new Struct([]))]))).toMatch(/^0\.at: expected a file/);
  });
});
