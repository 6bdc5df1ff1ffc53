import { Field, Float64, Schema, Uint8, Utf8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { numberColumn, recordBatch } from '#dist/arrow/columns.js';
import { decodeBatches, encodeBatches } from '#dist/arrow/ipc.js';
import { retainedBytes } from '#dist/arrow/retainedBytes.js';
import { cloudBatch, columnOf, imageBatch, withColumn, withNulls } from '../support/batches.js';

describe('retainedBytes', () => {
  it('is the size of all buffers', () => {
    expect(retainedBytes(imageBatch(10, { height: 4, width: 5 }))).toBe(10 * (4 + 1 + 20));
    // Offsets of 3 rows, 5 points.
    expect(retainedBytes(cloudBatch([2, 0, 3]))).toBe(3 * (4 + 1) + 4 * 4 + 5 * 24);
  });

  it('counts validity bitmaps', () => {
    expect(retainedBytes(withNulls(imageBatch(10), 'label')) - retainedBytes(imageBatch(10))).toBe(2);
  });

  it('counts the whole of a buffer for a slice of it', () => {
    const batch = imageBatch(100);
    expect(retainedBytes(batch.slice(7, 8))).toBe(retainedBytes(batch));
    expect(retainedBytes(batch.slice(0, 0))).toBe(retainedBytes(batch));
  });

  it('counts a buffer once, however many columns look into it', () => {
    const buffer = new ArrayBuffer(80);
    const schema = new Schema(['a', 'b'].map((name) => new Field(name, new Float64(), false)));
    const halves = [0, 40].map((offset) => numberColumn(new Float64(), new Float64Array(buffer, offset, 5)));
    expect(retainedBytes(recordBatch(schema, 5, halves))).toBe(80);
  });

  it('counts the bytes of an IPC stream once for each batch in it', () => {
    const bytes = encodeBatches([imageBatch(3), imageBatch(5)]);
    for (const batch of decodeBatches(bytes)) expect(retainedBytes(batch)).toBe(bytes.byteLength);
  });

  it('counts texts and dictionaries', () => {
    const texts = columnOf(new Utf8(), ['a', 'bc', 'def']);
    const sizes = texts.values.buffer.byteLength + texts.valueOffsets.buffer.byteLength;
    const batch = imageBatch(3);
    const own = texts.nullBitmap?.buffer.byteLength ?? 0;
    const wider = withColumn(batch, new Field('text', new Utf8(), false), texts);
    expect(retainedBytes(wider) - retainedBytes(batch)).toBe(sizes + own);
    expect(
      retainedBytes(
        recordBatch(new Schema([new Field('a', new Uint8(), false)]), 0, [
          numberColumn(new Uint8(), new Uint8Array(0)),
        ]),
      ),
    ).toBe(0);
  });
});
