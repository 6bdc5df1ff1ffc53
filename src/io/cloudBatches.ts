import { type RecordBatch, Schema } from 'apache-arrow';
import { recordBatch } from '../arrow/columns.js';
import type { Cloud } from '../clouds/cloud.js';
import { type CloudContent, cloudColumns, type CloudOfFile } from './cloudColumns.js';

export function cloudsSchema(content: CloudContent): Schema {
  return new Schema(cloudColumns(content).map(({ field }) => field));
}

/** A batch of so many points (24 MiB) leaves, however few clouds it has. */
const ENOUGH_POINTS = 2 ** 20;

/** Collects clouds into batches, a row each, numbered one after the other. */
export interface CloudBatches {
  /** The number that the next cloud will have. */
  readonly count: number;
  /** Takes clouds of a file, and gives batches as they are full. */
  add(clouds: Iterable<Cloud>, file: string): Iterable<RecordBatch>;
  /** Gives what is left, if anything is. */
  rest(): Iterable<RecordBatch>;
}

/** @param content what all clouds have @param firstImage the number of the first */
export function cloudBatches(content: CloudContent, batchRows: number, firstImage = 0): CloudBatches {
  const columns = cloudColumns(content);
  const schema = cloudsSchema(content);
  let waiting: CloudOfFile[] = [];
  let nPoints = 0;
  /** Index of the first cloud of the next batch. */
  let first = firstImage;

  function take(): RecordBatch {
    const clouds = waiting;
    const data = columns.map((column) => column.data(clouds, first));
    first += clouds.length;
    [waiting, nPoints] = [[], 0];
    return recordBatch(schema, clouds.length, data);
  }

  return {
    get count() {
      return first + waiting.length;
    },
    *add(clouds, file) {
      for (const cloud of clouds) {
        waiting.push({ ...cloud, file });
        nPoints += cloud.points.length / 3;
        if (waiting.length >= batchRows || nPoints >= ENOUGH_POINTS) yield take();
      }
    },
    *rest() {
      if (waiting.length > 0) yield take();
    },
  };
}
