import { from, lastValueFrom, take, toArray } from 'rxjs';
import { Field, Int32, List, type RecordBatch, Uint32, Utf8 } from 'apache-arrow';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { cellField, centerPositionsField, centersField, pbcField, speciesField } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import { soap } from '#dist/operators/soap.js';
import {
  featureCount as featureCountOf,
  PowerSpectrum,
  powerSpectrum,
  powerSpectrumDerivatives,
  type SoapOptions,
} from '#dist/soap/index.js';
import { cloudBatch, columnOf, split, withColumn, withNulls } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { type PlainRow, plainRows } from '../support/plainRows.js';

const parameters = { rCut: 5, nMax: 3, lMax: 2, sigma: 0.7 };
const featureCount = 6 * 3;
const sizes = [4, 0, 1, 7, 3, 5, 0, 2];
const clouds = cloudBatch(sizes);
const chosen = [[3, 1], [], [0], [6, 0, 3], [], [4, 4], [], []];

const withCenters = (batch: RecordBatch, centers: readonly (readonly number[] | null)[]): RecordBatch =>
  withColumn(batch, centersField, columnOf(centersField.type, centers));

const withPositions = (batch: RecordBatch, positions: readonly (readonly (readonly number[])[])[]): RecordBatch =>
  withColumn(batch, centerPositionsField, columnOf(centerPositionsField.type, positions));

const withSpecies = (batch: RecordBatch, species: readonly (readonly string[])[]): RecordBatch =>
  withColumn(batch, speciesField, columnOf(speciesField.type, species));

/** By atomic number. */
const ELEMENTS = ['H', 'C', 'O'];
const elements = sizes.map((size, row) => Array.from({ length: size }, (_, i) => ELEMENTS[(row + i * i) % 3]!));

/** Two places for every cloud but one: of which one is far from all points. */
const places = sizes.map((_, row) =>
  row === 3
    ? []
    : [
        [row / 2, 1, 2],
        [300, 0, -row],
      ],
);

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'soap',
  create: () => soap({ ...parameters, batchRows: 3 }),
  input: clouds,
  reads: { points: 'list<fixed_size_list<float64, 3>>' },
  badOptions: [
    ['soap.rCut: expected a number > rMin = 1 (input units), got 1', () => soap({ ...parameters, rCut: 1 })],
    ['soap.rCut: expected a number > rMin = 7 (input units), got 5', () => soap({ ...parameters, rMin: 7 })],
    ['soap.nMax: expected an integer from 1 to 20, got 0', () => soap({ ...parameters, nMax: 0 })],
    ['soap.lMax: expected an integer from 0 to 50, got 51', () => soap({ ...parameters, lMax: 51 })],
    ['soap.sigma: expected a number > 0 (input units), got 0', () => soap({ ...parameters, sigma: 0 })],
    [
      'soap.precision: expected float32 or float64, got "float16"; did you mean float32?',
      () => soap({ ...parameters, precision: 'float16' as 'float32' }),
    ],
  ],
});

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'soap',
  create: () => soap({ ...parameters, batchRows: 2 }),
  input: withCenters(clouds, chosen),
  reads: { points: 'list<fixed_size_list<float64, 3>>' },
  badOptions: [],
});

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'soap',
  create: () => soap({ ...parameters, batchRows: 3, species: ['O', 'H', 'C'] }),
  input: withSpecies(clouds, elements),
  reads: { points: 'list<fixed_size_list<float64, 3>>', species: 'list<utf8 or integer>' },
  badOptions: [],
});

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'soap',
  create: () => soap({ ...parameters, batchRows: 2, average: 'outer' }),
  input: clouds,
  reads: { points: 'list<fixed_size_list<float64, 3>>' },
  badOptions: [],
});

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'soap',
  create: () => soap({ ...parameters, batchRows: 3 }),
  input: withPositions(clouds, places),
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
      message: 'soap, batch 0, row 1 (image 1): points[0]: expected a finite coordinate, got NaN',
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
      message: 'soap, batch 0, row 3 (image 3): centers: expected an index below 7, the number of points, got 7',
    });
  });

  it('rejects centers of another type, and nulls among them', async () => {
    const texts = new List(new Field('item', new Utf8(), false));
    const named = chosen.map((centers) => centers.map(String));
    const wrong = withColumn(clouds, new Field('centers', texts, false), columnOf(texts, named));
    await expect(describeCenters([wrong])).rejects.toMatchObject({
      code: 'badSchema',
      message: 'soap, batch 0: column centers: expected list<uint32>, found list<utf8>',
    });
    await expect(describeCenters([withNulls(withCenters(clouds, chosen), 'centers', 1)])).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 0, row 1: column centers: expected list<uint32>, found null',
    });
    const nullable = new List(new Field('item', new Uint32(), true));
    const withNull = columnOf(nullable, [[0], [], [0], [1, null], [], [], [], []]);
    await expect(
      describeCenters([withColumn(clouds, new Field('centers', nullable, false), withNull)]),
    ).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 0, row 3: column centers: expected list<uint32>, found null',
    });
  });

  it('describes places that are no points, where there are some', async () => {
    const batches = split(withPositions(clouds, places), 3);
    const rows = plainRows(await describeCenters(batches, { precision: 'float64' }));
    const expected = plainRows([clouds]).flatMap(({ image, label, points }, row) => {
      const cloud = Float64Array.from((points as number[][]).flat());
      return places[row]!.map((position, center) => {
        const features = powerSpectrum(cloud, Float64Array.from(position), parameters);
        return { image, label, center, position, nCenters: 2, soap: [...features] };
      });
    });
    expect(rows).toEqual(expected);
    const atPoints = plainRows([clouds]).map(({ points }) => points as number[][]);
    expect(plainRows(await describeCenters([withPositions(clouds, atPoints)]))).toEqual(
      expectedRows(everyPoint, 'float32'),
    );
  });

  it('names a place that is not finite, and refuses places besides chosen points', async () => {
    const infinite = places.map((given, row) => (row === 5 ? [...given, [0, Infinity, 0]] : given));
    await expect(describeCenters(split(withPositions(clouds, infinite), 4), { batchRows: 2 })).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 1, row 1 (image 5): centerPositions[2]: expected finite coordinates, got Infinity',
    });
    await expect(describeCenters([withPositions(withCenters(clouds, chosen), places)])).rejects.toMatchObject({
      code: 'badSchema',
      message: 'soap, batch 0: columns centers and centerPositions: expected one of them, found both',
    });
  });

  it('tells the declared species apart, whatever the order in which they are declared', async () => {
    const batches = split(withSpecies(clouds, elements), 3);
    const options = { ...parameters, nSpecies: 3 };
    const length = 3 * (3 * 6 + 3 * 9);
    const expected = plainRows([clouds]).flatMap(({ points }, row) => {
      const cloud = Float64Array.from((points as number[][]).flat());
      const species = elements[row]!.map((element) => ELEMENTS.indexOf(element));
      const rows = powerSpectrum(cloud, cloud, options, { species });
      return species.map((_, i) => Array.from(rows.subarray(i * length, (i + 1) * length)));
    });
    for (const species of [ELEMENTS, ['O', 'H', 'C']]) {
      const found = plainRows(await describeCenters(batches, { species, precision: 'float64' }));
      expect(found.map((row) => row.soap)).toEqual(expected);
    }
  });

  it('weighs species by their names', async () => {
    const speciesWeighting = { O: 0.5, H: 2, C: -1 };
    const found = plainRows(
      await describeCenters([withSpecies(clouds, elements)], {
        species: ['O', 'H', 'C'],
        speciesWeighting,
        compression: 'mu2',
        precision: 'float64',
      }),
    );
    const options = { ...parameters, nSpecies: 3, compression: 'mu2', speciesWeighting: [2, -1, 0.5] } as const;
    const expected = plainRows([clouds]).flatMap(({ points }, row) => {
      const cloud = Float64Array.from((points as number[][]).flat());
      const species = elements[row]!.map((element) => ELEMENTS.indexOf(element));
      return species.map((_, i) =>
        Array.from(powerSpectrum(cloud, cloud.subarray(3 * i, 3 * i + 3), options, { species })),
      );
    });
    expect(found.map((row) => row.soap)).toEqual(expected);
  });

  it('has the cutoff of the weighting where none is given, and says so', async () => {
    const { rCut: _, ...rest } = parameters;
    const weighting = { function: 'poly', r0: 5, c: 1, m: 2 } as const;
    const run = (options: Parameters<typeof soap>[0]): Promise<RecordBatch[]> =>
      lastValueFrom(from([clouds]).pipe(soap(options), toArray()));
    const [inferred, given] = [await run({ ...rest, weighting }), await run({ ...rest, rCut: 5, weighting })];
    expect(plainRows(inferred)).toEqual(plainRows(given));
    expect(inferred[0]!.schema.fields.at(-1)!.metadata).toEqual(given[0]!.schema.fields.at(-1)!.metadata);
    expect(() => soap(rest)).toThrow(/^soap\.rCut: missing, expected a number > 0: Cutoff radius/);
  });

  it('takes options that are undefined for options that are not given', async () => {
    const options = { ...parameters, species: undefined, rMin: undefined, weighting: { w0: 0.5, r0: undefined } };
    const found = lastValueFrom(from([clouds]).pipe(soap(options as Parameters<typeof soap>[0]), toArray()));
    const expected = await describeCenters([clouds], { weighting: { w0: 0.5 } });
    expect(plainRows(await found)).toEqual(plainRows(expected));
    expect(() => soap({ ...parameters, sigma: undefined as unknown as number })).toThrow(/^soap\.sigma: missing/);
  });

  it('takes integers for species', async () => {
    const numbers = elements.map((cloud) => cloud.map((element) => [1, 6, 8][ELEMENTS.indexOf(element)]!));
    const type = new List(new Field('item', new Int32(), false));
    const integers = withColumn(clouds, new Field('species', type, false), columnOf(type, numbers));
    expect(plainRows(await describeCenters([integers], { species: [8, 1, 6] }))).toEqual(
      plainRows(await describeCenters([withSpecies(clouds, elements)], { species: ELEMENTS })),
    );
  });

  it('ignores species that are not declared at all, and drops them like the points', async () => {
    const batches = await describeCenters([withSpecies(clouds, elements)]);
    expect(plainRows(batches)).toEqual(expectedRows(everyPoint, 'float32'));
    const names = columnOf(new Utf8(), sizes.map(String)); // not of points: a column like any other
    const [batch] = await describeCenters([withColumn(clouds, new Field('species', new Utf8(), false), names)]);
    expect([...(batch!.getChild('species') as Iterable<string>)].slice(0, 5)).toEqual(['4', '4', '4', '4', '1']);
  });

  it('names row and point of a species that is not declared, and clouds with too few', async () => {
    const described = (species: readonly (readonly string[])[]): Promise<RecordBatch[]> =>
      describeCenters(split(withSpecies(clouds, species), 3), { species: ['O', 'H', 'C'] });
    await expect(described(elements.with(4, ['H', 'N', 'C']))).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 1, row 1 (image 4): point 1: expected one of the declared species H, C, O, got "N"',
    });
    await expect(described(elements.with(4, ['H', 'C']))).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 1, row 1 (image 4): species: expected 3, one for each point, got 2',
    });
  });

  describe('periodic', () => {
    const cells = sizes.map((_, row) => [9 + row, 0, 0, 1, 8, 0, 0, 2, 10]);
    const pbc = sizes.map((_, row) => [1, row % 2, Number(row !== 2)]);
    const withCells = withColumn(clouds, cellField, columnOf(cellField.type, cells));
    const withPbc = withColumn(withCells, pbcField, columnOf(pbcField.type, pbc));

    it.each([
      ['cell', withCells],
      ['cell and pbc', withPbc],
    ])('expands each cloud with its images, as %s says', async (columns, batch) => {
      const batches = await describeCenters(split(batch, 3), { periodic: true, precision: 'float64' });
      const expected = plainRows([clouds]).flatMap(({ points }, row) => {
        const cloud = Float64Array.from((points as number[][]).flat());
        const periodic = columns === 'cell' ? undefined : pbc[row]!;
        const cell = { vectors: cells[row]!, periodic };
        return (points as number[][]).map((center) =>
          Array.from(powerSpectrum(cloud, Float64Array.from(center), parameters, { cell })),
        );
      });
      expect(plainRows(batches).map((row) => row.soap)).toEqual(expected);
      expect(batches[0]!.schema.fields.at(-1)!.metadata.get('periodic')).toBe('true');
    });

    it('is off by default, whatever columns there are', async () => {
      const rows = plainRows(await describeCenters([withPbc]));
      expect(rows.map((row) => row.soap)).toEqual(plainRows(await describeCenters([clouds])).map((row) => row.soap));
    });

    it('needs a cell, and names the row of one that is none', async () => {
      await expect(describeCenters([clouds], { periodic: true })).rejects.toMatchObject({
        code: 'badSchema',
        message:
          'soap, batch 0: column cell: expected fixed_size_list<float64, 9>, but the stream has only image, label, points (for periodic: true; the source xyz gives it with cell: true)',
      });
      const flat = columnOf(cellField.type, cells.with(4, [1, 0, 0, 0, 1, 0, 1, 1, 0]));
      await expect(
        describeCenters(split(withColumn(clouds, cellField, flat), 3), { periodic: true }),
      ).rejects.toMatchObject({
        code: 'badData',
        message: 'soap, batch 1, row 1 (image 4): cell: expected vectors that span a cell, got 1 0 0, 0 1 0, 1 1 0',
      });
    });

    it('names the row whose cell is too small for the cutoff, and that of a centre too far away', async () => {
      const tiny = columnOf(cellField.type, cells.with(3, [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01]));
      await expect(
        describeCenters(split(withColumn(clouds, cellField, tiny), 3), { periodic: true }),
      ).rejects.toMatchObject({
        code: 'badData',
        message: expect.stringMatching(
          /^soap, batch 1, row 0 \(image 3\): cell: expected at most 1048576 images of the points within the cutoff of 7\.6\d+ \(input units\), got \d+$/,
        ) as string,
      });
      const far = withPositions(
        withCells,
        sizes.map((_, row) => (row === 4 ? [[1, 1e18, 2]] : [])),
      );
      await expect(describeCenters(split(far, 3), { periodic: true })).rejects.toMatchObject({
        code: 'badData',
        message:
          'soap, batch 1, row 1 (image 4): position 0: expected one at most 4294967296 cells away from the first, got 1 1000000000000000000 2',
      });
    });
  });

  describe('with derivatives', () => {
    /** Of the kernel, for a cloud and some of its points as centres. */
    function differentiated(
      points: readonly (readonly number[])[],
      centers: readonly number[],
      options: SoapOptions,
      attach: readonly number[],
    ): Pick<PlainRow, 'soap' | 'derivatives'>[] {
      const cloud = Float64Array.from(points.flat());
      const at = Float64Array.from(centers.flatMap((center) => points[center]!));
      const { powerSpectrum: rows, derivatives } = powerSpectrumDerivatives(cloud, at, options, { attach });
      const F = featureCountOf(options);
      return Array.from({ length: rows.length / F }, (_, row) => ({
        soap: [...rows.subarray(row * F, (row + 1) * F)],
        derivatives: points.map((_point, i) =>
          [0, 1, 2].map((axis) => {
            const start = ((row * points.length + i) * 3 + axis) * F;
            return Array.from(derivatives.subarray(start, start + F));
          }),
        ),
      }));
    }
    const parts = ({ soap: row, derivatives }: PlainRow): Pick<PlainRow, 'soap' | 'derivatives'> => ({
      soap: row,
      derivatives,
    });

    it.each(['fixed', 'attached'] as const)('gives those of every centre and point: %s', async (derivatives) => {
      const chosenClouds = withCenters(clouds, chosen);
      const options = { derivatives, precision: 'float64', batchRows: 3 } as const;
      const found = plainRows(await describeCenters(split(chosenClouds, 3), options)).map(parts);
      const expected = plainRows([chosenClouds]).flatMap(({ points, centers }) => {
        const attach = (centers as number[]).map((center) => (derivatives === 'attached' ? center : -1));
        return differentiated(points as number[][], centers as number[], parameters, attach);
      });
      expect(found).toEqual(expected);
      expect(found.length).toBeGreaterThan(5);
    });

    it.each(['inner', 'outer'] as const)('gives those of the average, %s', async (average) => {
      const batches = await describeCenters([clouds], { derivatives: 'attached', average, precision: 'float64' });
      const expected = plainRows([clouds]).flatMap(({ points }) => {
        const all = (points as number[][]).map((_, i) => i);
        return differentiated(points as number[][], all, { ...parameters, average }, all);
      });
      expect(plainRows(batches).map(parts)).toEqual(expected);
    });

    it('rounds them to float32', async () => {
      const of = async (precision: 'float32' | 'float64'): Promise<number[]> =>
        plainRows(await describeCenters([clouds], { derivatives: 'attached', precision })).flatMap(({ derivatives }) =>
          (derivatives as number[][][]).flat(2),
        );
      const exact = await of('float64');
      expect(exact.length).toBeGreaterThan(1000);
      expect(await of('float32')).toEqual(exact.map(Math.fround));
    });

    it('refuses to attach centres that are no points', async () => {
      await expect(describeCenters([withPositions(clouds, places)], { derivatives: 'attached' })).rejects.toMatchObject(
        {
          code: 'badSchema',
          message:
            'soap, batch 0: column centerPositions: expected none with derivatives attached, whose centres are points',
        },
      );
    });

    it('refuses float32 arithmetic', () => {
      expect(() => soap({ ...parameters, derivatives: 'fixed', arithmetic: 'float32' })).toThrow(
        expect.objectContaining({
          code: 'badOption',
          message: 'soap.arithmetic: expected float64, in which derivatives fixed are computed, got "float32"',
        }) as Error,
      );
    });
  });

  it.each(['inner', 'outer'] as const)('gives one row a cloud with average %s', async (average) => {
    const rows = plainRows(await describeCenters(split(clouds, 3), { average, precision: 'float64' }));
    const expected = plainRows([clouds]).flatMap(({ image, label, points }) => {
      const cloud = Float64Array.from((points as number[][]).flat());
      const nCenters = (points as number[][]).length;
      if (nCenters === 0) return [];
      return [{ image, label, nCenters, soap: [...powerSpectrum(cloud, cloud, { ...parameters, average })] }];
    });
    expect(rows).toEqual(expected);
    expect(rows).toHaveLength(6);
  });

  it('averages over the chosen centres alone, and puts at most batchRows clouds in a batch', async () => {
    const options = { average: 'outer', precision: 'float64' } as const;
    const batches = await describeCenters([withCenters(clouds, chosen)], { ...options, batchRows: 3 });
    expect(batches.map(({ numRows }) => numRows)).toEqual([3, 1]);
    const [all] = plainRows([clouds]);
    const points = all!.points as number[][];
    const expected = powerSpectrum(
      Float64Array.from(points.flat()),
      Float64Array.from([...points[3]!, ...points[1]!]),
      { ...parameters, average: 'outer' },
    );
    expect(plainRows(batches)[0]).toEqual({ image: 0, label: 0, nCenters: 2, soap: [...expected] });
    expect(plainRows(batches).map(({ image, nCenters }) => [image, nCenters])).toEqual([
      [0, 2],
      [2, 1],
      [3, 3],
      [5, 2],
    ]);
  });

  it('sorts the points of a cloud once, however many batches its rows fill', async () => {
    const index = vi.spyOn(PowerSpectrum.prototype, 'index');
    onTestFinished(() => index.mockRestore());
    expect(await describeCenters([clouds], { batchRows: 2 })).toHaveLength(11);
    expect(index).toHaveBeenCalledTimes(sizes.filter((size) => size > 0).length);
  });

  it('keeps batches of long rows small', async () => {
    // 64 species: F = 21 · (64 · 210 + 2,016 · 400), 138 MB a row of float64: alone in its batch.
    const species = Array.from({ length: 64 }, (_, i) => i);
    const cloud = withSpecies(cloudBatch([2]), [['0', '63']]);
    const operator = soap({ ...parameters, nMax: 20, lMax: 20, species, precision: 'float64' });
    const [first] = await lastValueFrom(from([cloud]).pipe(operator, take(1), toArray()));
    expect(first!.numRows).toBe(1);
  });

  it('refuses features that their type cannot hold, by row and image', async () => {
    const weighting = { w0: 1e30 } as const;
    await expect(describeCenters(split(clouds, 2), { weighting })).rejects.toMatchObject({
      code: 'badData',
      message: 'soap, batch 0, row 0 (image 0): expected features that float32 can hold, got Infinity',
    });
    expect(await describeCenters([clouds], { weighting, precision: 'float64' })).not.toEqual([]);
  });

  it('says that float64 cannot hold the radial functions', async () => {
    await expect(describeCenters([clouds], { rCut: 1e99, sigma: 1e99 })).rejects.toMatchObject({
      code: 'badOption',
      message: expect.stringMatching(
        /^soap, batch 0: rCut: expected radial functions that float64 can hold, got rMin 1, /,
      ),
    });
  });
});
