import { describe, expect, it } from 'vitest';
import { featureCount, PowerSpectrum, powerSpectrum, type Weighting } from '#dist/soap/index.js';
import { randomCloud, randomNumbers, randomRotation, rowError, transform } from './clouds.js';
import { dscribeCases, exactCases } from './golden.js';
import { referenceRows } from './reference.js';

/** Of a row's maximum, where other numbers are added in another order. */
const ROUNDING = 1e-13;

/** Of a row's maximum, where radial functions are looked up at other distances: the table is right to 1e-13 of their maxima. */
const TABULATED = 1e-12;

describe('powerSpectrum', () => {
  const options = { rCut: 5, nMax: 4, lMax: 6, sigma: 0.8 };
  const features = featureCount(options);

  describe('against DScribe', () => {
    const cases = dscribeCases();

    /**
     * Of a row's maximum. DScribe computes β in float64, which shows where radial functions crowd: the rows of 60-digit
     * arithmetic below settle who is right. Elsewhere its constants, rounded to 11 digits, govern. Its polynomials meet the
     * same difficulty, the worse the more there are.
     */
    const ownErrors: Record<string, number> = {
      'mnist-2601-r25': 3e-9,
      'cloud-1': 2e-10,
      'mnist-5690-r5': 1e-10,
      'polynomial-4-4': 1e-9,
      'polynomial-8-6': 3e-6,
    };

    it('is tested on every case', () => {
      expect(cases.length).toBe(34);
      expect(Object.keys(ownErrors).filter((name) => !cases.some((known) => known.name === name))).toEqual([]);
    });

    it.each(cases)('agrees on $name', ({ name, options: given, points, species, centers, rows }) => {
      const actual = powerSpectrum(points, centers, given, { species });
      const count = featureCount(given);
      expect(actual.length).toBe(rows.length * count);
      for (const [i, expected] of rows.entries()) {
        const row = actual.subarray(i * count, (i + 1) * count);
        if (name === 'far-away') {
          expect(Array.from(row)).toEqual(expected);
          continue;
        }
        expect(rowError(row, expected)).toBeLessThan(ownErrors[name] ?? 1e-10);
        if (name in ownErrors) continue;
        // Element by element: an element near a change of sign has fewer digits, two of 540 in the worst row.
        const far = expected.filter((value, k) => Math.abs(row[k]! - value) > 1e-9 * Math.abs(value));
        expect(far.length).toBeLessThanOrEqual(2);
      }
    });

    it('errs less than DScribe where its polynomials are ill-conditioned', () => {
      const { options: given, points, species, centers, rows } = cases.find(({ name }) => name === 'polynomial-8-6')!;
      const exact = referenceRows(points, species!, centers, given);
      const width = featureCount(given);
      const actual = powerSpectrum(points, centers, given, { species });
      for (const [i, row] of exact.entries()) {
        expect(rowError(actual.subarray(i * width, (i + 1) * width), row)).toBeLessThan(TABULATED);
        expect(rowError(Float64Array.from(rows[i]!), row)).toBeGreaterThan(1e-6);
      }
    });
  });

  describe('against 60-digit arithmetic', () => {
    const cases = exactCases();

    it('is tested on every case', () => {
      expect(cases.length).toBe(7);
    });

    it.each(cases)('agrees on $name', ({ options: given, points, centers, rows }) => {
      // Of a row's maximum. In float64 twice what a table is off, since coefficients enter as products; in float32 every term of their
      // sums is rounded as well, by up to 6e-8.
      for (const [arithmetic, tolerance] of [
        ['float64', 2e-13],
        ['float32', 1e-6],
      ] as const) {
        const row = powerSpectrum(points, centers, { ...given, arithmetic });
        expect(rowError(row, rows[0]!)).toBeLessThan(tolerance);
      }
    });
  });

  describe('equals the plain sum with complex harmonics in angles', () => {
    const compressions = ['off', 'mu2', 'mu1nu1', 'crossover'] as const;
    const averages = ['off', 'inner', 'outer'] as const;
    const weightings: readonly (Weighting | undefined)[] = [
      undefined,
      { w0: 0 },
      { function: 'poly', r0: 2.5, c: 1.3, m: 2 },
      { function: 'pow', r0: 1.4, c: 0.8, d: 0.5, m: 3, w0: 2 },
      { function: 'exp', r0: 2, c: 1.1, d: 0.3 },
    ];
    const bases = [
      { radialBasis: 'gto', rCut: 3, nMax: 3, lMax: 3, sigma: 0.5 },
      { radialBasis: 'gto', rCut: 2, nMax: 2, lMax: 4, sigma: 0.3, rMin: 0.4 },
      { radialBasis: 'polynomial', rCut: 2.2, nMax: 2, lMax: 2, sigma: 0.6 },
    ] as const;
    const trials = compressions.flatMap((compression) => averages.map((average) => ({ compression, average })));

    it.each(trials)('with compression $compression and average $average', ({ compression, average }) => {
      const random = randomNumbers(
        11 + trials.findIndex((t) => t.compression === compression && t.average === average),
      );
      for (const [i, weighting] of weightings.entries()) {
        const basis = bases[i % bases.length]!;
        const nSpecies = 1 + Math.floor(random() * 3);
        const given = { ...basis, compression, average, nSpecies, weighting };
        const points = randomCloud(random, 8, 2.5);
        const species = Array.from({ length: 8 }, () => Math.floor(random() * nSpecies));
        const centers = Float64Array.of(...points.subarray(3, 6), random(), random(), random());
        const expected = referenceRows(points, species, centers, given);
        const actual = powerSpectrum(points, centers, given, { species });
        expect(actual.length).toBe(expected.flat().length);
        for (const [k, row] of expected.entries()) {
          expect(rowError(actual.subarray(k * row.length, (k + 1) * row.length), row)).toBeLessThan(TABULATED);
        }
      }
    });
  });

  it('is invariant under random rotations, reflections and translations', () => {
    const random = randomNumbers(12);
    const points = randomCloud(random, 30, 4);
    const centers = points.slice(0, 9);
    const expected = powerSpectrum(points, centers, options);
    for (let trial = 0; trial < 20; trial++) {
      const rotation = randomRotation(random);
      const matrix = trial % 2 === 0 ? rotation : rotation.map((value) => -value);
      const shift = [random(), random(), random()].map((value) => 20 * value - 10);
      const actual = powerSpectrum(transform(points, matrix, shift), transform(centers, matrix, shift), options);
      expect(rowError(actual, expected)).toBeLessThan(TABULATED); // rounded distances may fall into another interval
    }
  });

  it('notices a change that is not rigid', () => {
    const points = randomCloud(randomNumbers(13), 30, 4);
    const expected = powerSpectrum(points, points.slice(0, 3), options);
    const stretched = transform(points, [1.01, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(rowError(powerSpectrum(stretched, stretched.slice(0, 3), options), expected)).toBeGreaterThan(1e-4);
  });

  it('does not depend on the order of the points', () => {
    const points = randomCloud(randomNumbers(14), 40, 4);
    const backwards = Float64Array.from({ length: 120 }, (_, i) => points[117 - i + 2 * (i % 3)]!);
    const centers = points.slice(0, 6);
    expect(rowError(powerSpectrum(backwards, centers, options), powerSpectrum(points, centers, options))).toBeLessThan(
      ROUNDING,
    );
  });

  it('scales with the cube of the unit of length when rMin is scaled too', () => {
    const points = randomCloud(randomNumbers(15), 20, 4);
    const unit = 0.037;
    const expected = powerSpectrum(points, points.slice(0, 3), options).map((value) => value * unit ** 3);
    const small = points.map((value) => value * unit);
    const scaled = { ...options, rCut: 5 * unit, sigma: 0.8 * unit, rMin: unit };
    expect(rowError(powerSpectrum(small, small.slice(0, 3), scaled), expected)).toBeLessThan(TABULATED);
  });

  it('orders the components by l, then n, then n′ ≥ n', () => {
    // A lone point at the centre has l = 0 only, where P_nn' = c_n c_n' π√8, so that P_nn P_n'n' = P_nn'².
    const row = powerSpectrum(new Float64Array(3), new Float64Array(3), { ...options, nMax: 3 });
    const [p00, p01, p02, p11, p12, p22] = Array.from(row);
    expect(p01! ** 2 / (p00! * p11!)).toBeCloseTo(1, 12); // some roundings
    expect(p02! ** 2 / (p00! * p22!)).toBeCloseTo(1, 12);
    expect(p12! ** 2 / (p11! * p22!)).toBeCloseTo(1, 12);
    expect(row.subarray(6).every((value) => value === 0)).toBe(true);
  });

  it('counts points up to rCut + σ√(-2 ln 0.001) and none beyond', () => {
    const cutoff = 5 + 0.8 * Math.sqrt(-2 * Math.log(0.001));
    const centers = Float64Array.of(0, 0, 0, 0, -cutoff * 1e-15, 0); // the second one is just too far
    const rows = powerSpectrum(Float64Array.of(0, cutoff, 0), centers, options);
    expect(rows.subarray(0, features).some((value) => value !== 0)).toBe(true);
    expect(rows.subarray(features)).toEqual(new Float64Array(features));
  });

  it('gives a zero row where no point is in range, and no row for no centre', () => {
    const centers = Float64Array.of(100, 0, 0, 0, 0, 0);
    const rows = powerSpectrum(Float64Array.of(1, 0, 0), centers, options);
    expect(rows.subarray(0, features)).toEqual(new Float64Array(features));
    expect(rows.subarray(features).some((value) => value !== 0)).toBe(true);
    expect(powerSpectrum(new Float64Array(0), centers, options)).toEqual(new Float64Array(2 * features));
    expect(powerSpectrum(Float64Array.of(1, 0, 0), new Float64Array(0), options)).toEqual(new Float64Array(0));
  });

  it('leaves points and centers as they were', () => {
    const points = randomCloud(randomNumbers(16), 10, 4);
    const centers = points.slice(0, 6);
    const copies = [points.slice(), centers.slice()];
    powerSpectrum(points, centers, options);
    expect([points, centers]).toEqual(copies);
  });

  it('refuses coordinates and species by place', () => {
    const points = Float64Array.of(0, 0, 0);
    const call =
      (first: Float64Array, second = points, given: object = {}, species?: number[]) =>
      () =>
        powerSpectrum(first, second, { ...options, ...given }, { species });
    expect(call(Float64Array.of(1, 2))).toThrow(
      new RangeError('points: expected a length divisible by 3 (x, y, z each), got 2'),
    );
    expect(call(points, new Float64Array(4))).toThrow(
      new RangeError('centers: expected a length divisible by 3 (x, y, z each), got 4'),
    );
    expect(call(Float64Array.of(0, 0, NaN))).toThrow(
      new RangeError('points[2]: expected a finite coordinate, got NaN'),
    );
    expect(call(points, Float64Array.of(0, -Infinity, 0))).toThrow(
      new RangeError('centers[1]: expected a finite coordinate, got -Infinity'),
    );
    const two = new Float64Array(6);
    expect(call(two, points, { nSpecies: 2 })).toThrow(
      new RangeError('species: expected the species of each point, as nSpecies is 2, got none'),
    );
    expect(call(two, points, { nSpecies: 2 }, [1])).toThrow(
      new RangeError('species: expected length 2, the number of points, got 1'),
    );
    for (const wrong of [2, -1, 0.5, NaN]) {
      expect(call(two, points, { nSpecies: 2 }, [1, wrong])).toThrow(
        new RangeError(`species[1]: expected an integer from 0 to 1, got ${wrong}`),
      );
    }
    expect(call(two, points, { nSpecies: 2, compression: 'mu2' }, [1, 2])).toThrow(
      new RangeError('species[1]: expected an integer from 0 to 1, got 2'),
    );
  });

  describe('of several species', () => {
    const random = randomNumbers(18);
    const points = randomCloud(random, 24, 4);
    const centers = Float64Array.of(...points.subarray(0, 6), 1, -2, 0.5);
    const species = Array.from({ length: 24 }, (_, i) => i % 3);
    const given = { ...options, nSpecies: 3 };
    const block = { own: (4 * 5 * 7) / 2, cross: 4 * 4 * 7 };

    /** The components from `start` to `end` of each of three rows. */
    const part = (rows: Float64Array, start: number, end: number): Float64Array =>
      rows.filter((_, i) => i % (rows.length / 3) >= start && i % (rows.length / 3) < end);

    it.each(['off', 'mu2', 'mu1nu1', 'crossover'] as const)(
      'is invariant under rotations, reflections and translations with compression %s',
      (compression) => {
        const expected = powerSpectrum(points, centers, { ...given, compression }, { species });
        const matrix = randomRotation(random).map((value) => -value);
        const moved = [points, centers].map((cloud) => transform(cloud, matrix, [3, -7, 11])) as [
          Float64Array,
          Float64Array,
        ];
        const actual = powerSpectrum(...moved, { ...given, compression }, { species });
        expect(rowError(actual, expected)).toBeLessThan(TABULATED);
      },
    );

    it('has the spectrum of each species alone in its blocks', () => {
      const rows = powerSpectrum(points, centers, given, { species });
      const alone = [0, 1, 2].map((s) => points.filter((_, i) => species[Math.floor(i / 3)] === s));
      const starts = [0, block.own + 2 * block.cross, 2 * block.own + 3 * block.cross];
      for (const [s, start] of starts.entries()) {
        const expected = powerSpectrum(alone[s]!, centers, options);
        expect(rowError(part(rows, start, start + block.own), expected)).toBeLessThan(ROUNDING);
      }
      expect(rows.length).toBe(3 * (3 * block.own + 3 * block.cross));
    });

    it('with crossover keeps the blocks of species with themselves, with mu2 forgets species', () => {
      const rows = powerSpectrum(points, centers, given, { species });
      const crossover = powerSpectrum(points, centers, { ...given, compression: 'crossover' }, { species });
      expect(part(crossover, 0, block.own)).toEqual(part(rows, 0, block.own));
      expect(part(crossover, 2 * block.own, 3 * block.own)).toEqual(
        part(rows, rows.length / 3 - block.own, rows.length / 3),
      );
      const mu2 = powerSpectrum(points, centers, { ...given, compression: 'mu2' }, { species });
      expect(mu2).toEqual(powerSpectrum(points, centers, options));
    });

    it('follows the names of the species', () => {
      const rows = powerSpectrum(points, centers, { ...given, compression: 'crossover' }, { species });
      const renamed = species.map((s) => [2, 0, 1][s]!);
      const actual = powerSpectrum(points, centers, { ...given, compression: 'crossover' }, { species: renamed });
      expect(part(actual, 2 * block.own, 3 * block.own)).toEqual(part(rows, 0, block.own));
      expect(part(actual, 0, block.own)).toEqual(part(rows, block.own, 2 * block.own));
    });

    it('has zeros for a species that is not there', () => {
      const rows = powerSpectrum(points, centers, given, { species: species.map(() => 1) });
      const start = block.own + 2 * block.cross;
      expect(part(rows, 0, start).every((value) => value === 0)).toBe(true);
      expect(part(rows, start + block.own, rows.length / 3).every((value) => value === 0)).toBe(true);
      expect(part(rows, start, start + block.own)).toEqual(powerSpectrum(points, centers, options));
    });
  });

  describe('averaged over centres', () => {
    const points = randomCloud(randomNumbers(19), 20, 4);
    const centers = points.slice(0, 15);
    const rows = powerSpectrum(points, centers, options);

    it('outer is the mean of the rows', () => {
      const mean = Float64Array.from({ length: features }, (_, i) =>
        [0, 1, 2, 3, 4].reduce((sum, row) => sum + rows[row * features + i]! / 5, 0),
      );
      const actual = powerSpectrum(points, centers, { ...options, average: 'outer' });
      expect(actual.length).toBe(features);
      expect(rowError(actual, mean)).toBeLessThan(ROUNDING);
    });

    it('inner differs from outer, but not for a single centre', () => {
      const inner = powerSpectrum(points, centers, { ...options, average: 'inner' });
      const outer = powerSpectrum(points, centers, { ...options, average: 'outer' });
      expect(rowError(inner, outer)).toBeGreaterThan(1e-3);
      for (const average of ['inner', 'outer'] as const) {
        expect(powerSpectrum(points, centers.slice(0, 3), { ...options, average })).toEqual(rows.slice(0, features));
      }
    });

    it('inner of a cloud is the row of its displaced copies around one centre', () => {
      // c is a sum over points: the mean over centres is that of the offsets from all of them, each a fifth.
      const offsets = [0, 1, 2, 3, 4].flatMap((c) => [...points].map((value, i) => value - centers[3 * c + (i % 3)]!));
      const expected = powerSpectrum(Float64Array.from(offsets), new Float64Array(3), options).map(
        (value) => value / 25,
      );
      expect(rowError(powerSpectrum(points, centers, { ...options, average: 'inner' }), expected)).toBeLessThan(
        ROUNDING,
      );
    });

    it('gives no row for no centre and a zero row where no point is in range', () => {
      for (const average of ['inner', 'outer'] as const) {
        expect(powerSpectrum(points, new Float64Array(0), { ...options, average })).toEqual(new Float64Array(0));
        const far = Float64Array.of(100, 0, 0, 0, 200, 0);
        expect(powerSpectrum(points, far, { ...options, average })).toEqual(new Float64Array(features));
      }
    });
  });

  describe('weighted', () => {
    const points = Float64Array.of(0, 0, 0, 1, 0.5, -0.3, -2, 1, 0.4);
    const centers = new Float64Array(3);
    const at = (weighting?: Weighting) => powerSpectrum(points, centers, { ...options, weighting });

    it('counts a point as often as its weight says', () => {
      expect(at({ w0: 1 })).toEqual(at());
      const without = powerSpectrum(points.slice(3), centers, options);
      expect(at({ w0: 0 })).toEqual(without);
      const threeTimes = Float64Array.of(0, 0, 0, 0, 0, 0, ...points);
      expect(rowError(at({ w0: 3 }), powerSpectrum(threeTimes, centers, options))).toBeLessThan(ROUNDING);
    });

    it('applies w0 to points within 1e-6 with the polynomial basis, to those at the centre with GTOs', () => {
      const near = Float64Array.of(5e-7, 0, 0);
      const far = Float64Array.of(2e-6, 0, 0);
      const rowOf = (cloud: Float64Array, radialBasis: 'gto' | 'polynomial') =>
        powerSpectrum(cloud, centers, { ...options, radialBasis, weighting: { w0: 0 } });
      const isZero = (row: Float64Array) => row.every((value) => value === 0);
      expect(isZero(rowOf(near, 'polynomial'))).toBe(true);
      expect(isZero(rowOf(far, 'polynomial'))).toBe(false);
      expect(isZero(rowOf(near, 'gto'))).toBe(false);
      expect(isZero(rowOf(new Float64Array(3), 'gto'))).toBe(true);
    });

    it('scales as the square of a constant weight', () => {
      const doubled = at({ function: 'pow', r0: 1, c: 2, d: 0, m: 0 });
      expect(
        rowError(
          doubled,
          at().map((value) => 4 * value),
        ),
      ).toBeLessThan(ROUNDING);
    });
  });

  it('gives the rows of a large cloud as those of the neighbours alone', () => {
    const random = randomNumbers(20);
    const points = randomCloud(random, 4000, 20);
    const species = Array.from({ length: 4000 }, () => Math.floor(3 * random()));
    const given = { rCut: 2.5, nMax: 3, lMax: 3, sigma: 0.4, nSpecies: 3 };
    const cutoff = 2.5 + 0.4 * Math.sqrt(-2 * Math.log(0.001));
    const centers = Float64Array.of(...points.subarray(0, 60), ...randomCloud(random, 20, 22));
    const rows = powerSpectrum(points, centers, given, { species });
    const width = featureCount(given);
    for (let c = 0; c < 40; c++) {
      const center = centers.slice(3 * c, 3 * c + 3);
      const near = species.map((_, i) => i).filter((i) => distance(points, i, center) <= cutoff);
      const cloud = Float64Array.from(near.flatMap((i) => [...points.subarray(3 * i, 3 * i + 3)]));
      const expected = powerSpectrum(cloud, center, given, { species: near.map((i) => species[i]!) });
      const row = rows.subarray(c * width, (c + 1) * width);
      if (near.length > 0) expect(rowError(row, expected)).toBeLessThan(ROUNDING);
      else expect(row).toEqual(expected);
    }
  });
});

function distance(points: Float64Array, i: number, center: Float64Array): number {
  return Math.hypot(...[0, 1, 2].map((axis) => points[3 * i + axis]! - center[axis]!));
}

describe('PowerSpectrum', () => {
  const options = { rCut: 4, nMax: 3, lMax: 4, sigma: 1 };
  const random = randomNumbers(17);
  const first = randomCloud(random, 25, 3);
  const second = randomCloud(random, 200, 3);

  it('gives the same bytes as powerSpectrum, however often and in whatever order it is used', () => {
    const spectrum = new PowerSpectrum(options);
    for (const cloud of [first, second, first, new Float64Array(0), second]) {
      const centers = first.slice(0, 12);
      expect(spectrum.compute(cloud, centers)).toEqual(powerSpectrum(cloud, centers, options));
    }
  });

  it('keeps nothing of another instance or of other options in between', () => {
    const spectrum = new PowerSpectrum(options);
    const expected = spectrum.compute(first, first);
    new PowerSpectrum({ ...options, sigma: 2 }).compute(second, second);
    for (const change of [
      { rCut: 5 },
      { nMax: 4 },
      { lMax: 3 },
      { sigma: 2 },
      { rMin: 0.5 },
      { radialBasis: 'polynomial' },
      { average: 'inner' },
      { weighting: { w0: 0.5 } },
      { weighting: { w0: 0.25 } },
    ] as const) {
      const changed = powerSpectrum(first, first, { ...options, ...change });
      expect(changed).not.toEqual(expected);
      expect(changed).toEqual(new PowerSpectrum({ ...options, ...change }).compute(first, first));
      expect(powerSpectrum(first, first, options)).toEqual(expected);
    }
  });

  it('writes into the array it is given and returns it', () => {
    const spectrum = new PowerSpectrum(options);
    const out = new Float64Array(25 * spectrum.featureCount).fill(NaN);
    expect(spectrum.compute(first, first, { out })).toBe(out);
    expect(out).toEqual(spectrum.compute(first, first));
    const single = new Float32Array(25 * spectrum.featureCount);
    expect(spectrum.compute(first, first, { out: single })).toBe(single);
    expect(single).toEqual(Float32Array.from(out));
  });

  it('refuses an array of another length', () => {
    const spectrum = new PowerSpectrum(options);
    const six = first.slice(0, 6);
    expect(() => spectrum.compute(first, six, { out: new Float64Array(59) })).toThrow(
      new RangeError('out: expected length 60 (2 centers × 30 features), got 59'),
    );
    const averaged = new PowerSpectrum({ ...options, average: 'outer' });
    expect(() => averaged.compute(first, six, { out: new Float64Array(60) })).toThrow(
      new RangeError('out: expected length 30 (1 row × 30 features), got 60'),
    );
  });

  it('gives the same rows however the centres of an indexed cloud are shared out among calls', () => {
    const spectrum = new PowerSpectrum(options);
    for (const cloud of [second, randomCloud(random, 2000, 30)]) {
      const index = spectrum.index(cloud);
      const centers = cloud.slice(0, 30);
      const expected = spectrum.compute(cloud, centers);
      spectrum.compute(first, first);
      const actual = new Float64Array(expected.length);
      for (const [start, end] of [
        [0, 1],
        [1, 4],
        [4, 10],
      ] as const) {
        const rows = spectrum.computeIndexed(index, centers.slice(3 * start, 3 * end));
        actual.set(rows, start * spectrum.featureCount);
      }
      expect(actual).toEqual(expected);
    }
  });

  it('refuses an index that was made for a shorter cutoff or other channels', () => {
    const spectrum = new PowerSpectrum(options);
    const cloud = randomCloud(random, 2000, 40);
    const centers = cloud.slice(0, 9);
    const none = new Uint8Array(2000);
    for (const other of [{ rCut: 3.9 }, { sigma: 0.9 }, { nSpecies: 2 }]) {
      const index = new PowerSpectrum({ ...options, ...other }).index(cloud, { species: none });
      expect(() => spectrum.computeIndexed(index, centers)).toThrow(
        /^index: expected nChannels 1 and a cutoff of at least 7\.7\d+ \(input units\), got [12] and [67]\.\d+$/,
      );
    }
    const index = new PowerSpectrum({ ...options, rCut: 5 }).index(cloud);
    expect(rowError(spectrum.computeIndexed(index, centers), spectrum.compute(cloud, centers))).toBeLessThan(ROUNDING);
  });

  it('tells how many rows there will be', () => {
    expect(new PowerSpectrum(options).rowCount(7)).toBe(7);
    for (const average of ['inner', 'outer'] as const) {
      const spectrum = new PowerSpectrum({ ...options, average });
      expect([0, 1, 7].map((count) => spectrum.rowCount(count))).toEqual([0, 1, 1]);
    }
  });
});
