import type { RecordBatch, Schema } from 'apache-arrow';
import { z } from 'zod';
import { column, flatValues, listColumn, listElements, listOffsets, numberColumn } from '../arrow/columns.js';
import { exactly, ifPresent } from '../arrow/expectations.js';
import { changeFields, hasColumn, withColumns } from '../arrow/fields.js';
import { fixedRowBytes } from '../arrow/fixedRowBytes.js';
import { RowStore } from '../arrow/rowStore.js';
import { centerField, centersField, imageField, nCentersField, pointsField } from '../arrow/schemas.js';
import { PipelineError } from '../errors.js';
import { WeightedReservoir } from '../stats/reservoir.js';
import { batchOperator, type BatchTransform } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import type { BatchOperator, StepContext, StreamDefinition } from './frame/definition.js';
import { parseOptions } from '../config/parseOptions.js';

const reservoirSampleOptions = z.strictObject({
  size: z.int().min(1).max(100_000_000).describe('Descriptors (or centres) that are kept, at most.'),
  seed: z
    .int()
    .min(0)
    .default(0)
    .describe('Seed of the choice: the same seed, the same sample, however the stream is split.'),
  by: z
    .enum(['image', 'descriptor'])
    .default('image')
    .describe(
      'image: every image is as likely, then each of its descriptors (algorithm 3); descriptor: every descriptor is as likely.',
    ),
  batchRows: z.int().min(1).max(65_536).default(64).describe('Rows in a batch that leaves, at most.'),
});
type Options = z.output<typeof reservoirSampleOptions>;

/** The options of `reservoirSample`, as docs/operators.md explains them. */
export type ReservoirSampleOptions = z.input<typeof reservoirSampleOptions>;

export const reservoirSampleStep: StreamDefinition<typeof reservoirSampleOptions> = {
  name: 'reservoirSample',
  summary:
    'Keeps a random sample of bounded size: of descriptors or, placed before soap, of the centres to compute them for.',
  description: `Weighted reservoir sampling without replacement. On point clouds it adds the column \`centers\`, which \`soap\` obeys: the same sample as
after \`soap\`, without computing the descriptors that are thrown away. The sample leaves when the stream has ended, in the order of
(image, center).

Memory: the sample, and a quarter of it.`,
  example: '- reservoirSample: { size: 120000, seed: 1, by: image }',
  options: reservoirSampleOptions,
  keepsNothing: true,
  carries: () => true,
  reads: () => [
    exactly(imageField),
    ...[pointsField, centersField, centerField, nCentersField].map((field) => ifPresent(exactly(field))),
  ],
  outputSchema(input) {
    if (hasColumn(input, pointsField.name)) {
      return changeFields(input, { add: [centersField] });
    }
    for (const field of [centerField, nCentersField]) {
      if (hasColumn(input, field.name)) continue;
      throw new PipelineError(
        'badSchema',
        `column points, or columns center and nCenters: expected point clouds or descriptors, but there is no ${field.name}`,
      );
    }
    return input;
  },
  // Of what it retains at most a fifth is dead.
  holds(input, { size }) {
    const bytes = fixedRowBytes(input);
    return bytes === undefined ? undefined : 1.25 * size * bytes;
  },
  create: (options, context) =>
    batchOperator('reservoirSample', reservoirSampleStep.reads(options), (input) => {
      const output = reservoirSampleStep.outputSchema(input, options);
      return hasColumn(input, pointsField.name)
        ? new CenterSample(options, context, output)
        : new DescriptorSample(options, context);
    }),
};

/**
 * Keeps a random sample of bounded size, of descriptors or of the centres of point clouds.
 *
 * Reads:  image uint32 and either points (and centers, if present) or center uint32, nCenters uint32
 * Adds:   centers list<uint32>, to point clouds
 * Memory: the sample, and a quarter of it.
 * @throws PipelineError `badOption` when called; `badSchema`, `badData` on the stream
 * @see algorithm 3 of the paper; Efraimidis, Spirakis 2006, doi:10.1016/j.ipl.2005.11.003
 */
export function reservoirSample(options: ReservoirSampleOptions): BatchOperator {
  return reservoirSampleStep.create(
    parseOptions('reservoirSample', reservoirSampleOptions, options),
    detachedContext(),
  );
}

/** What both kinds share: the reservoir decides, the store holds the rows. */
class Sample {
  protected readonly batchRows: number;
  protected readonly reportProgress: StepContext['reportProgress'];
  readonly #reservoir: WeightedReservoir;
  readonly #rows = new RowStore();
  readonly #byImage: boolean;

  constructor({ size, seed, by, batchRows }: Options, { reportProgress }: StepContext) {
    this.reportProgress = reportProgress;
    this.batchRows = batchRows;
    this.#reservoir = new WeightedReservoir(size, seed);
    this.#byImage = by === 'image';
  }

  /** Offers every candidate of the batch, and stores the rows of those that are kept. */
  protected offer(
    batch: RecordBatch,
    candidates: Iterable<{ row: number; image: number; center: number; nCenters: number }>,
  ): void {
    const slots: number[] = [];
    const rows: number[] = [];
    for (const { row, image, center, nCenters } of candidates) {
      const slot = this.#reservoir.offer(image, center, this.#byImage ? 1 / nCenters : 1);
      if (slot < 0) continue;
      slots.push(slot);
      rows.push(row);
    }
    this.#rows.put(batch, slots, rows);
  }

  /**
   * What was kept, by image, then center.
   * @throws PipelineError `badData` if two rows have the same ids: which of them is meant would be chance
   */
  protected kept(): { image: number; center: number; slot: number }[] {
    const kept = [...this.#reservoir];
    const twice = kept.find(({ image, center }, i) => image === kept[i + 1]?.image && center === kept[i + 1]?.center);
    if (twice) {
      throw new PipelineError(
        'badData',
        `image ${twice.image}, center ${twice.center} came twice: image ids must be unique in a stream`,
      );
    }
    return kept;
  }

  protected rowsOf(slots: readonly number[]): RecordBatch {
    return this.#rows.take(slots);
  }

  /** Gives back the memory of rows that have left. */
  protected clear(slots: readonly number[]): void {
    this.#rows.clear(slots);
  }
}

class DescriptorSample extends Sample implements BatchTransform {
  *next(batch: RecordBatch): Generator<never> {
    const [images, centers, nCenters] = [imageField, centerField, nCentersField].map(
      ({ name }) => flatValues(column(batch, name)) as Uint32Array,
    );
    function* candidates(): Generator<{ row: number; image: number; center: number; nCenters: number }> {
      for (let row = 0; row < batch.numRows; row++) {
        yield { row, image: images![row]!, center: centers![row]!, nCenters: nCenters![row]! };
      }
    }
    this.offer(batch, candidates());
  }

  *carried(): Generator<RecordBatch> {
    const slots = this.kept().map(({ slot }) => slot);
    for (let start = 0; start < slots.length; start += 4096) yield this.rowsOf(slots.slice(start, start + 4096));
  }

  *complete(): Generator<RecordBatch> {
    const slots = this.kept().map(({ slot }) => slot);
    for (let start = 0; start < slots.length; start += this.batchRows) {
      const leaving = slots.slice(start, start + this.batchRows);
      yield this.rowsOf(leaving);
      this.clear(leaving);
      this.reportProgress(start + leaving.length, slots.length, 'rows');
    }
  }
}

class CenterSample extends Sample implements BatchTransform {
  readonly #output: Schema;

  constructor(options: Options, context: StepContext, output: Schema) {
    super(options, context);
    this.#output = output;
  }

  *next(batch: RecordBatch): Generator<never> {
    const images = flatValues(column(batch, imageField.name)) as Uint32Array;
    const chosen = hasColumn(batch.schema, centersField.name) ? column(batch, centersField.name) : undefined;
    const indices = chosen && (flatValues(listElements(chosen)) as Uint32Array);
    const offsets = listOffsets(chosen ?? column(batch, pointsField.name));
    function* candidates(): Generator<{ row: number; image: number; center: number; nCenters: number }> {
      for (let row = 0; row < batch.numRows; row++) {
        const start = offsets[row]!;
        const nCenters = offsets[row + 1]! - start;
        for (let i = 0; i < nCenters; i++)
          yield { row, image: images[row]!, center: indices ? indices[start + i]! : i, nCenters };
      }
    }
    this.offer(batch, candidates());
  }

  /** Whole clouds: what weighs a centre is how many others its cloud has. Those that were not kept lose again. */
  *carried(): Generator<RecordBatch> {
    const kept = this.kept();
    const slots = kept.flatMap(({ image, slot }, i) => (image === kept[i - 1]?.image ? [] : [slot]));
    for (let start = 0; start < slots.length; start += 64) yield this.rowsOf(slots.slice(start, start + 64));
  }

  *complete(): Generator<RecordBatch> {
    const images: { slots: number[]; centers: number[] }[] = [];
    let last: number | undefined;
    for (const { image, center, slot } of this.kept()) {
      if (image !== last) images.push({ slots: [], centers: [] });
      images.at(-1)!.slots.push(slot);
      images.at(-1)!.centers.push(center);
      last = image;
    }
    for (let start = 0; start < images.length; start += this.batchRows) {
      const part = images.slice(start, start + this.batchRows);
      const clouds = this.rowsOf(part.map(({ slots }) => slots[0]!));
      const offsets = new Int32Array(part.length + 1);
      part.forEach(({ centers }, i) => (offsets[i + 1] = offsets[i]! + centers.length));
      const indices = Uint32Array.from(part.flatMap(({ centers }) => centers));
      const centers = listColumn(centersField.type, offsets, numberColumn(centersField.type.valueType, indices));
      yield withColumns(clouds, this.#output, { [centersField.name]: centers });
      this.clear(part.flatMap(({ slots }) => slots));
      this.reportProgress(start + part.length, images.length, 'images');
    }
  }
}
