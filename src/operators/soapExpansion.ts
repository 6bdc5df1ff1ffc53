import type { Data, RecordBatch, Schema } from 'apache-arrow';
import { column, fixedSizeListColumn, numberColumn, recordBatch } from '../arrow/columns.js';
import { fieldNamed } from '../arrow/fields.js';
import { gatherColumn } from '../arrow/gather.js';
import { recyclable, type SpareBuffers } from '../arrow/recycling.js';
import { centerField, nCentersField, positionField } from '../arrow/schemas.js';
import type { PowerSpectrum } from '../soap/index.js';
import type { BatchTransform } from './batchOperator.js';
import { centersOf, type CloudCenters } from './cloudCenters.js';
import type { DeclaredSpecies } from './declaredSpecies.js';
import { IndexedClouds } from './indexedClouds.js';
import { type Part, portions } from './portions.js';

/** Features of a batch that leaves take at most so many bytes, unless a single row takes more. */
const BATCH_BYTES = 2 ** 28;

/** Expands the clouds of a batch, some rows at a time: one a centre or, where centres are averaged, one a cloud. */
export class SoapExpansion implements BatchTransform {
  readonly #output: Schema;
  readonly #spectrum: PowerSpectrum;
  readonly #species: DeclaredSpecies | undefined;
  readonly #isPeriodic: boolean;
  readonly #isAveraged: boolean;
  readonly #rowsAtMost: number;
  readonly #spares: SpareBuffers;

  constructor(
    output: Schema,
    spectrum: PowerSpectrum,
    {
      species,
      isPeriodic,
      isAveraged,
      batchRows,
      spares,
    }: {
      species: DeclaredSpecies | undefined;
      isPeriodic: boolean;
      isAveraged: boolean;
      batchRows: number;
      spares: SpareBuffers;
    },
  ) {
    this.#output = output;
    this.#spectrum = spectrum;
    this.#species = species;
    this.#isPeriodic = isPeriodic;
    this.#isAveraged = isAveraged;
    this.#spares = spares;
    const { BYTES_PER_ELEMENT } = featuresOf(output).ArrayType;
    const rowBytes = spectrum.featureCount * BYTES_PER_ELEMENT;
    this.#rowsAtMost = Math.max(1, Math.min(batchRows, Math.floor(BATCH_BYTES / rowBytes)));
  }

  *next(batch: RecordBatch): Generator<RecordBatch> {
    const clouds = new IndexedClouds(batch, this.#spectrum, {
      species: this.#species,
      isPeriodic: this.#isPeriodic,
    });
    const centers = centersOf(batch);
    const counts = Uint32Array.from({ length: batch.numRows }, (_, row) => this.#spectrum.rowCount(centers.count(row)));
    for (const parts of portions(counts, this.#rowsAtMost)) yield this.#describe(batch, clouds, centers, parts);
  }

  #describe(batch: RecordBatch, clouds: IndexedClouds, centers: CloudCenters, parts: readonly Part[]): RecordBatch {
    const nRows = parts.reduce((sum, { start, end }) => sum + end - start, 0);
    const { type, ArrayType } = featuresOf(this.#output);
    const F = this.#spectrum.featureCount;
    const memory = this.#spares.take(nRows * F * ArrayType.BYTES_PER_ELEMENT);
    const features = new ArrayType(memory, 0, nRows * F);
    const rows = new Uint32Array(nRows);
    const numbers = new Uint32Array(this.#isAveraged ? 0 : nRows);
    const positions = new Float64Array(3 * numbers.length);
    let at = 0;
    for (const { row, start, end } of parts) {
      const to = at + end - start;
      const index = clouds.at(row);
      const used = this.#isAveraged
        ? centers.positions(row, 0, centers.count(row))
        : centers.positions(row, start, end);
      this.#spectrum.computeIndexed(index, used, features.subarray(at * F, to * F));
      rows.fill(row, at, to);
      if (!this.#isAveraged) {
        for (let i = start; i < end; i++) numbers[at + i - start] = centers.numberOf(row, i);
        positions.set(used, 3 * at);
      }
      at = to;
    }

    const added: Record<string, Data> = {
      ...(!this.#isAveraged && {
        [centerField.name]: numberColumn(centerField.type, numbers),
        [positionField.name]: fixedSizeListColumn(positionField.type, positions),
      }),
      [nCentersField.name]: numberColumn(
        nCentersField.type,
        rows.map((row) => centers.count(row)),
      ),
      soap: fixedSizeListColumn(type, features),
    };
    const ofCloud = { sources: new Uint8Array(nRows), rows, length: nRows };
    const described = recordBatch(
      this.#output,
      nRows,
      this.#output.fields.map(({ name }) =>
        Object.hasOwn(added, name) ? added[name]! : gatherColumn([column(batch, name)], ofCloud),
      ),
    );
    return recyclable(described, () => this.#spares.give(memory));
  }
}

/** The type of the column of features, and the arrays that hold them. */
function featuresOf(output: Schema): {
  type: ReturnType<typeof fieldNamed>['type'];
  ArrayType: Float32ArrayConstructor | Float64ArrayConstructor;
} {
  const { type } = fieldNamed(output, 'soap');
  return { type, ArrayType: type.valueType.ArrayType as Float32ArrayConstructor | Float64ArrayConstructor };
}
