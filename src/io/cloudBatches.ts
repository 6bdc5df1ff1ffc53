import { type RecordBatch, Schema } from 'apache-arrow';
import { recordBatch } from '../arrow/columns.js';
import type { Cloud } from '../clouds/cloud.js';
import { type CloudColumn, type CloudContent, cloudColumns, type CloudOfFile } from './cloudColumns.js';

export function cloudsSchema(content: CloudContent): Schema {
  return new Schema(cloudColumns(content).map(({ field }) => field));
}

/** A batch of so many points (24 MiB) leaves, however few clouds it has. */
const ENOUGH_POINTS = 2 ** 20;

/** Collects clouds into batches, a row each, numbered from 0. */
export class CloudBatches {
  readonly schema: Schema;
  readonly #columns: readonly CloudColumn[];
  readonly #batchRows: number;
  #clouds: CloudOfFile[] = [];
  #nPoints = 0;
  /** Index of the first cloud of the next batch. */
  #first = 0;

  /** @param content what all clouds have */
  constructor(content: CloudContent, batchRows: number) {
    this.schema = cloudsSchema(content);
    this.#columns = cloudColumns(content);
    this.#batchRows = batchRows;
  }

  /** Clouds that have been taken so far. */
  get count(): number {
    return this.#first + this.#clouds.length;
  }

  /** Takes clouds of a file, and gives batches as they are full. */
  *add(clouds: Iterable<Cloud>, file: string): Generator<RecordBatch, void, undefined> {
    for (const cloud of clouds) {
      this.#clouds.push({ ...cloud, file });
      this.#nPoints += cloud.points.length / 3;
      if (this.#clouds.length >= this.#batchRows || this.#nPoints >= ENOUGH_POINTS) yield this.#take();
    }
  }

  /** Gives what is left, if anything is. */
  *rest(): Generator<RecordBatch, void, undefined> {
    if (this.#clouds.length > 0) yield this.#take();
  }

  #take(): RecordBatch {
    const clouds = this.#clouds;
    const columns = this.#columns.map(({ data }) => data(clouds, this.#first));
    this.#first += clouds.length;
    this.#clouds = [];
    this.#nPoints = 0;
    return recordBatch(this.schema, clouds.length, columns);
  }
}
