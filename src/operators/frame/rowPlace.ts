import type { RecordBatch } from 'apache-arrow';
import { imageField } from '../../arrow/schemas.js';
import { describeValue } from '../../config/describe.js';
import type { Place } from '../../errors.js';

/** Where a row is: its number in the batch and, where there is one, its image. */
export function rowPlace(batch: RecordBatch, row: number): Place {
  const image: unknown = batch.getChild(imageField.name)?.get(row);
  if (image === undefined || image === null) return { row };
  return { row, image: typeof image === 'number' ? image : describeValue(image) };
}
