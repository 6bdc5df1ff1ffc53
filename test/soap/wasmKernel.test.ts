import { describe, expect, it } from 'vitest';
import { PowerSpectrum, type SoapOptions } from '#dist/soap/index.js';
import { isSupported } from '#dist/soap/wasmModule.js';
import { randomCloud, randomNumbers } from './clouds.js';

const variants = (['wasm', 'wasmRelaxed'] as const).filter(isSupported);

/** Of a row's maximum: rounding to 1e-16 or 6e-8, which adds up over l where all points lie in one direction. */
const TOLERANCES = { float64: 1e-13, float32: 1e-5 };

/** 9×9×9 points. */
const lattice = Float64Array.from(
  Array.from({ length: 729 }, (_, i) => [Math.floor(i / 81), Math.floor(i / 9) % 9, i % 9]).flat(),
);

it('runs with and without relaxed SIMD', () => {
  expect(variants).toEqual(['wasm', 'wasmRelaxed']);
});

describe.each(variants)('WasmKernel, %s', (kernel) => {
  describe.each(['float64', 'float32'] as const)('in %s', (arithmetic) => {
    it('equals the plain kernel for random options', () => {
      const random = randomNumbers(7);
      const pick = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
      for (let trial = 0; trial < 60; trial++) {
        const nSpecies = pick(1, 1, 2, 3);
        const options: SoapOptions = {
          rCut: 2 + 4 * random(),
          nMax: 1 + Math.floor(12 * random()),
          lMax: Math.floor(13 * random()),
          sigma: 0.3 + random(),
          nSpecies,
          radialBasis: pick('gto', 'gto', 'gto', 'polynomial'),
          average: pick('off', 'off', 'inner', 'outer'),
          compression: pick('off', 'off', 'mu2', 'mu1nu1', 'crossover'),
          speciesWeighting: pick(
            undefined,
            undefined,
            Array.from({ length: nSpecies }, () => 2 * random() - 0.5),
          ),
          weighting: pick(undefined, undefined, { function: 'poly', r0: 4, c: 1, m: 2, w0: 0.7 } as const),
        };
        const points = randomCloud(random, 1 + Math.floor(80 * random()), 4);
        const species = Uint8Array.from({ length: points.length / 3 }, () => Math.floor(nSpecies * random()));
        expectSame({ ...options, arithmetic, kernel }, points, points.subarray(0, 9), species);
      }
    });

    it.each([
      { nMax: 1, lMax: 0 },
      { nMax: 2, lMax: 1 },
      { nMax: 3, lMax: 2 },
      { nMax: 4, lMax: 3 },
      { nMax: 5, lMax: 4 },
      { nMax: 8, lMax: 6 },
      { nMax: 9, lMax: 2 },
      { nMax: 16, lMax: 1 },
      { nMax: 17, lMax: 5 },
      { nMax: 20, lMax: 3 },
      { nMax: 2, lMax: 20 },
      { nMax: 1, lMax: 50 },
    ])('equals the plain kernel for nMax $nMax, lMax $lMax', ({ nMax, lMax }) => {
      const points = randomCloud(randomNumbers(3), 50, 3);
      expectSame({ rCut: 4, nMax, lMax, sigma: 0.8, arithmetic, kernel }, points, points.subarray(0, 6));
    });

    it.each([1, 3, 4, 5, 8, 9, 63, 72, 73, 144, 145, 255, 256, 257, 600, 3000])(
      'equals the plain kernel for %i points in reach, at as many distances',
      (nPoints) => {
        const points = randomCloud(randomNumbers(nPoints), nPoints, 2);
        expectSame({ rCut: 5, nMax: 3, lMax: 4, sigma: 0.7, arithmetic, kernel }, points, points.subarray(0, 3));
      },
    );

    it('equals the plain kernel on a lattice, where many points share a distance', () => {
      const centers = Float64Array.of(4, 4, 4, 0, 0, 0, 4.5, 4, 4, 1, 7, 3);
      expectSame({ rCut: 6, nMax: 6, lMax: 6, sigma: 1, arithmetic, kernel }, lattice, centers);
    });

    it('equals the plain kernel on a lattice with more distances from centres between the points than it keeps', () => {
      const random = randomNumbers(8);
      const centers = Float64Array.from({ length: 3 * 12 }, () => 2 + 4 * random());
      expectSame({ rCut: 6, nMax: 3, lMax: 3, sigma: 1, arithmetic, kernel }, lattice, centers);
    });

    it('equals the plain kernel where all points are at one distance', () => {
      const options: SoapOptions = { rCut: 20, nMax: 4, lMax: 5, sigma: 1, arithmetic, kernel };
      const octahedron = [2, -2].flatMap((r) => [r, 0, 0, 0, r, 0, 0, 0, r]);
      expectSame(options, Float64Array.from(octahedron), new Float64Array(3));
      const onePlace = Float64Array.from({ length: 3 * 700 }, (_, i) => [3, -4, 12][i % 3]!);
      expectSame(options, onePlace, new Float64Array(3));
    });

    it('is zero for a centre that sees nobody', () => {
      const spectrum = new PowerSpectrum({ rCut: 3, nMax: 3, lMax: 3, sigma: 0.5, arithmetic, kernel });
      const rows = spectrum.compute(Float64Array.of(0, 0, 0), Float64Array.of(100, 0, 0, 0, 0, 0));
      expect(rows.subarray(0, spectrum.featureCount).every((value) => value === 0)).toBe(true);
      expect(rows[spectrum.featureCount]).toBeGreaterThan(0);
    });

    it('gives the same bytes whatever it computed before', () => {
      const options: SoapOptions = { rCut: 4, nMax: 5, lMax: 4, sigma: 0.8, arithmetic, kernel };
      const random = randomNumbers(5);
      const points = randomCloud(random, 90, 4);
      const fresh = new PowerSpectrum(options).compute(points, points);
      const freshLattice = new PowerSpectrum(options).compute(lattice, points);
      const used = new PowerSpectrum(options);
      for (let i = 0; i < 60; i++) {
        used.compute(i % 3 === 0 ? lattice : randomCloud(random, 60, 3), points.subarray(0, 30));
      }
      expect(used.compute(points, points)).toEqual(fresh);
      expect(used.compute(lattice, points)).toEqual(freshLattice);
    });

    it('rounds to float32 what it writes there', () => {
      const spectrum = new PowerSpectrum({ rCut: 4, nMax: 5, lMax: 4, sigma: 0.8, arithmetic, kernel });
      const points = randomCloud(randomNumbers(6), 30, 3);
      const out = spectrum.compute(points, points, { out: new Float32Array(30 * spectrum.featureCount) });
      expect(out).toEqual(Float32Array.from(spectrum.compute(points, points)));
    });
  });

  it('obeys the addition theorem up to the highest l', () => {
    // Of one point: Σ_m Y_lm² = (2l+1)/(4π) in any direction, so the spectrum depends on the distance alone.
    const options: SoapOptions = { rCut: 5, nMax: 2, lMax: 50, sigma: 0.3, kernel };
    const spectrum = new PowerSpectrum(options);
    const [first, second] = [Float64Array.of(0, 0, 3), Float64Array.of(1, -2, 2)];
    const center = Float64Array.of(0, 0, 0);
    const along = spectrum.compute(first, center);
    const across = spectrum.compute(second, center);
    for (const [i, value] of along.entries())
      expect(Math.abs(across[i]! - value)).toBeLessThan(1e-12 * Math.abs(value));
  });
});

function expectSame(options: SoapOptions, points: Float64Array, centers: Float64Array, species?: Uint8Array): void {
  const spectrum = new PowerSpectrum(options);
  const plain = new PowerSpectrum({ ...options, kernel: 'plain' });
  const actual = spectrum.compute(points, centers, { species });
  const expected = plain.compute(points, centers, { species });
  const F = spectrum.featureCount;
  for (let start = 0; start < expected.length; start += F) {
    let [difference, largest] = [0, 0];
    for (let i = start; i < start + F; i++) {
      difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
      largest = Math.max(largest, Math.abs(expected[i]!));
    }
    expect(difference, JSON.stringify(options)).toBeLessThanOrEqual(TOLERANCES[options.arithmetic!] * largest);
  }
}
