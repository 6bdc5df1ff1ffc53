import { Field, FixedSizeList, Float32, List, makeData, Schema, Uint16, Uint32, Uint8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import {
  column,
  fixedSizeListColumn,
  flatValues,
  listColumn,
  listElements,
  listOffsets,
  numberColumn,
  recordBatch,
} from '#dist/arrow/columns.js';
import { decodeBatches, encodeBatches } from '#dist/arrow/ipc.js';
import { featureField, imageField, imagesSchema, labelField } from '#dist/arrow/schemas.js';
import { cloudBatch, imageBatch } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

const item = (type: ConstructorParameters<typeof Field>[1]): Field => new Field('item', type, false);

describe('column', () => {
  it('finds columns by name', () => {
    const batch = imageBatch(3);
    expect(column(batch, 'label')).toBe(batch.data.children[1]);
    expect(() => column(batch, 'soap')).toThrow(new Error('no column soap'));
  });
});

describe('flatValues', () => {
  const pixels = new FixedSizeList(2, item(new FixedSizeList(3, item(new Uint8()))));

  it('gives the numbers of nested fixed-size lists in a row, without copying', () => {
    const values = Uint8Array.from({ length: 24 }, (_, i) => i);
    const data = fixedSizeListColumn(pixels, values);
    expect(data.length).toBe(4);
    expect(flatValues(data)).toEqual(values);
    expect(flatValues(data).buffer).toBe(values.buffer);
    expect(flatValues(data.slice(1, 2))).toEqual(values.subarray(6, 18));
    expect(flatValues(data.slice(1, 3).slice(1, 1))).toEqual(values.subarray(12, 18));
    expect(flatValues(data.slice(0, 0))).toEqual(new Uint8Array(0));
  });

  it('leaves out the padding of buffers that come out of Arrow IPC', () => {
    const schema = new Schema([labelField, imageField, featureField('soap', 'float32', 3)]);
    const columns = [
      numberColumn(labelField.type, Uint8Array.of(1, 2, 3)),
      numberColumn(imageField.type, Uint32Array.of(4, 5, 6)),
      fixedSizeListColumn(schema.fields[2]!.type, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)),
    ];
    const [batch] = decodeBatches(encodeBatches([recordBatch(schema, 3, columns)]));
    expect(column(batch!, 'label').values.length).toBeGreaterThan(3);
    expect(flatValues(column(batch!, 'label'))).toEqual(Uint8Array.of(1, 2, 3));
    expect(flatValues(column(batch!, 'image'))).toEqual(Uint32Array.of(4, 5, 6));
    expect(flatValues(column(batch!, 'soap'))).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
    expect(flatValues(column(batch!.slice(1, 2), 'soap'))).toEqual(Float32Array.of(4, 5, 6));
  });
});

describe('lists', () => {
  it('have the offsets of their rows in the elements, slices those of the whole', () => {
    const points = column(cloudBatch([2, 0, 3, 1]), 'points');
    expect([...listOffsets(points)]).toEqual([0, 2, 2, 5, 6]);
    expect([...listOffsets(points.slice(1, 2))]).toEqual([2, 2, 5]);
    expect(listElements(points.slice(1, 2))).toBe(points.children[0]);
  });

  it('have elements, if none, where Arrow has made them without', () => {
    const empty = makeData({ type: new List(item(new Uint32())), length: 0, nullCount: 0 });
    expect(empty.children[0]).toBeUndefined();
    expect(flatValues(listElements(empty))).toEqual(new Uint32Array(0));
  });
});

describe('batches made of arrays', () => {
  it('hold their rows', () => {
    const schema = new Schema([
      new Field('label', new Uint16(), false),
      new Field('vector', new FixedSizeList(2, item(new Float32())), false),
      new Field('lists', new List(item(new Uint8())), false),
    ]);
    const [label, vector, lists] = schema.fields.map(({ type }) => type);
    const batch = recordBatch(schema, 2, [
      numberColumn(label, Uint16Array.of(7, 8)),
      fixedSizeListColumn(vector, Float32Array.of(1, 2, 3, 4)),
      listColumn(lists, Int32Array.of(0, 3, 4), numberColumn(new Uint8(), Uint8Array.of(9, 8, 7, 6))),
    ]);
    expect(batch.numRows).toBe(2);
    expect(batch.schema.fields).toEqual(schema.fields);
    expect(plainRows([batch])).toEqual([
      { label: 7, vector: [1, 2], lists: [9, 8, 7] },
      { label: 8, vector: [3, 4], lists: [6] },
    ]);
  });

  it('may have no rows', () => {
    const schema = imagesSchema(2, 2);
    const none = schema.fields.map(({ type }) => fixedSizeListColumn(type, new Uint8Array(0)));
    expect(plainRows([recordBatch(schema, 0, none)])).toEqual([]);
  });
});
