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
export class IndexedClouds {
  readonly #batch: RecordBatch;
  readonly #spectrum: PowerSpectrum;
  readonly #species: DeclaredSpecies | undefined;
  readonly #isPeriodic: boolean;
  #last: { readonly row: number; readonly index: PointIndex } | undefined;

  /**
   * @param given.species as declared; without them all points are of one kind
   * @param given.isPeriodic whether clouds repeat as the columns `cell` and `pbc` say
   */
  constructor(
    batch: RecordBatch,
    spectrum: PowerSpectrum,
    { species, isPeriodic }: { species: DeclaredSpecies | undefined; isPeriodic: boolean },
  ) {
    this.#batch = batch;
    this.#spectrum = spectrum;
    this.#species = species;
    this.#isPeriodic = isPeriodic;
  }

  nPoints(row: number): number {
    const offsets = listOffsets(column(this.#batch, pointsField.name));
    return offsets[row + 1]! - offsets[row]!;
  }

  /**
   * Writes rows for some centres of a cloud, as `PowerSpectrum.compute` gives them.
   *
   * @throws PipelineError `badData` naming the row and the coordinate, the species or the cell
   */
  describe(row: number, centers: Float64Array, out: Float64Array | Float32Array): void {
    this.#in(row, () => this.#spectrum.computeIndexed(this.#at(row), centers, out));
  }

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
  ): PowerSpectrumDerivatives {
    return this.#in(row, () =>
      powerSpectrumDerivatives(this.#points(row), centers, options, { ...this.#request(row), ...given }),
    );
  }

  #at(row: number): PointIndex {
    if (this.#last?.row !== row) {
      this.#last = { row, index: this.#spectrum.index(this.#points(row), this.#request(row)) };
    }
    return this.#last.index;
  }

  #in<T>(row: number, compute: () => T): T {
    try {
      return compute();
    } catch (error) {
      if (error instanceof PipelineError) throw error;
      throw new PipelineError('badData', messageOf(error), { place: rowPlace(this.#batch, row), cause: error });
    }
  }

  #points(row: number): Float64Array {
    const clouds = column(this.#batch, pointsField.name);
    const [start, end] = [listOffsets(clouds)[row]!, listOffsets(clouds)[row + 1]!];
    return (flatValues(listElements(clouds)) as Float64Array).subarray(3 * start, 3 * end);
  }

  #request(row: number): CloudRequest {
    return {
      species: this.#species?.read(
        column(this.#batch, speciesField.name),
        row,
        this.nPoints(row),
        rowPlace(this.#batch, row),
      ),
      cell: this.#isPeriodic ? this.#cell(row) : undefined,
    };
  }

  #cell(row: number): Cell {
    const of = (name: string, size: number): NumberArray =>
      flatValues(column(this.#batch, name)).subarray(size * row, size * (row + 1));
    return {
      vectors: of(cellField.name, 9) as Float64Array,
      ...(hasColumn(this.#batch.schema, pbcField.name) && { periodic: of(pbcField.name, 3) as Uint8Array }),
    };
  }
}
