import { createRequire } from 'node:module';
import {
  Float64,
  Field,
  type DataType,
  List,
  LargeList,
  Null,
  RecordBatch,
  Schema,
  Table,
  Utf8,
  Utf8View,
  vectorFromArray,
} from 'apache-arrow';
import type * as Arrow from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { adoptBatch } from '#dist/arrow/adoptBatch.js';
import { adoptSchema } from '#dist/arrow/adoptSchema.js';
import { recordBatch } from '#dist/arrow/columns.js';
import { decodeBatches, encodeBatches } from '#dist/arrow/ipc.js';
import { schemaDifference } from '#dist/arrow/schemaDifference.js';
import { foreignSchema, modelSchema, sampleBatch } from '../io/samples.js';
import { cloudBatch, columnOf } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

/** The CommonJS build: other classes. */
const other = createRequire(import.meta.url)('apache-arrow') as typeof Arrow;

const ofOtherCopy = (batch: RecordBatch): RecordBatch => [...other.RecordBatchReader.from(encodeBatches([batch]))][0]!;

describe('batches of another copy of Arrow', () => {
  it.each([
    ['model', modelSchema],
    ['foreign', foreignSchema],
  ])('are adopted with all their types, metadata and values: the %s schema', (_, schema) => {
    const batch = sampleBatch(schema, 20);
    const given = ofOtherCopy(batch);
    expect(Object.getPrototypeOf(given)).not.toBe(RecordBatch.prototype);
    const adopted = adoptBatch(given);
    expect(Object.getPrototypeOf(adopted)).toBe(RecordBatch.prototype);
    expect(schemaDifference(schema, adopted.schema)).toBeUndefined();
    expect(plainRows([adopted])).toEqual(plainRows([batch]));
    expect(plainRows(decodeBatches(encodeBatches([adopted])))).toEqual(plainRows([batch]));
    expect(plainRows([adoptBatch(given.slice(3, 9))])).toEqual(plainRows([batch.slice(3, 9)]));
  });

  it('share their memory', () => {
    const given = ofOtherCopy(cloudBatch([2, 3]));
    const [one, two] = [adoptBatch(given), adoptBatch(given.slice(1, 2))];
    expect(one.data.children[0]!.values).toBe(given.data.children[0]!.values);
    expect(schemaDifference(adoptSchema(given.schema), one.schema)).toBeUndefined();
    expect(plainRows([two])).toEqual(plainRows([given.slice(1, 2)]));
  });

  it('share their dictionaries', () => {
    const type = new other.Dictionary(new other.Utf8(), new other.Int32(), 5);
    const names = other.vectorFromArray(['a', 'b', 'a'], type);
    const [batch] = new other.Table({ name: names }).batches;
    const [one, two] = [adoptBatch(batch!), adoptBatch(batch!.slice(1, 3))];
    expect(one.data.children[0]!.dictionary).toBe(two.data.children[0]!.dictionary);
    expect(plainRows(decodeBatches(encodeBatches([one, two])))).toEqual(
      ['a', 'b', 'a', 'b', 'a'].map((name) => ({ name })),
    );
  });

  it('are found inside of one that is ours', () => {
    const field = new Field('x', new Float64(), false);
    const mixed = recordBatch(new Schema([field]), 2, [other.vectorFromArray([1, 2], new other.Float64()).data[0]!]);
    expect(adoptBatch(mixed)).not.toBe(mixed);
    expect(plainRows(decodeBatches(encodeBatches([mixed])))).toEqual([{ x: 1 }, { x: 2 }]);
  });
});

describe('batches of our own', () => {
  it('pass as they are', () => {
    for (const batch of [
      cloudBatch([1, 2]),
      sampleBatch(foreignSchema, 9).slice(2, 7),
      ...decodeBatches(encodeBatches([cloudBatch([1])])),
    ]) {
      expect(adoptBatch(batch)).toBe(batch);
    }
  });

  it('are completed where Arrow makes them of nothing', () => {
    const lists = vectorFromArray([], new List(new Field('item', new Utf8(), true)));
    for (const { batches } of [new Table({ lists }), new Table(modelSchema)]) {
      for (const batch of batches) {
        const adopted = adoptBatch(batch);
        expect(adopted.numRows).toBe(0);
        expect(schemaDifference(batch.schema, adopted.schema)).toBeUndefined();
        expect(adopted.data.children).toHaveLength(batch.schema.fields.length);
        expect(plainRows(decodeBatches(encodeBatches([adopted])))).toEqual([]);
      }
    }
  });

  const long = 'longer than the twelve bytes of a view';
  it.each([
    [new Utf8View(), ['a', null, long, 'b', `${long}!`]],
    [new List(new Field('item', new Utf8View(), true)), [['a'], null, [long, null], [], ['b', `${long}!`]]],
    [new LargeList(new Field('item', new Utf8View(), true)), [['a'], null, [long, null], [], ['b', `${long}!`]]],
    [new Null(), [null, null, null, null, null]],
  ] as [DataType, unknown[]][])('are written rightly as slices: %s', (type, values) => {
    const batch = recordBatch(new Schema([new Field('own', type, true)]), 5, [columnOf(type, values)]);
    for (const [from, to] of [
      [0, 5],
      [1, 4],
      [2, 5],
      [4, 5],
    ] as const) {
      // prettier-ignore
      const [decoded] = decodeBatches(encodeBatches([batch.slice(from, to)]));
      expect(plainRows([decoded!]).map(({ own }) => own)).toEqual(values.slice(from, to));
      expect(decoded!.data.children[0]!.nullCount).toBe(
        values.slice(from, to).filter((value) => value === null).length,
      );
    }
  });
});
