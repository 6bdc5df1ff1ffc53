import type { RecordBatch } from 'apache-arrow';
import { column, flatValues, listElements, listOffsets } from '../arrow/columns.js';
import { pointsField, speciesField } from '../arrow/schemas.js';
import { messageOf, PipelineError } from '../errors.js';
import type { PointIndex, PowerSpectrum } from '../soap/index.js';
import type { DeclaredSpecies } from './declaredSpecies.js';

/** The clouds of a batch, of which the last one asked for stays indexed: its centres may be shared out among batches. */
export class IndexedClouds {
  readonly #batch: RecordBatch;
  readonly #spectrum: PowerSpectrum;
  readonly #species: DeclaredSpecies | undefined;
  #last: { readonly row: number; readonly index: PointIndex } | undefined;

  /** @param species as declared; without them all points are of one kind */
  constructor(batch: RecordBatch, spectrum: PowerSpectrum, species: DeclaredSpecies | undefined) {
    this.#batch = batch;
    this.#spectrum = spectrum;
    this.#species = species;
  }

  /** @throws PipelineError `badData` naming the row and the coordinate or the species */
  at(row: number): PointIndex {
    if (this.#last?.row !== row) this.#last = { row, index: this.#index(row) };
    return this.#last.index;
  }

  #index(row: number): PointIndex {
    const clouds = column(this.#batch, pointsField.name);
    const [start, end] = [listOffsets(clouds)[row]!, listOffsets(clouds)[row + 1]!];
    const points = (flatValues(listElements(clouds)) as Float64Array).subarray(3 * start, 3 * end);
    const species = this.#species?.read(column(this.#batch, speciesField.name), row, end - start);
    try {
      return this.#spectrum.index(points, species);
    } catch (error) {
      throw new PipelineError('badData', `row ${row}, ${messageOf(error)}`, { cause: error });
    }
  }
}
