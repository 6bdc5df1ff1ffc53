import { from, lastValueFrom, take, toArray } from 'rxjs';
import { Field, Int32, List, type RecordBatch, Uint32 } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { centersField } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import { soap } from '#dist/operators/soap.js';
import { powerSpectrum } from '#dist/soap/index.js';
import { cloudBatch, columnOf, split, withColumn, withNulls } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

const parameters = { rCut: 5, nMax: 3, lMax: 2, sigma: 0.7 };
const featureCount = 6 * 3;
const sizes = [4, 0, 1, 7, 3, 5, 0, 2];
const clouds = cloudBatch(sizes);
const chosen = [[3, 1], [], [0], [6, 0, 3], [], [4, 4], [], []];

const withCenters = (batch: RecordBatch, centers: readonly (readonly number[] | null)[]): RecordBatch =>
  withColumn(batch, centersField, columnOf(centersField.type, centers));

operatorContract({
  name: 'soap',
  create: () => soap({ ...parameters, batchRows: 3 }),
  input: clouds,
  reads: { points: 'list<fixed_size_list<float64, 3>>' },
  badOptions: [
    ['soap.rCut: expected a number > rMin = 1 (input units), got 1', () => soap({ ...parameters, rCut: 1 })],
    ['soap.rCut: expected a number > rMin = 7 (input units), got 5', () => soap({ ...parameters, rMin: 7 })],
    ['soap.nMax: expected an integer from 1 to 20, got 0', () => soap({ ...parameters, nMax: 0 })],
    ['soap.lMax: expected an integer from 0 to 20, got 21', () => soap({ ...parameters, lMax: 21 })],
    ['soap.sigma: expected a number > 0 (input units), got 0', () => soap({ ...parameters, sigma: 0 })],
    [
      'soap.precision: expected float32 or float64, got "float16"; did you mean float32?',
      () => soap({ ...parameters, precision: 'float16' as 'float32' }),
    ],
  ],
});

operatorContract({
  name: 'soap',
  create: () => soap({ ...parameters, batchRows: 2 }),
  input: withCenters(clouds, chosen),
  reads: { points: 'list<fixed_size_list<float64, 3>>' },
  badOptions: [],
});

type Options = Parameters<typeof soap>[0];

const describeCenters = (batches: readonly RecordBatch[], options: Partial<Options> = {}): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(soap({ ...parameters, ...options }), toArray()));

/** The rows that `centers` of each cloud should give, by the kernel called once for each. */
function expectedRows(centers: readonly (readonly number[])[], precision: 'float32' | 'float64'): unknown[] {
  return plainRows([clouds]).flatMap(({ image, label, points }, row) => {
    const cloud = points as number[][];
    return centers[row]!.map((center) => {
      const features = powerSpectrum(Float64Array.from(cloud.flat()), Float64Array.from(cloud[center]!), parameters);
      return {
        image,
        label,
        center,
        position: cloud[center],
        nCenters: centers[row]!.length,
        soap: [...(precision === 'float32' ? Float32Array.from(features) : features)],
      };
    });
  });
}

const everyPoint = sizes.map((size) => Array.from({ length: size }, (_, center) => center));

describe('soap', () => {
  it.each(['float64', 'float32'] as const)('gives the power spectrum of every point, in %s', async (precision) => {
    const rows = plainRows(await describeCenters(split(clouds, 3), { precision }));
    expect(rows).toEqual(expectedRows(everyPoint, precision));
  });

  it('rounds to float32 unless told', async () => {
    expect(plainRows(await describeCenters([clouds]))).toEqual(expectedRows(everyPoint, 'float32'));
  });

  it('gives that of the chosen centres, in their order, where there are some', async () => {
    const batches = split(withCenters(clouds, chosen), 3);
    const rows = plainRows(await describeCenters(batches, { precision: 'float64' }));
    expect(rows).toEqual(expectedRows(chosen, 'float64'));
  });

  it('gives no row for clouds without points or without chosen centres', async () => {
    const none = sizes.map(() => []);
    expect(await describeCenters([withCenters(clouds, none)])).toEqual([]);
    expect(await describeCenters([cloudBatch([0, 0])])).toEqual([]);
  });

  it('puts at most batchRows rows in a batch, over the borders of clouds', async () => {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    for (const batchRows of [1, 3, 5, 1024]) {
      const batches = await describeCenters([clouds], { batchRows });
      const full = Array<number>(Math.floor(total / batchRows)).fill(batchRows);
      expect(batches.map(({ numRows }) => numRows)).toEqual(
        total % batchRows === 0 ? full : [...full, total % batchRows],
      );
      expect(plainRows(batches)).toEqual(expectedRows(everyPoint, 'float32'));
    }
  });

  it('computes a batch of rows only when it is asked for', async () => {
    const all = [
      [0, 1],
      [0, 1],
    ];
    const broken = withCenters(cloudBatch([2, 2]), all);
    broken.data.children[2]!.children[0]!.children[0]!.values.fill(Number.NaN, 6);
    const rows = from([broken]).pipe(soap({ ...parameters, batchRows: 2 }));
    const [first] = await lastValueFrom(rows.pipe(take(1), toArray()));
    expect(first!.numRows).toBe(2);
    // The next would have failed.
    await expect(lastValueFrom(rows)).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 0: row 1, points[0]: expected a finite coordinate, got NaN',
    });
  });

  it('drops points and centers, keeps other columns before its own, and says how the features were made', async () => {
    const extra = withColumn(
      withCenters(clouds, chosen),
      new Field('extra', new Int32(), true),
      columnOf(new Int32(), [...sizes]),
    );
    const [batch] = await describeCenters([extra], { rMin: 0.5 });
    expect(
      batch!.schema.fields.map(({ name, type, nullable }) => `${name}: ${typeName(type)}${nullable ? '?' : ''}`),
    ).toEqual([
      'image: uint32',
      'label: uint8',
      'extra: int32?',
      'center: uint32',
      'position: fixed_size_list<float64, 3>',
      'nCenters: uint32',
      `soap: fixed_size_list<float32, ${featureCount}>`,
    ]);
    expect(batch!.schema.fields.at(-1)!.metadata).toEqual(
      new Map([
        ['descriptor', 'soap'],
        ['rCut', '5'],
        ['nMax', '3'],
        ['lMax', '2'],
        ['sigma', '0.7'],
        ['rMin', '0.5'],
      ]),
    );
  });

  it('names the row of a centre that there is no point for', async () => {
    const beyond = withCenters(clouds, [[3], [], [0], [7], [], [], [], []]);
    await expect(describeCenters([beyond])).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 0: row 3, centers: expected an index below 7, the number of points, got 7',
    });
  });

  it('rejects centers of another type, and nulls among them', async () => {
    const signed = new List(new Field('item', new Int32(), false));
    const wrong = withColumn(clouds, new Field('centers', signed, false), columnOf(signed, chosen));
    await expect(describeCenters([wrong])).rejects.toMatchObject({
      code: 'badSchema',
      message: 'soap, batch 0: column centers: expected list<uint32>, found list<int32>',
    });
    await expect(describeCenters([withNulls(withCenters(clouds, chosen), 'centers', 1)])).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 0: column centers, row 1: expected list<uint32>, found null',
    });
    const nullable = new List(new Field('item', new Uint32(), true));
    const withNull = columnOf(nullable, [[0], [], [0], [1, null], [], [], [], []]);
    await expect(
      describeCenters([withColumn(clouds, new Field('centers', nullable, false), withNull)]),
    ).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 0: column centers, row 3: expected list<uint32>, found null',
    });
  });
});
