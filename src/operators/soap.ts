import type { RecordBatch, Schema } from 'apache-arrow';
import { z } from 'zod';
import {
  column,
  fixedSizeListColumn,
  flatValues,
  listElements,
  listOffsets,
  numberColumn,
  recordBatch,
} from '../arrow/columns.js';
import { exactly, ifPresent } from '../arrow/expectations.js';
import { changeFields, fieldNamed, hasColumn } from '../arrow/fields.js';
import { gatherColumn } from '../arrow/gather.js';
import {
  centerField,
  centersField,
  featureField,
  nCentersField,
  pointsField,
  positionField,
} from '../arrow/schemas.js';
import { messageOf, PipelineError } from '../errors.js';
import { featureCount, PowerSpectrum } from '../soap/index.js';
import { batchOperator, type BatchTransform } from './batchOperator.js';
import { detachedContext } from './context.js';
import type { BatchOperator, StreamDefinition } from './definition.js';
import { parseOptions } from '../config/parseOptions.js';

const soapOptions = z.strictObject({
  rCut: z.number().positive().describe('Cutoff radius (input units), greater than rMin.'),
  nMax: z.int().min(1).max(20).describe('Number of radial basis functions.'),
  lMax: z.int().min(0).max(20).describe('Maximum degree of the spherical harmonics, inclusive.'),
  sigma: z.number().positive().describe('Width of the Gaussian around each point (input units).'),
  rMin: z
    .number()
    .positive()
    .default(1)
    .describe('Lower end of the radial grid, and its unit of length: scale it with the cloud (input units).'),
  precision: z
    .enum(['float32', 'float64'])
    .default('float32')
    .describe('Type of the output; the arithmetic is float64 in any case.'),
  batchRows: z.int().min(1).max(65_536).default(1024).describe('Centres in a batch that leaves, at most.'),
});
type Options = z.output<typeof soapOptions>;

export const soapStep: StreamDefinition<typeof soapOptions> = {
  name: 'soap',
  summary:
    'Describes each centre of a point cloud by its SOAP power spectrum, invariant to rotation, translation and reflection.',
  description: `One row a centre: every point of the cloud, or those that \`centers\` names once \`reservoirSample\` has chosen some. Gaussian-type
radial basis. The row holds \`center\`, \`position\`, \`nCenters\` and \`soap\` with F = nMax(nMax+1)/2 · (lMax+1) components in the order
l, then n, then n' ≥ n; other columns are repeated. The column \`soap\` carries its parameters as metadata, so that a model fitted
on other parameters is refused later. Runs on the worker threads.

Memory: batchRows × F numbers.`,
  example: '- soap: { rCut: 63, nMax: 7, lMax: 10, sigma: 3 }',
  options: soapOptions,
  parallel: true,
  reads: () => [exactly(pointsField), ifPresent(exactly(centersField))],
  outputSchema(input, options) {
    expectRadialRange(options);
    const { rCut, nMax, lMax, sigma, rMin, precision } = options;
    const parameters = new Map(
      Object.entries({ rCut, nMax, lMax, sigma, rMin }).map(([name, value]) => [name, String(value)]),
    );
    const soapField = featureField(
      'soap',
      precision,
      featureCount({ nMax, lMax }),
      new Map([['descriptor', 'soap'], ...parameters]),
    );
    return changeFields(input, {
      drop: [pointsField.name, centersField.name],
      add: [centerField, positionField, nCentersField, soapField],
    });
  },
  create(options) {
    // The basis depends on the options alone and takes as long as a hundred centres: subscriptions share it.
    let spectrum: PowerSpectrum | undefined;
    return batchOperator('soap', soapStep.reads(options), (input) => {
      const output = soapStep.outputSchema(input, options);
      spectrum ??= new PowerSpectrum({ ...options });
      return new Expansion(output, spectrum, options.batchRows, hasColumn(input, centersField.name));
    });
  },
};

/** What the schema of the options cannot say. */
function expectRadialRange({ rCut, rMin }: Options, option = 'rCut'): void {
  if (rCut > rMin) return;
  throw new PipelineError('badOption', `${option}: expected a number > rMin = ${rMin} (input units), got ${rCut}`);
}

/**
 * Describes each centre of a point cloud by its SOAP power spectrum, invariant to rotation, translation and reflection.
 *
 * Reads:  points list<fixed_size_list<float64, 3>>  input units; centers list<uint32> if present
 * Gives:  center uint32, position fixed_size_list<float64, 3>, nCenters uint32 and
 *         soap fixed_size_list<float32, F>           F = nMax(nMax+1)/2·(lMax+1); order l, n, n' ≥ n
 * Memory: batchRows × F numbers.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream
 * @see Bartók, Kondor, Csányi 2013, doi:10.1103/PhysRevB.87.184115
 */
export function soap(options: z.input<typeof soapOptions>): BatchOperator {
  const parsed = parseOptions('soap', soapOptions, options);
  expectRadialRange(parsed, 'soap.rCut');
  return soapStep.create(parsed, detachedContext());
}

/** Expands the clouds of a batch, `batchRows` centres at a time. */
class Expansion implements BatchTransform {
  readonly #output: Schema;
  readonly #spectrum: PowerSpectrum;
  readonly #batchRows: number;
  readonly #chosenCenters: boolean;

  constructor(output: Schema, spectrum: PowerSpectrum, batchRows: number, chosenCenters: boolean) {
    this.#output = output;
    this.#spectrum = spectrum;
    this.#batchRows = batchRows;
    this.#chosenCenters = chosenCenters;
  }

  *next(batch: RecordBatch): Generator<RecordBatch> {
    const { images, centers, counts } = this.#centersOf(batch);
    for (let start = 0; start < images.length; start += this.#batchRows) {
      const end = Math.min(start + this.#batchRows, images.length);
      yield this.#describe(batch, images.subarray(start, end), centers.subarray(start, end), counts);
    }
  }

  /** Every centre of the batch: the row of its image, its index in that cloud; and how many each image has. */
  #centersOf(batch: RecordBatch): { images: Uint32Array; centers: Uint32Array; counts: Uint32Array } {
    const clouds = listOffsets(column(batch, pointsField.name));
    const nPoints = (row: number): number => clouds[row + 1]! - clouds[row]!;
    const chosen = this.#chosenCenters ? column(batch, centersField.name) : undefined;
    const chosenOffsets = chosen && listOffsets(chosen);
    const chosenIndices = chosen && (flatValues(listElements(chosen)) as Uint32Array);
    const counts = Uint32Array.from({ length: batch.numRows }, (_, row) =>
      chosenOffsets ? chosenOffsets[row + 1]! - chosenOffsets[row]! : nPoints(row),
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    const images = new Uint32Array(total);
    const centers = new Uint32Array(total);
    let at = 0;
    for (let row = 0; row < batch.numRows; row++) {
      for (let i = 0; i < counts[row]!; i++, at++) {
        const center = chosenOffsets && chosenIndices ? chosenIndices[chosenOffsets[row]! + i]! : i;
        if (center >= nPoints(row)) {
          throw new PipelineError(
            'badData',
            `row ${row}, centers: expected an index below ${nPoints(row)}, the number of points, got ${center}`,
          );
        }
        images[at] = row;
        centers[at] = center;
      }
    }
    return { images, centers, counts };
  }

  #describe(batch: RecordBatch, images: Uint32Array, centers: Uint32Array, counts: Uint32Array): RecordBatch {
    const clouds = column(batch, pointsField.name);
    const offsets = listOffsets(clouds);
    const points = flatValues(listElements(clouds)) as Float64Array;
    const positions = new Float64Array(3 * images.length);
    for (let i = 0; i < images.length; i++) {
      const at = 3 * (offsets[images[i]!]! + centers[i]!);
      positions.set(points.subarray(at, at + 3), 3 * i);
    }

    const soapField = fieldNamed(this.#output, 'soap');
    const F = this.#spectrum.featureCount;
    const features = new (soapField.type.valueType.ArrayType as Float32ArrayConstructor)(images.length * F);
    for (let start = 0, end = 0; start < images.length; start = end) {
      const row = images[start]!;
      while (end < images.length && images[end] === row) end++;
      const cloud = points.subarray(3 * offsets[row]!, 3 * offsets[row + 1]!);
      features.set(this.#spectra(row, cloud, positions.subarray(3 * start, 3 * end)), start * F);
    }

    const added: Record<string, ReturnType<typeof numberColumn>> = {
      center: numberColumn(centerField.type, centers.slice()),
      position: fixedSizeListColumn(positionField.type, positions),
      nCenters: numberColumn(
        nCentersField.type,
        Uint32Array.from(images, (row) => counts[row]!),
      ),
      soap: fixedSizeListColumn(soapField.type, features),
    };
    const ofImage = { sources: new Uint8Array(images.length), rows: images, length: images.length };
    return recordBatch(
      this.#output,
      images.length,
      this.#output.fields.map(({ name }) =>
        Object.hasOwn(added, name) ? added[name]! : gatherColumn([column(batch, name)], ofImage),
      ),
    );
  }

  #spectra(row: number, cloud: Float64Array, centers: Float64Array): Float64Array {
    try {
      return this.#spectrum.compute(cloud, centers);
    } catch (error) {
      throw new PipelineError('badData', `row ${row}, ${messageOf(error)}`, { cause: error });
    }
  }
}
