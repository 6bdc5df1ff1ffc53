import type { RecordBatch } from 'apache-arrow';
import { imageField } from '../arrow/schemas.js';
import { describeValue } from '../config/describe.js';

/** A row in a message: by its number in the batch and, where there is one, by its image, which does not depend on how rows are batched. */
export function rowName(batch: RecordBatch, row: number): string {
  const image: unknown = batch.getChild(imageField.name)?.get(row);
  return image === undefined || image === null ? `row ${row}` : `row ${row} (image ${describeValue(image)})`;
}
