import { Field, Int32, Schema, Utf8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column } from '#dist/arrow/columns.js';
import { changeFieldMetadata, changeFields, fieldNamed, hasColumn, withColumns } from '#dist/arrow/fields.js';
import { columnOf, imageBatch } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

const schema = new Schema(
  ['a', 'b', 'c'].map((name) => new Field(name, new Int32(), false, new Map([['of', name]]))),
  new Map([['origin', 'here']]),
);
const text = new Field('b', new Utf8(), true);
const names = ({ fields }: Schema): string[] => fields.map(({ name }) => name);

describe('changeFields', () => {
  it('drops, adds at the end and replaces, and keeps the metadata', () => {
    expect(names(changeFields(schema, { drop: ['a', 'z'] }))).toEqual(['b', 'c']);
    expect(names(changeFields(schema, { add: [new Field('d', new Utf8())] }))).toEqual(['a', 'b', 'c', 'd']);
    const replaced = changeFields(schema, { drop: ['a'], add: [text] });
    expect(names(replaced)).toEqual(['c', 'b']);
    expect(replaced.fields[1]).toBe(text);
    expect(replaced.metadata).toEqual(schema.metadata);
    expect(names(schema)).toEqual(['a', 'b', 'c']);
  });
});

describe('withColumns', () => {
  it('takes new columns by name and the others from the batch, in the order of the schema', () => {
    const batch = imageBatch(3);
    const output = new Schema([new Field('constructor', new Utf8()), fieldNamed(batch.schema, 'label')]);
    const texts = columnOf(new Utf8(), ['x', 'y', 'z']);
    const result = withColumns(batch, output, { constructor: texts });
    expect(plainRows([result])).toEqual([
      { constructor: 'x', label: 0 },
      { constructor: 'y', label: 1 },
      { constructor: 'z', label: 2 },
    ]);
    expect(column(result, 'label')).toBe(column(batch, 'label'));
    expect(() => withColumns(batch, new Schema([new Field('toString', new Utf8())]), {})).toThrow(
      new Error('no column toString'),
    );
  });
});

describe('fieldNamed and hasColumn', () => {
  it('look fields up by their name', () => {
    expect(fieldNamed(schema, 'b')).toBe(schema.fields[1]);
    expect(() => fieldNamed(schema, 'd')).toThrow(new Error('no field d'));
    expect(['b', 'd'].map((name) => hasColumn(schema, name))).toEqual([true, false]);
  });
});

describe('changeFieldMetadata', () => {
  it('adds to what one field says, and leaves all else', () => {
    const changed = changeFieldMetadata(schema, 'b', { rescaled: 'robust', of: 'B' });
    expect(changed.fields.map(({ metadata }) => Object.fromEntries(metadata))).toEqual([
      { of: 'a' },
      { of: 'B', rescaled: 'robust' },
      { of: 'c' },
    ]);
    expect(changed.metadata).toEqual(schema.metadata);
    expect(schema.fields[1]!.metadata).toEqual(new Map([['of', 'b']]));
  });
});
