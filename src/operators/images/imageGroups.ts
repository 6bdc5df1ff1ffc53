import { type Data, type Field, type RecordBatch, Schema } from 'apache-arrow';
import { column, flatValues, numberColumn, recordBatch } from '../../arrow/columns.js';
import { classLabels, type ColumnExpectation, exactly, ifPresent } from '../../arrow/expectations.js';
import { hasColumn } from '../../arrow/fields.js';
import { imageField, labelField, nRowsField } from '../../arrow/schemas.js';
import { atPlace, PipelineError } from '../../errors.js';
import { SeenImages } from '../../images/seenImages.js';
import type { BatchTransform } from '../frame/batchOperator.js';

/** What the rows of an image come to; told the images one after the other. */
export interface ImageSummary {
  /** Takes in rows `start` to `end` of the batch, all of them of the image at hand. */
  add(batch: RecordBatch, start: number, end: number): void;
  /** Ends the image at hand: its results become row `row` of the columns that leave next. */
  finish(row: number): void;
  /** The columns of the first `rows` rows, by name, and none of them any more; `labels` are those of the rows, if they have any. */
  take(rows: number, labels: Uint8Array | undefined): Record<string, Data>;
  /** After the last image. */
  complete?(): void;
}

/** The columns by which images are told apart. */
export const groupReads: readonly ColumnExpectation[] = [exactly(imageField), ifPresent(classLabels)];

/** An image a row: image, label if there is one, how many rows it had, and what they come to. */
export function groupedSchema(input: Schema, results: readonly Field[]): Schema {
  const label = hasColumn(input, labelField.name) ? [labelField] : [];
  return new Schema([imageField, ...label, nRowsField, ...results], input.metadata);
}

/** Columns of `groupedSchema` that results cannot have the name of. */
export const groupColumns = [imageField, labelField, nRowsField].map(({ name }) => name);

/**
 * Takes the rows of each image together. They follow each other in the stream, across batches too; memory is that of one image and of the
 * batch that leaves, and a bit for each image that has come.
 */
export class ImageGroups implements BatchTransform {
  readonly #output: Schema;
  readonly #summary: ImageSummary;
  readonly #seen = new SeenImages();
  /** Of the rows that leave next. */
  readonly #images: Uint32Array;
  readonly #labels: Uint8Array | undefined;
  readonly #counts: Uint32Array;
  #rows = 0;
  /** Whether row `#rows` is the image at hand. */
  #isOpen = false;

  constructor(output: Schema, batchRows: number, summary: ImageSummary) {
    this.#output = output;
    this.#summary = summary;
    this.#images = new Uint32Array(batchRows);
    this.#labels = hasColumn(output, labelField.name) ? new Uint8Array(batchRows) : undefined;
    this.#counts = new Uint32Array(batchRows);
  }

  /** @throws PipelineError `badData` if rows of an image are apart, or differ in their label */
  *next(batch: RecordBatch): Generator<RecordBatch> {
    const images = flatValues(column(batch, imageField.name)) as Uint32Array;
    const labels = this.#labels && (flatValues(column(batch, labelField.name)) as Uint8Array);
    for (let start = 0, end = 0; start < batch.numRows; start = end) {
      const image = images[start]!;
      do end++;
      while (end < batch.numRows && images[end] === image);
      if (this.#isOpen && image !== this.#images[this.#rows]) {
        this.#close();
        if (this.#rows === this.#images.length) yield this.#leave();
      }
      if (!this.#isOpen) this.#open(image, labels?.[start], start);
      if (labels) this.#expectLabel(labels, start, end);
      this.#counts[this.#rows]! += end - start;
      this.#summary.add(batch, start, end);
    }
  }

  *complete(): Generator<RecordBatch> {
    if (this.#isOpen) this.#close();
    if (this.#rows > 0) yield this.#leave();
    this.#summary.complete?.();
  }

  #open(image: number, label: number | undefined, row: number): void {
    if (!this.#seen.add(image)) {
      throw new PipelineError(
        'badData',
        'came before: expected the rows of an image to follow each other, and images of different numbers',
        { place: { row, image } },
      );
    }
    this.#images[this.#rows] = image;
    if (this.#labels && label !== undefined) this.#labels[this.#rows] = label;
    this.#counts[this.#rows] = 0;
    this.#isOpen = true;
  }

  #expectLabel(labels: Uint8Array, start: number, end: number): void {
    const label = this.#labels![this.#rows]!;
    for (let row = start; row < end; row++) {
      if (labels[row] === label) continue;
      throw new PipelineError('badData', `expected the label ${label} as before, found ${labels[row]}`, {
        place: { row, image: this.#images[this.#rows]! },
      });
    }
  }

  #close(): void {
    try {
      this.#summary.finish(this.#rows);
    } catch (error) {
      throw atPlace({ image: this.#images[this.#rows]! }, error);
    }
    this.#rows++;
    this.#isOpen = false;
  }

  #leave(): RecordBatch {
    const rows = this.#rows;
    this.#rows = 0;
    const labels = this.#labels?.slice(0, rows);
    const columns: Record<string, Data> = {
      [imageField.name]: numberColumn(imageField.type, this.#images.slice(0, rows)),
      ...(labels && { [labelField.name]: numberColumn(labelField.type, labels) }),
      [nRowsField.name]: numberColumn(nRowsField.type, this.#counts.slice(0, rows)),
      ...this.#summary.take(rows, labels),
    };
    return recordBatch(
      this.#output,
      rows,
      this.#output.fields.map(({ name }) => columns[name]!),
    );
  }
}
