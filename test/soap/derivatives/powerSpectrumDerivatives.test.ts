import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  featureCount,
  powerSpectrum,
  type PowerSpectrumDerivatives,
  powerSpectrumDerivatives,
  type SoapOptions,
  type Weighting,
} from '#dist/soap/index.js';
import { isSupported } from '#dist/soap/wasmModule.js';
import { randomCloud, randomNumbers, randomRotation, rowError, transform } from '../clouds.js';
import { rangeError } from '../../support/rangeError.js';
import { derivativesCases } from '../golden.js';
import { differentiate } from './differences.js';

/** Of the largest derivative, where other numbers are added in another order. */
const ROUNDING = 1e-12;

/** Of the largest derivative, where slopes are looked up at other distances: the table's are right to 1e-10 of each function's. */
const TABULATED = 1e-9;

/**
 * Of the largest derivative: differences over steps of σ/20. Rows that are right to 1e-13 cost 1e-11, and up to 2.5e-10 is left
 * by the extrapolation where radial functions crowd.
 */
const DIFFERENCES = 1e-9;

const AXES = [0, 1, 2];
const kernels = ['plain', ...(['wasm', 'wasmRelaxed'] as const).filter(isSupported)] as const;

interface Scene {
  readonly points: Float64Array;
  readonly species: readonly number[];
  readonly centers: Float64Array;
  readonly attach: readonly number[];
}

/** The rows' derivatives by differences in the order of `derivatives`, attached centres moving along. */
function differences(options: SoapOptions, { points, species, centers, attach }: Scene, step: number): Float64Array {
  const nFeatures = featureCount(options);
  const nRows = (options.average ?? 'off') === 'off' ? centers.length / 3 : 1;
  const nPoints = species.length;
  const result = new Float64Array(nRows * nPoints * 3 * nFeatures);
  for (let i = 0; i < nPoints; i++) {
    for (const axis of AXES) {
      const rows = differentiate((shift) => {
        const [moved, along] = [points.slice(), centers.slice()];
        moved[3 * i + axis]! += shift;
        for (const [c, point] of attach.entries()) if (point === i) along[3 * c + axis]! += shift;
        return powerSpectrum(moved, along, { ...options, kernel: 'plain' }, { species });
      }, step);
      for (let row = 0; row < nRows; row++) {
        const at = ((row * nPoints + i) * 3 + axis) * nFeatures;
        result.set(rows.subarray(row * nFeatures, (row + 1) * nFeatures), at);
      }
    }
  }
  return result;
}

/** The same for some centres that each move alone: 3×F, of its row or of the average. */
function centerDifferences(
  options: SoapOptions,
  { points, species, centers }: Scene,
  moving: readonly number[],
  step: number,
): Float64Array {
  const nFeatures = featureCount(options);
  const result = new Float64Array(moving.length * 3 * nFeatures);
  for (const [i, center] of moving.entries()) {
    const row = (options.average ?? 'off') === 'off' ? center : 0;
    for (const axis of AXES) {
      const rows = differentiate((shift) => {
        const moved = centers.slice();
        moved[3 * center + axis]! += shift;
        return powerSpectrum(points, moved, { ...options, kernel: 'plain' }, { species });
      }, step);
      result.set(rows.subarray(row * nFeatures, (row + 1) * nFeatures), (3 * i + axis) * nFeatures);
    }
  }
  return result;
}

function distances({ points, centers }: Pick<Scene, 'points' | 'centers'>): number[] {
  const all: number[] = [];
  for (let c = 0; c < centers.length; c += 3) {
    for (let p = 0; p < points.length; p += 3) {
      all.push(Math.hypot(...AXES.map((axis) => points[p + axis]! - centers[c + axis]!)));
    }
  }
  return all;
}

/** Seven points of some species; a centre on point 1 that moves along, one that stays, one that is attached from afar. */
function randomScene(random: () => number, nSpecies: number, borders: readonly number[]): Scene {
  for (;;) {
    const points = randomCloud(random, 7, 2.5);
    const centers = Float64Array.of(...points.subarray(3, 6), ...randomCloud(random, 2, 1.5));
    // Nothing crosses a border, where differences would see both sides, or comes near a tip.
    const clear = distances({ points, centers }).every(
      (r) => r === 0 || (r > 0.4 && borders.every((border) => Math.abs(r - border) > 0.05)),
    );
    const species = Array.from({ length: 7 }, () => Math.floor(random() * nSpecies));
    if (clear) return { points, species, centers, attach: [1, -1, 4] };
  }
}

describe('powerSpectrumDerivatives', () => {
  const options = { rCut: 5, nMax: 4, lMax: 6, sigma: 0.8 };
  const features = featureCount(options);

  describe('against DScribe', () => {
    const cases = derivativesCases();

    it('is tested on every case', () => {
      expect(cases.length).toBe(14);
    });

    it.each(cases)('agrees on $name', ({ method, options: given, points, species, centers, attach, ...expected }) => {
      for (const kernel of kernels) {
        const actual = powerSpectrumDerivatives(points, centers, { ...given, kernel }, { species, attach });
        expect(actual.derivatives.length).toBe(expected.derivatives.length);
        // Its constants have 11 digits; its differences of step 1e-4 err by h² and by 1e-12 of rounding over h.
        expect(rowError(actual.powerSpectrum, expected.rows)).toBeLessThan(1e-10);
        expect(rowError(actual.derivatives, expected.derivatives)).toBeLessThan(method === 'analytical' ? 1e-10 : 2e-8);
      }
    });
  });

  describe('equal differences of rows', () => {
    const weightings: readonly (Weighting | undefined)[] = [
      undefined,
      { w0: 0 },
      { function: 'poly', r0: 2.5, c: 1.3, m: 2 },
      { function: 'pow', r0: 1.4, c: 0.8, d: 0.5, m: 3, w0: 2 },
      { function: 'exp', r0: 2, c: 1.1, d: 0.3 },
    ];
    const bases = [
      { radialBasis: 'gto', rCut: 3, nMax: 3, lMax: 3, sigma: 0.5 },
      { radialBasis: 'gto', rCut: 2, nMax: 2, lMax: 5, sigma: 0.4, rMin: 0.4 },
      { radialBasis: 'polynomial', rCut: 2.2, nMax: 2, lMax: 0, sigma: 0.6 },
      { radialBasis: 'polynomial', rCut: 2.2, nMax: 4, lMax: 2, sigma: 0.6 },
    ] as const;
    const compressions = ['off', 'mu2', 'mu1nu1', 'crossover'] as const;
    const averages = ['off', 'inner', 'outer'] as const;
    const trials = compressions.flatMap((compression) => averages.map((average) => ({ compression, average })));

    it.each(trials)('with compression $compression and average $average', ({ compression, average }) => {
      const number = trials.findIndex((trial) => trial.compression === compression && trial.average === average);
      const random = randomNumbers(100 + number);
      for (const [i, weighting] of weightings.entries()) {
        const basis = bases[(i + number) % bases.length]!;
        const nSpecies = 1 + ((i + number) % 3);
        const kernel = kernels[i % kernels.length]!;
        const given = { ...basis, compression, average, nSpecies, weighting, kernel };
        const cutoff = basis.rCut + basis.sigma * Math.sqrt(-2 * Math.log(0.001));
        const scene = randomScene(random, nSpecies, [cutoff, 2.5]);
        const step = basis.sigma / 20;
        const actual = powerSpectrumDerivatives(scene.points, scene.centers, given, scene);
        expect(rowError(actual.derivatives, differences(given, scene, step))).toBeLessThan(DIFFERENCES);
        // The first centre is on a point, where w0 is a step.
        const ofOthers = actual.centerDerivatives.subarray(3 * featureCount(given));
        expect(rowError(ofOthers, centerDifferences(given, scene, [1, 2], step))).toBeLessThan(DIFFERENCES);
        expect(actual.powerSpectrum).toEqual(powerSpectrum(scene.points, scene.centers, given, scene));
      }
    });

    it.each(['gto', 'polynomial'] as const)('for a point that leaves a centre which stays, basis %s', (radialBasis) => {
      const random = randomNumbers(41);
      const points = randomCloud(random, 5, 2);
      const scene = { points, species: [0, 0, 0, 0, 0], centers: points.slice(0, 3), attach: [-1] };
      for (const weighting of [undefined, { function: 'pow', r0: 2, c: 1, d: 1, m: 2 }] as const) {
        const given = { ...options, nMax: 3, radialBasis, weighting };
        const actual = powerSpectrumDerivatives(points, scene.centers, given);
        const expected = differences(given, scene, 0.04);
        const size = 3 * featureCount(given);
        expect(rowError(actual.derivatives, expected)).toBeLessThan(DIFFERENCES);
        expect(rowError(actual.derivatives.subarray(0, size), expected.subarray(0, size))).toBeLessThan(DIFFERENCES);
        expect(Math.max(...expected.subarray(0, size).map(Math.abs))).toBeGreaterThan(0.1 * Math.max(...expected));
      }
    });
  });

  it('are continuous where a point comes to a centre', () => {
    const points = randomCloud(randomNumbers(42), 6, 2);
    const at = (offset: number) => {
      const moved = points.slice();
      moved[1]! += offset;
      return powerSpectrumDerivatives(moved, points.slice(0, 3), options).derivatives;
    };
    const limit = at(0);
    // The change is of the order of offset/σ; what is off in the table must not be divided by r.
    for (const offset of [1e-300, 1e-160, 1e-12, 1e-9, 1e-7, -1e-7]) {
      expect(rowError(at(offset), limit)).toBeLessThan(1e-10 + 10 * Math.abs(offset));
    }
  });

  it('of a row with respect to all points and the centre add up to zero', () => {
    const random = randomNumbers(43);
    const points = randomCloud(random, 20, 3);
    const species = Array.from({ length: 20 }, (_, i) => i % 3);
    const centers = Float64Array.of(...points.subarray(0, 6), 0.3, 0.1, -0.2);
    for (const average of ['off', 'inner', 'outer'] as const) {
      const given = { ...options, nSpecies: 3, compression: 'mu1nu1', average } as const;
      for (const attach of [undefined, [0, 1, 2], [-1, 5, 5]]) {
        const { derivatives, centerDerivatives } = powerSpectrumDerivatives(points, centers, given, {
          species,
          attach,
        });
        const width = 3 * featureCount(given);
        const staying = [0, 1, 2].filter((center) => (attach?.[center] ?? -1) === -1);
        for (let row = 0; row < derivatives.length / (20 * width); row++) {
          const sum = new Float64Array(width);
          for (let i = 0; i < 20 * width; i++) sum[i % width]! += derivatives[row * 20 * width + i]!;
          for (const center of average === 'off' ? staying.filter((c) => c === row) : staying) {
            for (let i = 0; i < width; i++) sum[i]! += centerDerivatives[center * width + i]!;
          }
          const scale = Math.max(...derivatives.map(Math.abs));
          expect(Math.max(...sum.map(Math.abs)) / scale).toBeLessThan(ROUNDING);
        }
      }
    }
  });

  it('turn with the cloud', () => {
    const random = randomNumbers(44);
    const points = randomCloud(random, 12, 3);
    const centers = points.slice(0, 6);
    const attach = [0, -1];
    const expected = powerSpectrumDerivatives(points, centers, options, { attach });
    for (let trial = 0; trial < 10; trial++) {
      const rotation = randomRotation(random);
      const matrix = trial % 2 === 0 ? rotation : rotation.map((value) => -value);
      const [turned, turnedCenters] = [transform(points, matrix, [1, 2, 3]), transform(centers, matrix, [1, 2, 3])];
      const actual = powerSpectrumDerivatives(turned, turnedCenters, options, { attach });
      for (const name of ['derivatives', 'centerDerivatives'] as const) {
        const rotated = expected[name].map((_, at) => {
          const [axis, start] = [Math.floor(at / features) % 3, at - (at % (3 * features)) + (at % features)];
          return AXES.reduce((sum, k) => sum + matrix[3 * axis + k]! * expected[name][start + k * features]!, 0);
        });
        expect(rowError(actual[name], rotated)).toBeLessThan(TABULATED);
      }
    }
  });

  it('of a lone point and the centre that it takes along are zero', () => {
    for (const weighting of [undefined, { w0: 0.7 }, { function: 'exp', r0: 1, c: 1, d: 1 }] as const) {
      for (const center of [Float64Array.of(1, 2, 3), Float64Array.of(1.5, 2, 3)]) {
        const given = { ...options, weighting };
        const { derivatives, powerSpectrum: row } = powerSpectrumDerivatives(Float64Array.of(1, 2, 3), center, given, {
          attach: [0],
        });
        expect(row.some((value) => value !== 0)).toBe(true);
        expect(derivatives).toEqual(new Float64Array(3 * features));
      }
    }
  });

  it('are zero for points beyond the cutoff, and one-sided at it', () => {
    const cutoff = 5 + 0.8 * Math.sqrt(-2 * Math.log(0.001));
    const points = Float64Array.of(0, cutoff, 0, 0, 0, cutoff * (1 + 1e-15), 1, 0.5, 0);
    const { derivatives } = powerSpectrumDerivatives(points, new Float64Array(3), options);
    const [at, beyond, inside] = [0, 1, 2].map((i) => derivatives.subarray(i * 3 * features, (i + 1) * 3 * features));
    expect(beyond).toEqual(new Float64Array(3 * features));
    for (const values of [at!, inside!]) expect(values.some((value) => value !== 0)).toBe(true);
  });

  it('give a point at a centre that stays the weight w0', () => {
    const points = Float64Array.of(0, 0, 0, 1, 0.5, -0.3);
    const of = (weighting?: Weighting) =>
      powerSpectrumDerivatives(points, new Float64Array(3), { ...options, weighting }, { indices: [0] }).derivatives;
    expect(of({ w0: 0 })).toEqual(new Float64Array(3 * features));
    const once = of();
    const l1 = once.filter((_, i) => i % features >= features / 7 && i % features < (2 * features) / 7);
    expect(Math.max(...l1.map(Math.abs))).toBe(Math.max(...once.map(Math.abs))); // l = 1, and no other
    expect(
      rowError(
        of({ w0: 3 }),
        once.map((value) => 3 * value),
      ),
    ).toBeLessThan(ROUNDING);
  });

  it('come in the order of indices, the same as among all', () => {
    const random = randomNumbers(45);
    const points = randomCloud(random, 9, 3);
    const centers = points.slice(0, 9);
    const species = Array.from({ length: 9 }, (_, i) => (i * 2) % 3);
    const size = 3 * featureCount({ ...options, nSpecies: 3 });
    for (const average of ['off', 'inner', 'outer'] as const) {
      const given = { ...options, nSpecies: 3, average };
      const request = { species, attach: [0, -1, 7] };
      const all = powerSpectrumDerivatives(points, centers, given, request);
      const indices = [7, 2, 0];
      const some = powerSpectrumDerivatives(points, centers, given, { ...request, indices });
      expect(some.centerDerivatives).toEqual(all.centerDerivatives);
      expect(some.powerSpectrum).toEqual(all.powerSpectrum);
      const nRows = average === 'off' ? 3 : 1;
      expect(some.derivatives.length).toBe(nRows * 3 * size);
      for (let row = 0; row < nRows; row++) {
        for (const [place, point] of indices.entries()) {
          const [at, among] = [(row * 3 + place) * size, (row * 9 + point) * size];
          expect(some.derivatives.subarray(at, at + size)).toEqual(all.derivatives.subarray(among, among + size));
        }
      }
    }
  });

  it('of a large cloud are those of the neighbours alone', () => {
    const random = randomNumbers(46);
    const points = randomCloud(random, 3000, 20);
    const species = Array.from({ length: 3000 }, () => Math.floor(2 * random()));
    const given = { rCut: 2.5, nMax: 2, lMax: 2, sigma: 0.4, nSpecies: 2 };
    const size = 3 * featureCount(given);
    const cutoff = 2.5 + 0.4 * Math.sqrt(-2 * Math.log(0.001));
    for (const center of [5, 6, 7]) {
      const place = points.slice(3 * center, 3 * center + 3);
      const distance = distances({ points, centers: place });
      const near = distance.flatMap((r, i) => (r <= cutoff ? [i] : []));
      const cloud = Float64Array.from(near.flatMap((i) => [...points.subarray(3 * i, 3 * i + 3)]));
      const all = powerSpectrumDerivatives(points, place, given, { species, attach: [center] });
      const expected = powerSpectrumDerivatives(cloud, place, given, {
        species: near.map((i) => species[i]!),
        attach: [near.indexOf(center)],
      });
      const actual = Float64Array.from(near.flatMap((i) => [...all.derivatives.subarray(i * size, (i + 1) * size)]));
      expect(near.length).toBeGreaterThan(1);
      expect(rowError(actual, expected.derivatives)).toBeLessThan(ROUNDING);
      const others = all.derivatives.filter((_, i) => !near.includes(Math.floor(i / size)));
      expect(others.every((value) => value === 0)).toBe(true);
    }
  });

  it('are empty for no centre, no point and no index', () => {
    const [none, one] = [new Float64Array(0), new Float64Array(3)];
    for (const average of ['off', 'inner', 'outer'] as const) {
      const given = { ...options, average };
      expect(powerSpectrumDerivatives(one, none, given)).toEqual({
        powerSpectrum: none,
        derivatives: none,
        centerDerivatives: none,
      });
      const zeros = { powerSpectrum: new Float64Array(features), centerDerivatives: new Float64Array(3 * features) };
      expect(powerSpectrumDerivatives(none, one, given)).toEqual({ ...zeros, derivatives: none });
      expect(powerSpectrumDerivatives(one, one, given, { indices: [] }).derivatives).toEqual(none);
    }
  });

  it('are in float64 whatever the arithmetic', () => {
    const points = randomCloud(randomNumbers(48), 6, 3);
    const of = (given: object) => powerSpectrumDerivatives(points, points.slice(0, 3), { ...options, ...given });
    expect(of({ arithmetic: 'float32' })).toEqual(of({ arithmetic: 'float64' }));
  });

  it.each(kernels)('of kernel %s are written to the arrays that are given, whatever is in them', (kernel) => {
    const random = randomNumbers(49);
    const species = Array.from({ length: 12 }, (_, i) => i % 2);
    for (const average of ['off', 'inner', 'outer'] as const) {
      const given = { rCut: 2, nMax: 3, lMax: 3, sigma: 0.3, nSpecies: 2, average, kernel };
      const expectSame = (points: Float64Array, out: PowerSpectrumDerivatives) => {
        const request = { species, attach: [3, -1] };
        const expected = powerSpectrumDerivatives(points, points.slice(0, 6), given, request);
        expect(powerSpectrumDerivatives(points, points.slice(0, 6), given, { ...request, out })).toBe(out);
        expect(out).toEqual(expected);
        expect(out.derivatives).toContain(0); // of points out of reach
        return expected;
      };
      const cloud = randomCloud(random, 12, 4);
      const { powerSpectrum: rows, ...others } = powerSpectrumDerivatives(cloud, cloud.slice(0, 6), given, { species });
      const out = {
        powerSpectrum: rows.fill(NaN),
        derivatives: others.derivatives.fill(NaN),
        centerDerivatives: others.centerDerivatives.fill(NaN),
      };
      for (let trial = 0; trial < 3; trial++) expectSame(randomCloud(random, 12, 4), out);
    }
  });

  it('leave what they are given as it was', () => {
    const points = randomCloud(randomNumbers(47), 5, 2);
    const centers = points.slice(0, 6);
    const copies = [points.slice(), centers.slice()];
    powerSpectrumDerivatives(points, centers, options, { attach: [0, 1] });
    expect([points, centers]).toEqual(copies);
  });

  it('refuse what does not fit, by place', () => {
    const [two, one] = [new Float64Array(6), new Float64Array(3)];
    const call =
      (request: object, points = two, given: object = {}) =>
      () =>
        powerSpectrumDerivatives(points, one, { ...options, ...given }, request);
    expect(call({}, two, { nMax: 0 })).toThrow(rangeError('nMax: expected an integer from 1 to 20, got 0'));
    expect(call({}, Float64Array.of(0, NaN, 0))).toThrow(
      rangeError('points[1]: expected a finite coordinate, got NaN'),
    );
    expect(() => powerSpectrumDerivatives(one, new Float64Array(4), options)).toThrow(
      rangeError('centers: expected a length divisible by 3 (x, y, z each), got 4'),
    );
    expect(call({}, two, { nSpecies: 2 })).toThrow(
      rangeError('species: expected the species of each point, as nSpecies is 2, got none'),
    );
    expect(call({ attach: [0, 1] })).toThrow(rangeError('attach: expected length 1, the number of centers, got 2'));
    for (const wrong of [2, -2, 0.5, NaN]) {
      expect(call({ attach: [wrong] })).toThrow(
        rangeError(`attach[0]: expected an integer from -1 to 1, got ${wrong}`),
      );
    }
    for (const wrong of [2, -1, 0.5, NaN]) {
      expect(call({ indices: [1, wrong] })).toThrow(
        rangeError(`indices[1]: expected an integer from 0 to 1, got ${wrong}`),
      );
    }
    const out = powerSpectrumDerivatives(two, one, options);
    for (const name of ['powerSpectrum', 'derivatives', 'centerDerivatives'] as const) {
      const { length } = out[name];
      expect(call({ out: { ...out, [name]: new Float64Array(7) } })).toThrow(
        rangeError(`out.${name}: expected length ${length}, got 7`),
      );
    }
    expect(call({ indices: [1, 0, 1] })).toThrow(
      rangeError('indices[2]: expected every point once, got 1 again, as indices[0]'),
    );
  });

  it('refuse results of more than 2^31 bytes before making them', () => {
    const points = new Float64Array(3 * 2000);
    // 8 · 70 · (1000 + 3 · 1000 · 2000 + 3 · 1000)
    expect(features).toBe(70);
    expect(() => powerSpectrumDerivatives(points, points.slice(0, 3000), { ...options, nMax: 4 })).toThrow(
      rangeError(
        'centers, indices: expected results of at most 2147483648 bytes, got 3362240000 for 1000 centers, 2000 points and 70 features',
      ),
    );
  });

  it('take any numbers for species and points, and coordinates in float64', () => {
    const place = new Float64Array(3);
    const request = { species: [1], attach: Int32Array.of(0), indices: undefined };
    expectTypeOf(powerSpectrumDerivatives).toBeCallableWith(place, place, options);
    expectTypeOf(powerSpectrumDerivatives).toBeCallableWith(place, place, options, request);
    // @ts-expect-error which point a centre is attached to, and not whether
    expectTypeOf(powerSpectrumDerivatives).toBeCallableWith(place, place, options, { attach: true });
    // @ts-expect-error float32
    expectTypeOf(powerSpectrumDerivatives).toBeCallableWith(place, new Float32Array(3), options);
    expectTypeOf(powerSpectrumDerivatives).parameter(2).toEqualTypeOf<SoapOptions>();
    expectTypeOf<PowerSpectrumDerivatives>().toEqualTypeOf<
      Readonly<Record<'powerSpectrum' | 'derivatives' | 'centerDerivatives', Float64Array>>
    >();
  });
});
