import { type RecordBatch, Schema } from 'apache-arrow';
import { recordBatch } from '../arrow/columns.js';
import { CloudBuilder } from '../clouds/cloudBuilder.js';
import { type CloudContent, cloudColumns } from './cloudColumns.js';

export function cloudsSchema(content: CloudContent): Schema {
  return new Schema(cloudColumns(content).map(({ field }) => field));
}

/** A batch of so many points (24 MiB) leaves, however few clouds it has. */
const ENOUGH_POINTS = 2 ** 20;

/** Makes batches of clouds, a row each, numbered one after the other. */
export interface CloudBatches {
  /** Gets the clouds. */
  readonly clouds: CloudBuilder;
  /** The number that the next cloud will have. */
  readonly count: number;
  /** Gives batches as they are full. @param complete tells each cloud of the file as it is complete */
  add(complete: Iterable<void>, file: string): Iterable<RecordBatch>;
  /** Gives what is left, if anything is. */
  rest(): Iterable<RecordBatch>;
}

/** @param content what all clouds have @param firstImage the number of the first */
export function cloudBatches(content: CloudContent, batchRows: number, firstImage = 0): CloudBatches {
  const columns = cloudColumns(content);
  const schema = cloudsSchema(content);
  const clouds = new CloudBuilder(content.species, Object.values(content.arrays ?? {}));
  /** Of each cloud. */
  let files: string[] = [];
  /** Index of the first cloud of the next batch. */
  let first = firstImage;

  function take(): RecordBatch {
    const { count } = clouds;
    const taken = { ...clouds.take(), files, first };
    const data = columns.map((column) => column.data(taken));
    first += count;
    files = [];
    return recordBatch(schema, count, data);
  }

  return {
    clouds,
    get count() {
      return first + clouds.count;
    },
    *add(complete, file) {
      for (const _ of complete) {
        files.push(file);
        if (clouds.count >= batchRows || clouds.points >= ENOUGH_POINTS) yield take();
      }
    },
    *rest() {
      if (clouds.count > 0) yield take();
    },
  };
}
