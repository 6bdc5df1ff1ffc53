import type { RecordBatch } from 'apache-arrow';
import { column, flatValues, listElements, listOffsets, type NumberArray } from '../arrow/columns.js';
import { hasColumn } from '../arrow/fields.js';
import { cellField, pbcField, pointsField, speciesField } from '../arrow/schemas.js';
import { messageOf, PipelineError } from '../errors.js';
import type { Cell, PointIndex, PowerSpectrum } from '../soap/index.js';
import type { DeclaredSpecies } from './declaredSpecies.js';

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

  /** @throws PipelineError `badData` naming the row and the coordinate, the species or the cell */
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
      return this.#spectrum.index(points, { species, cell: this.#isPeriodic ? this.#cell(row) : undefined });
    } catch (error) {
      throw new PipelineError('badData', `row ${row}, ${messageOf(error)}`, { cause: error });
    }
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
