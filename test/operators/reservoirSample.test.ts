import { from, lastValueFrom, type OperatorFunction, toArray } from 'rxjs';
import { Field, List, type RecordBatch, Utf8 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { column, flatValues } from '#dist/arrow/columns.js';
import { centersField } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import { reservoirSample } from '#dist/operators/reservoirSample.js';
import { soap } from '#dist/operators/soap.js';
import { counterRandom } from '#dist/random/counterRandom.js';
import {
  cloudBatch,
  columnOf,
  descriptorBatch,
  split,
  withColumn,
  withNulls,
  withoutColumn,
} from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { type PlainRow, plainRows } from '../support/plainRows.js';

const sizes = [4, 0, 1, 7, 3, 5, 12, 2, 6, 1];
const total = sizes.reduce((sum, size) => sum + size, 0);
const clouds = cloudBatch(sizes);
const descriptors = descriptorBatch(sizes);

operatorContract({
  name: 'reservoirSample',
  create: () => reservoirSample({ size: 12, seed: 5, batchRows: 3 }),
  input: clouds,
  reads: { image: 'uint32' },
  emitsAtEnd: true,
  keepsNothing: true,
  badOptions: [
    ['reservoirSample.size: expected an integer from 1 to 100000000, got 0', () => reservoirSample({ size: 0 })],
    [
      'reservoirSample.by: expected image or descriptor, got "pixel"',
      () => reservoirSample({ size: 1, by: 'pixel' as 'image' }),
    ],
    ['reservoirSample.seed: expected an integer >= 0, got -1', () => reservoirSample({ size: 1, seed: -1 })],
  ],
});

operatorContract({
  name: 'reservoirSample',
  create: () => reservoirSample({ size: 12, seed: 5, batchRows: 5 }),
  input: descriptors,
  reads: { image: 'uint32' },
  emitsAtEnd: true,
  keepsNothing: true,
  badOptions: [],
});

const run = (
  batches: readonly RecordBatch[],
  ...steps: OperatorFunction<RecordBatch, RecordBatch>[]
): Promise<RecordBatch[]> =>
  lastValueFrom(steps.reduce((stream, step) => stream.pipe(step), from(batches)).pipe(toArray()));

interface Candidate {
  readonly image: number;
  readonly center: number;
  readonly nCenters: number;
}

const population: Candidate[] = sizes.flatMap((nCenters, image) =>
  Array.from({ length: nCenters }, (_, center) => ({ image, center, nCenters })),
);

/** Sorts all keys ln(u) / weight. */
function sampleReference(
  candidates: readonly Candidate[],
  { size, seed = 0, by = 'image' }: Parameters<typeof reservoirSample>[0],
): string[] {
  const random = counterRandom(seed, 'sampling');
  return candidates
    .map(({ image, center, nCenters }) => ({
      id: { image, center },
      key: Math.log(random.uniform(image, center)) * (by === 'image' ? nCenters : 1),
    }))
    .toSorted((a, b) => b.key - a.key)
    .slice(0, size)
    .map(({ id }) => id)
    .toSorted((a, b) => a.image - b.image || a.center - b.center)
    .map(({ image, center }) => `${image}/${center}`);
}

/** The sample of point clouds or descriptors, in the order in which it comes. */
function idsOf(batches: readonly RecordBatch[]): string[] {
  return plainRows(batches).flatMap(({ image, center, centers = [center] }) =>
    (centers as number[]).map((chosen) => `${String(image)}/${chosen}`),
  );
}

const idOf = ({ image, center }: PlainRow): string => `${String(image)}/${String(center)}`;

describe('reservoirSample', () => {
  it.each([
    { size: 1, seed: 1 },
    { size: 7, seed: 2 },
    { size: 20, seed: 3, by: 'descriptor' } as const,
    { size: total - 1, seed: 4, by: 'image' } as const,
  ])('keeps the candidates of the largest keys, by image, then center: %o', async (options) => {
    const expected = sampleReference(population, options);
    expect(idsOf(await run(split(clouds, 3), reservoirSample(options)))).toEqual(expected);
    expect(idsOf(await run(split(descriptors, 3), reservoirSample(options)))).toEqual(expected);
  });

  it('draws by image with seed 0 unless told', async () => {
    const expected = sampleReference(population, { size: 9, seed: 0, by: 'image' });
    expect(idsOf(await run([clouds], reservoirSample({ size: 9 })))).toEqual(expected);
  });

  it('sorts the sample whatever order it arrives in', async () => {
    const backwards = split(descriptors, 1).toReversed();
    const sample = await run(backwards, reservoirSample({ size: 15, seed: 8 }));
    expect(plainRows(sample)).toEqual(plainRows(await run([descriptors], reservoirSample({ size: 15, seed: 8 }))));
    expect(idsOf(sample)).toEqual(sampleReference(population, { size: 15, seed: 8 }));
  });

  it('keeps all there is if that is no more than its size', async () => {
    for (const size of [total, total + 1, 100_000_000]) {
      expect(plainRows(await run(split(descriptors, 4), reservoirSample({ size })))).toEqual(plainRows([descriptors]));
      const kept = plainRows(await run(split(clouds, 4), reservoirSample({ size })));
      const full = plainRows([clouds]).filter(({ points }) => (points as unknown[]).length > 0);
      expect(kept).toMatchObject(full);
      const numbers = full.map(({ points }) => Array.from((points as unknown[]).keys()));
      expect(kept.map(({ centers }) => centers)).toEqual(numbers);
    }
  });

  it('keeps whole rows of descriptors, and whole clouds with the centres that were chosen', async () => {
    const rows = new Map(plainRows([descriptors]).map((row) => [idOf(row), row]));
    for (const row of plainRows(await run(split(descriptors, 3), reservoirSample({ size: 11 })))) {
      expect(row).toEqual(rows.get(idOf(row)));
    }
    const original = plainRows([clouds]);
    for (const { centers: _, ...row } of plainRows(await run(split(clouds, 3), reservoirSample({ size: 11 })))) {
      expect(row).toEqual(original[row.image as number]);
    }
  });

  it('adds centers to point clouds, at the end, and changes nothing of descriptors', async () => {
    const schemaOf = async (batch: RecordBatch): Promise<string[]> => {
      const [sample] = await run([batch], reservoirSample({ size: 5 }));
      return sample!.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`);
    };
    expect(await schemaOf(clouds)).toEqual([
      'image: uint32',
      'label: uint8',
      'points: list<fixed_size_list<float64, 3>>',
      'centers: list<uint32>',
    ]);
    expect(await schemaOf(descriptors)).toEqual(
      descriptors.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`),
    );
    const [sample] = await run([descriptors], reservoirSample({ size: 5 }));
    expect(sample!.schema.fields.at(-1)!.metadata).toEqual(descriptors.schema.fields.at(-1)!.metadata);
  });

  it('gives batches of batchRows rows', async () => {
    const lengths = async (batch: RecordBatch, batchRows: number): Promise<number[]> =>
      (await run([batch], reservoirSample({ size: 13, batchRows }))).map(({ numRows }) => numRows);
    expect(await lengths(descriptors, 5)).toEqual([5, 5, 3]);
    expect(await lengths(descriptors, 13)).toEqual([13]);
    const images = new Set(sampleReference(population, { size: 13 }).map((id) => id.split('/')[0])).size;
    expect(await lengths(clouds, 1)).toEqual(Array<number>(images).fill(1));
    expect(await lengths(clouds, images - 1)).toEqual([images - 1, 1]);
  });

  it.each(['image', 'descriptor'] as const)('gives the same descriptors before soap as after it, by %s', async (by) => {
    const sample = (): OperatorFunction<RecordBatch, RecordBatch> =>
      reservoirSample({ size: 14, seed: 6, by, batchRows: 64 });
    const describeCenters = soap({ rCut: 5, nMax: 2, lMax: 1, sigma: 1, batchRows: 64 });
    const [before] = await run(split(clouds, 3), sample(), describeCenters);
    const [after] = await run(split(clouds, 3), describeCenters, sample());
    expect(before!.numRows).toBe(14);
    for (const name of ['image', 'label', 'center', 'position', 'soap']) {
      expect(flatValues(column(before!, name)), name).toEqual(flatValues(column(after!, name)));
    }
  });

  it('draws again among the centres that have been chosen', async () => {
    const first = { size: 20, seed: 1 };
    const chosen = sampleReference(population, first).map((id) => id.split('/').map(Number));
    for (const by of ['image', 'descriptor'] as const) {
      const again = { size: 8, seed: 2, by };
      const candidates = chosen.map(([image, center]) => ({
        image: image!,
        center: center!,
        nCenters: chosen.filter(([other]) => other === image).length,
      }));
      const batches = await run(split(clouds, 3), reservoirSample({ ...first, batchRows: 3 }), reservoirSample(again));
      expect(idsOf(batches)).toEqual(sampleReference(candidates, again));
    }
  });

  it('names what is missing where there are neither clouds nor descriptors', async () => {
    const both = 'column points, or columns center and nCenters: expected point clouds or descriptors, but there is no';
    for (const [batch, missing] of [
      [withoutColumn(clouds, 'points'), 'center'],
      [withoutColumn(descriptors, 'center'), 'center'],
      [withoutColumn(descriptors, 'nCenters'), 'nCenters'],
    ] as const) {
      await expect(run([batch], reservoirSample({ size: 1 }))).rejects.toMatchObject({
        code: 'badSchema',
        message: `reservoirSample, batch 0: ${both} ${missing}`,
      });
    }
  });

  it('rejects columns of another type, and nulls in them', async () => {
    const withCenters = withColumn(
      clouds,
      centersField,
      columnOf(
        centersField.type,
        sizes.map(() => []),
      ),
    );
    const cases = [
      [clouds, 'points', 'list<fixed_size_list<float64, 3>>'],
      [withCenters, 'centers', 'list<uint32>'],
      [descriptors, 'center', 'uint32'],
      [descriptors, 'nCenters', 'uint32'],
    ] as const;
    for (const [batch, name, type] of cases) {
      const wrong = new List(new Field('item', new Utf8(), false));
      const data = columnOf(
        wrong,
        Array.from({ length: batch.numRows }, () => ['1']),
      );
      await expect(
        run([withColumn(batch, new Field(name, wrong, false), data)], reservoirSample({ size: 1 })),
      ).rejects.toMatchObject({
        code: 'badSchema',
        message: `reservoirSample, batch 0: column ${name}: expected ${type}, found list<utf8>`,
      });
      await expect(run([withNulls(batch, name, 3)], reservoirSample({ size: 1 }))).rejects.toMatchObject({
        code: 'badData',
        message: `reservoirSample, batch 0, row 3: column ${name}: expected ${type}, found null`,
      });
    }
  });
});

/** Seeds are fixed: these pass always or never. True randomness exceeds the bounds once in a million times. */
describe('a sample of one', () => {
  const trials = 1000;
  const small = cloudBatch([1, 2, 5]);
  const candidates = [1, 2, 5].flatMap((size, image) =>
    Array.from({ length: size }, (_, center) => ({ image, center, size })),
  );

  async function chiSquare(by: 'image' | 'descriptor', probability: (size: number) => number): Promise<number> {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < trials; seed++) {
      const [id] = idsOf(await run([small], reservoirSample({ size: 1, seed, by })));
      counts.set(id!, (counts.get(id!) ?? 0) + 1);
    }
    return candidates.reduce((sum, { image, center, size }) => {
      const expected = trials * probability(size);
      return sum + ((counts.get(`${image}/${center}`) ?? 0) - expected) ** 2 / expected;
    }, 0);
  }

  // 8 candidates, so 7 degrees of freedom: P(χ² > 40.5) = 1e-6.
  it('by image draws an image uniformly, then one of its centres uniformly', async () => {
    expect(await chiSquare('image', (size) => 1 / 3 / size)).toBeLessThan(40.5);
    expect(await chiSquare('image', () => 1 / 8)).toBeGreaterThan(40.5);
  });

  it('by descriptor draws a centre uniformly', async () => {
    expect(await chiSquare('descriptor', () => 1 / 8)).toBeLessThan(40.5);
    expect(await chiSquare('descriptor', (size) => 1 / 3 / size)).toBeGreaterThan(40.5);
  });
});

describe('reservoirSample', () => {
  it('refuses two images of one id, of which it could not tell the clouds apart', async () => {
    const [one, other] = [cloudBatch([2]), cloudBatch([2])];
    await expect(run([one, other], reservoirSample({ size: 10 }))).rejects.toMatchObject({
      code: 'badData',
      message: 'reservoirSample: image 0, center 0 came twice: image ids must be unique in a stream',
    });
  });
});
