import type { RecordBatch } from 'apache-arrow';
import { column, flatValues, listElements, listOffsets, type NumberArray } from '../../arrow/columns.js';
import { hasColumn } from '../../arrow/fields.js';
import { cellField, pbcField, pointsField, speciesField } from '../../arrow/schemas.js';
import { messageOf, PipelineError } from '../../errors.js';
import {
  type Cell,
  type CloudRequest,
  type DerivativesRequest,
  type PointIndex,
  type PowerSpectrum,
  type PowerSpectrumDerivatives,
  powerSpectrumDerivatives,
  type SoapOptions,
} from '../../soap/index.js';
import type { DeclaredSpecies } from './declaredSpecies.js';
import { rowPlace } from '../frame/rowPlace.js';

/** The clouds of a batch, of which the last one asked for stays indexed: its centres may be shared out among batches. */
export interface IndexedClouds {
  nPoints(row: number): number;
  /**
   * Writes rows for some centres of a cloud, as `PowerSpectrum.compute` gives them.
   *
   * @throws PipelineError `badData` naming the row and the coordinate, the species or the cell
   */
  describe(row: number, centers: Float64Array, out: Float64Array | Float32Array): void;
  /**
   * Rows for some centres of a cloud with their derivatives with respect to all of its points, as `powerSpectrumDerivatives` gives them.
   *
   * @throws PipelineError `badData` as `describe`, and where the results would take too much memory
   */
  differentiate(
    row: number,
    centers: Float64Array,
    options: SoapOptions,
    given: Pick<DerivativesRequest, 'attach' | 'out'>,
  ): PowerSpectrumDerivatives;
}

/**
 * @param given.species as declared; without them all points are of one kind
 * @param given.isPeriodic whether clouds repeat as the columns `cell` and `pbc` say
 */
export function indexedClouds(
  batch: RecordBatch,
  spectrum: PowerSpectrum,
  given: { readonly species: DeclaredSpecies | undefined; readonly isPeriodic: boolean },
): IndexedClouds {
  const clouds = column(batch, pointsField.name);
  const offsets = listOffsets(clouds);
  const coordinates = flatValues(listElements(clouds)) as Float64Array;
  let last: { readonly row: number; readonly index: PointIndex } | undefined;

  const nPoints = (row: number): number => offsets[row + 1]! - offsets[row]!;
  const points = (row: number): Float64Array => coordinates.subarray(3 * offsets[row]!, 3 * offsets[row + 1]!);
  const request = (row: number): CloudRequest => ({
    species: given.species?.read(column(batch, speciesField.name), row, nPoints(row), rowPlace(batch, row)),
    cell: given.isPeriodic ? cellOf(batch, row) : undefined,
  });
  const at = (row: number): PointIndex => {
    if (last?.row !== row) last = { row, index: spectrum.index(points(row), request(row)) };
    return last.index;
  };
  function inRow<T>(row: number, compute: () => T): T {
    try {
      return compute();
    } catch (error) {
      if (error instanceof PipelineError) throw error;
      throw new PipelineError('badData', messageOf(error), { place: rowPlace(batch, row), cause: error });
    }
  }

  return {
    nPoints,
    describe(row, centers, out) {
      inRow(row, () => spectrum.computeIndexed(at(row), centers, out));
    },
    differentiate: (row, centers, options, asked) =>
      inRow(row, () => powerSpectrumDerivatives(points(row), centers, options, { ...request(row), ...asked })),
  };
}

function cellOf(batch: RecordBatch, row: number): Cell {
  const of = (name: string, size: number): NumberArray =>
    flatValues(column(batch, name)).subarray(size * row, size * (row + 1));
  return {
    vectors: of(cellField.name, 9) as Float64Array,
    ...(hasColumn(batch.schema, pbcField.name) && { periodic: of(pbcField.name, 3) as Uint8Array }),
  };
}
