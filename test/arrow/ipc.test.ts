import { describe, expect, it } from 'vitest';
import { decodeBatches, encodeBatches } from '#dist/arrow/ipc.js';
import { cloudBatch, descriptorBatch, imageBatch, split, withExtraColumns, withNulls } from '../support/batches.js';
import { plainRows } from '../support/plainRows.js';

describe('encodeBatches and decodeBatches', () => {
  it.each([
    ['images', imageBatch(7)],
    ['point clouds', cloudBatch([3, 0, 2, 5, 1, 1, 4])],
    ['descriptors', descriptorBatch([3, 4])],
    ['columns of other types, with nulls', withNulls(withExtraColumns(imageBatch(7)), 'file', 3)],
  ])('give back batches of %s, slices too', (_, batch) => {
    const batches = [batch, ...split(batch, 3, 1), batch.slice(2, 2)];
    const decoded = decodeBatches(encodeBatches(batches));
    expect(decoded.map(({ numRows }) => numRows)).toEqual(batches.map(({ numRows }) => numRows));
    expect(plainRows(decoded)).toEqual(plainRows(batches));
    for (const { schema } of decoded) {
      expect(schema.fields).toEqual(batch.schema.fields);
      expect(schema.metadata).toEqual(batch.schema.metadata);
    }
  });

  it('make nothing of nothing', () => {
    expect(encodeBatches([])).toEqual(new Uint8Array(0));
    expect(decodeBatches(new Uint8Array(0))).toEqual([]);
  });

  it('give bytes that may be transferred: the buffer holds them alone, and the batch stays', () => {
    const batch = imageBatch(100, { height: 28, width: 28 });
    const before = plainRows([batch]);
    const bytes = encodeBatches([batch]);
    expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    expect(bytes.byteLength).toBe(0);
    expect(plainRows([batch])).toEqual(before);
  });

  it('refuse batches of several schemas', () => {
    expect(() => encodeBatches([imageBatch(2), cloudBatch([1])])).toThrow(
      expect.objectContaining({
        code: 'badSchema',
        message:
          'the schema changed within the stream: columns: expected image, label, pixels, found image, label, points',
      }) as Error,
    );
  });
});
