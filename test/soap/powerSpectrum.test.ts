import { describe, expect, it } from 'vitest';
import { featureCount, PowerSpectrum, powerSpectrum } from '#dist/soap/index.js';
import { randomCloud, randomNumbers, randomRotation, rowError, transform } from './clouds.js';
import { dscribeCases, exactCases } from './golden.js';
import { referencePowerSpectrum } from './reference.js';

/** Tolerance for quantities that differ by rounding alone: β is below 1e3 in these options, so 1e3 · 1e-16 with room. */
const ROUNDING = 1e-12;

describe('powerSpectrum', () => {
  const options = { rCut: 5, nMax: 4, lMax: 6, sigma: 0.8 };
  const features = featureCount(options);

  describe('against DScribe', () => {
    const cases = dscribeCases();

    /**
     * Of a row's maximum. DScribe computes β in float64, which shows where radial functions crowd: the rows of 60-digit
     * arithmetic below settle who is right. Elsewhere its constants, rounded to 11 digits, govern.
     */
    const ownErrors: Record<string, number> = { 'mnist-2601-r25': 3e-9, 'cloud-1': 2e-10, 'mnist-5690-r5': 1e-10 };

    it('is tested on every case of one species and plain options', () => {
      expect(cases.length).toBe(21);
      expect(Object.keys(ownErrors).filter((name) => !cases.some((known) => known.name === name))).toEqual([]);
    });

    it.each(cases)('agrees on $name', ({ name, options: given, points, centers, rows }) => {
      const actual = powerSpectrum(points, centers, given);
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
        // Element by element: an element near a change of sign has fewer digits, here one in a row at the most.
        const far = expected.filter((value, k) => Math.abs(row[k]! - value) > 1e-9 * Math.abs(value));
        expect(far.length).toBeLessThanOrEqual(1);
      }
    });
  });

  describe('against 60-digit arithmetic', () => {
    const cases = exactCases();

    /**
     * Of a row's maximum. The sum over primitives cancels as many digits as β is large: 1e5 for nMax 11 and rCut 25 or 100,
     * 1e7 and more for nMax 11 and rCut 2.
     */
    const tolerances: Record<string, number> = {
      'mnist-2601-r25': 1e-11,
      'mnist-5690-r5': 1e-12,
      'cloud-1': 1e-12,
      paper: 1e-12,
      'shortest, crowded': 2e-8,
      longest: 1e-11,
      'one radial function': 1e-14,
    };

    it('is tested on every case', () => {
      expect(cases.map(({ name }) => name).toSorted()).toEqual(Object.keys(tolerances).toSorted());
    });

    it.each(cases)('agrees on $name', ({ name, options: given, points, centers, rows }) => {
      expect(rowError(powerSpectrum(points, centers, given), rows[0]!)).toBeLessThan(tolerances[name]!);
    });
  });

  it('equals the plain sum with complex harmonics in angles', () => {
    const random = randomNumbers(11);
    for (const given of [
      { rCut: 3, nMax: 2, lMax: 3, sigma: 0.5, rMin: 1 },
      { rCut: 2, nMax: 3, lMax: 5, sigma: 0.3, rMin: 0.4 },
      { rCut: 6, nMax: 1, lMax: 0, sigma: 2, rMin: 1 },
    ]) {
      const points = randomCloud(random, 12, 4);
      const center = [points[3]!, points[4]!, points[5]!] as const;
      const actual = powerSpectrum(points, Float64Array.from(center), given);
      expect(rowError(actual, referencePowerSpectrum(points, center, given))).toBeLessThan(ROUNDING);
    }
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
      // The moved coordinates are rounded at 1e-15, and a Gaussian of width 0.8 shows that as some 1e-14.
      expect(rowError(actual, expected)).toBeLessThan(ROUNDING);
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
    expect(rowError(powerSpectrum(small, small.slice(0, 3), scaled), expected)).toBeLessThan(ROUNDING);
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

  it('refuses options and coordinates by name', () => {
    const points = Float64Array.of(0, 0, 0);
    const call =
      (given: object, first = points, second = points) =>
      () =>
        powerSpectrum(first, second, { ...options, ...given });
    expect(call({ sigma: 0 })).toThrow(new RangeError('sigma: expected a number > 0 (input units), got 0'));
    expect(call({ sigma: NaN })).toThrow(new RangeError('sigma: expected a number > 0 (input units), got NaN'));
    expect(call({ rCut: 0.5 })).toThrow(new RangeError('rCut: expected a number > 1 (input units), got 0.5'));
    expect(call({ lMax: 1.5 })).toThrow(new RangeError('lMax: expected an integer from 0 to 20, got 1.5'));
    expect(call({}, Float64Array.of(1, 2))).toThrow(
      new RangeError('points: expected a length divisible by 3 (x, y, z each), got 2'),
    );
    expect(call({}, points, new Float64Array(4))).toThrow(
      new RangeError('centers: expected a length divisible by 3 (x, y, z each), got 4'),
    );
    expect(call({}, Float64Array.of(0, 0, NaN))).toThrow(
      new RangeError('points[2]: expected a finite coordinate, got NaN'),
    );
    expect(call({}, points, Float64Array.of(0, -Infinity, 0))).toThrow(
      new RangeError('centers[1]: expected a finite coordinate, got -Infinity'),
    );
  });
});

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
    for (const change of [{ rCut: 5 }, { nMax: 4 }, { lMax: 3 }, { sigma: 2 }, { rMin: 0.5 }]) {
      const changed = powerSpectrum(first, first, { ...options, ...change });
      expect(changed).not.toEqual(expected);
      expect(changed).toEqual(new PowerSpectrum({ ...options, ...change }).compute(first, first));
      expect(powerSpectrum(first, first, options)).toEqual(expected);
    }
  });

  it('writes into the array it is given and returns it', () => {
    const spectrum = new PowerSpectrum(options);
    const out = new Float64Array(25 * spectrum.featureCount).fill(NaN);
    expect(spectrum.compute(first, first, out)).toBe(out);
    expect(out).toEqual(spectrum.compute(first, first));
  });

  it('refuses an array of another length', () => {
    const spectrum = new PowerSpectrum(options);
    expect(() => spectrum.compute(first, first.slice(0, 6), new Float64Array(59))).toThrow(
      new RangeError('out: expected length 60 (2 centers × 30 features), got 59'),
    );
  });
});

describe('featureCount', () => {
  it('is nMax(nMax+1)/2 · (lMax+1)', () => {
    expect(featureCount({ nMax: 7, lMax: 10 })).toBe(308);
    expect(featureCount({ nMax: 1, lMax: 0 })).toBe(1);
  });

  it('refuses counts out of range', () => {
    expect(() => featureCount({ nMax: -1, lMax: 0 })).toThrow(new RangeError('nMax: expected an integer >= 1, got -1'));
  });
});
