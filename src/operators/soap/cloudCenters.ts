import type { RecordBatch } from 'apache-arrow';
import { column, flatValues, listElements, listOffsets } from '../../arrow/columns.js';
import { hasColumn } from '../../arrow/fields.js';
import { centerPositionsField, centersField, pointsField } from '../../arrow/schemas.js';
import { PipelineError } from '../../errors.js';
import { rowPlace } from '../frame/rowPlace.js';

/** The centres of the clouds of a batch. */
export interface CloudCenters {
  /** How many centres the cloud in that row has. */
  count(row: number): number;
  /** What the column `center` says of the i-th of them. */
  numberOf(row: number, i: number): number;
  /**
   * Positions of those from `start` to `end`, M×3 in input units; maybe a view.
   * @throws PipelineError `badData` naming row and column
   */
  positions(row: number, start: number, end: number): Float64Array;
}

/** The `centerPositions`, or the points that `centers` names, or else every point. */
export function centersOf(batch: RecordBatch): CloudCenters {
  if (hasColumn(batch.schema, centerPositionsField.name)) return freeCenters(batch);
  return hasColumn(batch.schema, centersField.name) ? chosenCenters(batch) : allOf(batch, pointsField.name);
}

/** All (x, y, z) in the lists of a column. */
function allOf(batch: RecordBatch, name: string): CloudCenters {
  const { offsets, values } = vectors(batch, name);
  return {
    count: (row) => offsets[row + 1]! - offsets[row]!,
    numberOf: (_row, i) => i,
    positions: (row, start, end) => values.subarray(3 * (offsets[row]! + start), 3 * (offsets[row]! + end)),
  };
}

function chosenCenters(batch: RecordBatch): CloudCenters {
  const { offsets: clouds, values: points } = vectors(batch, pointsField.name);
  const chosen = column(batch, centersField.name);
  const offsets = listOffsets(chosen);
  const indices = flatValues(listElements(chosen)) as Uint32Array;
  return {
    count: (row) => offsets[row + 1]! - offsets[row]!,
    numberOf: (row, i) => indices[offsets[row]! + i]!,
    positions(row, start, end) {
      const nPoints = clouds[row + 1]! - clouds[row]!;
      const positions = new Float64Array(3 * (end - start));
      for (const [i, center] of indices.subarray(offsets[row]! + start, offsets[row]! + end).entries()) {
        if (center >= nPoints) {
          throw new PipelineError(
            'badData',
            `centers: expected an index below ${nPoints}, the number of points, got ${center}`,
            { place: rowPlace(batch, row) },
          );
        }
        const at = 3 * (clouds[row]! + center);
        positions.set(points.subarray(at, at + 3), 3 * i);
      }
      return positions;
    },
  };
}

function freeCenters(batch: RecordBatch): CloudCenters {
  const centers = allOf(batch, centerPositionsField.name);
  return {
    ...centers,
    positions(row, start, end) {
      const positions = centers.positions(row, start, end);
      const wrong = positions.findIndex((coordinate) => !Number.isFinite(coordinate));
      if (wrong < 0) return positions;
      throw new PipelineError(
        'badData',
        `centerPositions[${start + Math.floor(wrong / 3)}]: expected finite coordinates, got ${positions[wrong]}`,
        { place: rowPlace(batch, row) },
      );
    },
  };
}

/** A column of lists of (x, y, z): where each row starts, and the flat coordinates. */
function vectors(batch: RecordBatch, name: string): { offsets: Int32Array; values: Float64Array } {
  const lists = column(batch, name);
  return { offsets: listOffsets(lists), values: flatValues(listElements(lists)) as Float64Array };
}
