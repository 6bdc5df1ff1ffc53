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
 *
 * @throws PipelineError `badData` if rows of an image are apart, or differ in their label
 */
export function imageGroups(output: Schema, batchRows: number, summary: ImageSummary): BatchTransform {
  const seen = new SeenImages();
  const isLabelled = hasColumn(output, labelField.name);
  // Of the rows that leave next:
  const images = new Uint32Array(batchRows);
  const labels = new Uint8Array(batchRows);
  const counts = new Uint32Array(batchRows);
  let rows = 0;
  /** Whether row `rows` is the image at hand. */
  let isOpen = false;

  function open(image: number, label: number, row: number): void {
    if (!seen.add(image)) {
      throw new PipelineError(
        'badData',
        'came before: expected the rows of an image to follow each other, and images of different numbers',
        { place: { row, image } },
      );
    }
    images[rows] = image;
    labels[rows] = label;
    counts[rows] = 0;
    isOpen = true;
  }

  function expectLabel(found: Uint8Array, start: number, end: number): void {
    const row = found.subarray(start, end).findIndex((label) => label !== labels[rows]);
    if (row < 0) return;
    throw new PipelineError('badData', `expected the label ${labels[rows]} as before, found ${found[start + row]}`, {
      place: { row: start + row, image: images[rows]! },
    });
  }

  function close(): void {
    try {
      summary.finish(rows);
    } catch (error) {
      throw atPlace({ image: images[rows]! }, error);
    }
    rows++;
    isOpen = false;
  }

  function leave(): RecordBatch {
    const count = rows;
    rows = 0;
    const ofRows = isLabelled ? labels.slice(0, count) : undefined;
    const columns: Record<string, Data> = {
      [imageField.name]: numberColumn(imageField.type, images.slice(0, count)),
      ...(ofRows && { [labelField.name]: numberColumn(labelField.type, ofRows) }),
      [nRowsField.name]: numberColumn(nRowsField.type, counts.slice(0, count)),
      ...summary.take(count, ofRows),
    };
    return recordBatch(
      output,
      count,
      output.fields.map(({ name }) => columns[name]!),
    );
  }

  return {
    *next(batch) {
      const found = flatValues(column(batch, imageField.name)) as Uint32Array;
      const foundLabels = isLabelled ? (flatValues(column(batch, labelField.name)) as Uint8Array) : undefined;
      for (let start = 0, end = 0; start < batch.numRows; start = end) {
        const image = found[start]!;
        do end++;
        while (end < batch.numRows && found[end] === image);
        if (isOpen && image !== images[rows]) {
          close();
          if (rows === batchRows) yield leave();
        }
        if (!isOpen) open(image, foundLabels?.[start] ?? 0, start);
        if (foundLabels) expectLabel(foundLabels, start, end);
        counts[rows]! += end - start;
        summary.add(batch, start, end);
      }
    },
    *complete() {
      if (isOpen) close();
      if (rows > 0) yield leave();
      summary.complete?.();
    },
  };
}
