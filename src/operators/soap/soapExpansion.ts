import type { Data, RecordBatch, Schema } from 'apache-arrow';
import { fixedSizeListColumn, numberColumn, recordBatch } from '../../arrow/columns.js';
import { columnsUnder, fieldNamed } from '../../arrow/fields.js';
import { gatherColumn } from '../../arrow/gather.js';
import { MESSAGE_ROOM } from '../../arrow/inPlace.js';
import { recyclable, type SpareBuffers, takeBuffer } from '../../arrow/recycling.js';
import { Scratch } from '../../arrow/scratch.js';
import { centerField, nCentersField, positionField } from '../../arrow/schemas.js';
import { PipelineError, type Place } from '../../errors.js';
import type { PowerSpectrum } from '../../soap/index.js';
import type { BatchTransform } from '../frame/batchOperator.js';
import { centersOf, type CloudCenters } from './cloudCenters.js';
import { DeclaredSpecies } from './declaredSpecies.js';
import { type DerivativesColumn, derivativesColumn } from './derivativesColumn.js';
import { type IndexedClouds, indexedClouds } from './indexedClouds.js';
import { type Part, portions } from '../frame/portions.js';
import { rowPlace } from '../frame/rowPlace.js';
import { kernelOptions, type SoapStepOptions } from './soapOptions.js';

const FLOAT64 = new Float64Array(0);

/** Features of a batch that leaves, and their derivatives, take at most so many bytes, unless a single row takes more. */
const BATCH_BYTES = 2 ** 26;

/**
 * Expands the clouds of a batch, some rows at a time: one a centre or, where centres are averaged, one a cloud.
 *
 * @param spectrum as the options say
 * @param spares of earlier batches, if any come back
 */
export function soapExpansion(
  output: Schema,
  options: SoapStepOptions,
  spectrum: PowerSpectrum,
  spares: SpareBuffers | undefined,
): BatchTransform {
  const species = options.species && new DeclaredSpecies(options.species);
  const isAveraged = options.average !== 'off';
  const isDifferentiated = options.derivatives !== 'off';
  const { type } = fieldNamed(output, 'soap');
  const ArrayType = type.valueType.ArrayType as Float32ArrayConstructor | Float64ArrayConstructor;
  const F = spectrum.featureCount;
  const scratch = new Scratch(); // for the derivatives of one cloud

  function rowsAtMost(batch: RecordBatch, clouds: IndexedClouds): number {
    let vectors = 1; // as long as a row of features
    if (isDifferentiated) {
      for (let row = 0; row < batch.numRows; row++) vectors = Math.max(vectors, 1 + 3 * clouds.nPoints(row));
    }
    const rowBytes = vectors * F * ArrayType.BYTES_PER_ELEMENT;
    return Math.max(1, Math.min(options.batchRows, Math.floor(BATCH_BYTES / rowBytes)));
  }

  function startDerivatives(clouds: IndexedClouds, parts: readonly Part[]): DerivativesColumn | undefined {
    if (!isDifferentiated) return undefined;
    const nPoints = parts.flatMap(({ row, start, end }) => Array<number>(end - start).fill(clouds.nPoints(row)));
    return derivativesColumn(fieldNamed(output, 'derivatives').type, ArrayType, nPoints, F, spares);
  }

  /** Of each centre the point that it moves along with, or -1. */
  function attached(centers: CloudCenters, row: number, first: number, last: number): Int32Array {
    const isAttached = options.derivatives === 'attached';
    return Int32Array.from({ length: last - first }, (_, i) => (isAttached ? centers.numberOf(row, first + i) : -1));
  }

  function describe(
    batch: RecordBatch,
    clouds: IndexedClouds,
    centers: CloudCenters,
    parts: readonly Part[],
  ): RecordBatch {
    const nRows = parts.reduce((sum, { start, end }) => sum + end - start, 0);
    const derivatives = startDerivatives(clouds, parts); // before the features, which need less memory
    // Memory that goes round may become the message that the rows leave in.
    const room = spares ? MESSAGE_ROOM : { before: 0, after: 0 };
    const memory = takeBuffer(spares, room.before + nRows * F * ArrayType.BYTES_PER_ELEMENT + room.after);
    const features = new ArrayType(memory, room.before, nRows * F);
    const rows = new Uint32Array(nRows);
    const numbers = new Uint32Array(isAveraged ? 0 : nRows);
    const positions = new Float64Array(3 * numbers.length);
    let at = 0;
    for (const { row, start, end } of parts) {
      const to = at + end - start;
      const [first, last] = isAveraged ? [0, centers.count(row)] : [start, end];
      const used = centers.positions(row, first, last);
      const target = features.subarray(at * F, to * F);
      if (derivatives) {
        const attach = attached(centers, row, first, last);
        scratch.clear();
        const out = {
          powerSpectrum: scratch.array(FLOAT64, target.length),
          derivatives: derivatives.memoryFor((end - start) * clouds.nPoints(row) * 3 * F, scratch),
          centerDerivatives: scratch.array(FLOAT64, attach.length * 3 * F),
        };
        clouds.differentiate(row, used, kernelOptions(options), { attach, out });
        target.set(out.powerSpectrum);
        derivatives.add(out.derivatives);
      } else {
        clouds.describe(row, used, target);
      }
      expectFinite(target, () => rowPlace(batch, row));
      rows.fill(row, at, to);
      if (!isAveraged) {
        for (let i = start; i < end; i++) numbers[at + i - start] = centers.numberOf(row, i);
        positions.set(used, 3 * at);
      }
      at = to;
    }

    const added: Record<string, Data> = {
      ...(!isAveraged && {
        [centerField.name]: numberColumn(centerField.type, numbers),
        [positionField.name]: fixedSizeListColumn(positionField.type, positions),
      }),
      [nCentersField.name]: numberColumn(
        nCentersField.type,
        rows.map((row) => centers.count(row)),
      ),
      soap: fixedSizeListColumn(type, features),
      ...(derivatives && { derivatives: derivatives.data() }),
    };
    const ofCloud = { sources: new Uint8Array(nRows), rows, length: nRows };
    const columns = columnsUnder(batch, output, added, (data) => gatherColumn([data], ofCloud));
    const described = recordBatch(output, nRows, columns);
    if (!spares) return described;
    const giveBack = (): void => {
      for (const each of [memory, derivatives?.memory]) if (each) spares.give(each);
    };
    return recyclable(described, giveBack, derivatives ? undefined : memory);
  }

  return {
    *next(batch) {
      const clouds = indexedClouds(batch, spectrum, { species, isPeriodic: options.periodic });
      const centers = centersOf(batch);
      const counts = Uint32Array.from({ length: batch.numRows }, (_, row) => spectrum.rowCount(centers.count(row)));
      for (const parts of portions(counts, rowsAtMost(batch, clouds))) yield describe(batch, clouds, centers, parts);
    },
  };
}

/** Weights, factors of species or units may make features larger than their type can hold. */
function expectFinite(features: Float32Array | Float64Array, place: () => Place): void {
  // A sum with an infinite term is not finite: what costs next to nothing.
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= features.length; i += 4) {
    a += features[i]!;
    b += features[i + 1]!;
    c += features[i + 2]!;
    d += features[i + 3]!;
  }
  for (; i < features.length; i++) a += features[i]!;
  if (Number.isFinite(a + b + c + d)) return;
  const wrong = features.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  const type = features instanceof Float32Array ? 'float32' : 'float64';
  throw new PipelineError('badData', `expected features that ${type} can hold, got ${wrong}`, { place: place() });
}
