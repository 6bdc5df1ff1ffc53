import { Dictionary, Field, Int32, List, Schema, tableFromIPC, Uint8, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { recordBatch } from '#dist/arrow/columns.js';
import { concatenate } from '#dist/arrow/concatenate.js';
import { areEqualDictionaries, hasDictionary } from '#dist/arrow/dictionaries.js';
import { IpcEncoder } from '#dist/arrow/ipcEncoder.js';

const type = new Dictionary(new Utf8(), new Int32(), 0);
const schema = new Schema([new Field('name', type, false)]);
const dictionaryOf = (names: string[]) => vectorFromArray(names, type).data[0]!.dictionary!;

it('tells whether a schema has dictionaries, inside of lists too', () => {
  expect(hasDictionary(schema)).toBe(true);
  expect(hasDictionary(new Schema([new Field('names', new List(new Field('item', type, false)), false)]))).toBe(true);
  expect(hasDictionary(new Schema([new Field('number', new Uint8(), false)]))).toBe(false);
});

it('compares dictionaries by their values', () => {
  expect(areEqualDictionaries(dictionaryOf(['a', 'b']), dictionaryOf(['a', 'b']))).toBe(true);
  expect(areEqualDictionaries(dictionaryOf(['a', 'b']), dictionaryOf(['b', 'a']))).toBe(false);
  expect(areEqualDictionaries(dictionaryOf(['a', 'b']), dictionaryOf(['a', 'b', 'c']))).toBe(false);
});

describe('IpcEncoder', () => {
  it('takes a dictionary for the one before where its values are the same', () => {
    const encoder = new IpcEncoder('names.arrow', schema, 'file');
    const names = ['a', 'b', 'a'];
    const batches = [1, 2].map(() => recordBatch(schema, 3, [vectorFromArray(names, type).data[0]!]));
    const bytes = concatenate([...batches.flatMap((batch) => encoder.encode(batch)), ...encoder.finish()]);
    expect([...tableFromIPC(bytes).getChild('name')!]).toEqual([...names, ...names]);
  });
});
