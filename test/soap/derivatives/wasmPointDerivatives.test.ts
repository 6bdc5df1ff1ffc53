import { describe, expect, it } from 'vitest';
import { powerSpectrumDerivatives, type SoapOptions } from '#dist/soap/index.js';
import { isSupported } from '#dist/soap/wasmModule.js';
import { randomCloud, randomNumbers, rowError } from '../clouds.js';

/** Of the largest derivative: rounding, as rows are rounded, and as slopes are steeper than functions. */
const TOLERANCE = 1e-12;

const variants = (['wasm', 'wasmRelaxed'] as const).filter(isSupported);

describe.each(variants)('wasmPointDerivatives, %s', (kernel) => {
  const expectSame = (points: Float64Array, centers: Float64Array, options: SoapOptions, given: object): void => {
    const expected = powerSpectrumDerivatives(points, centers, { ...options, kernel: 'plain' }, given);
    const actual = powerSpectrumDerivatives(points, centers, { ...options, kernel }, given);
    for (const name of ['powerSpectrum', 'derivatives', 'centerDerivatives'] as const) {
      expect(actual[name].length).toBe(expected[name].length);
      expect(rowError(actual[name], expected[name]), `${name} of ${JSON.stringify(options)}`).toBeLessThan(TOLERANCE);
    }
  };

  it('equal those of the plain kernel for random options', () => {
    const random = randomNumbers(21);
    const pick = <T>(...values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
    for (let trial = 0; trial < 60; trial++) {
      const nSpecies = pick(1, 1, 2, 3);
      const options: SoapOptions = {
        rCut: 2 + 2 * random(),
        nMax: 1 + Math.floor(9 * random()),
        lMax: Math.floor(9 * random()),
        sigma: 0.3 + random(),
        nSpecies,
        radialBasis: pick('gto', 'gto', 'polynomial'),
        average: pick('off', 'off', 'inner', 'outer'),
        compression: pick('off', 'off', 'mu2', 'mu1nu1', 'crossover'),
        speciesWeighting: pick(
          undefined,
          Array.from({ length: nSpecies }, () => 2 * random() - 0.5),
        ),
        weighting: pick(undefined, undefined, { function: 'poly', r0: 4, c: 1, m: 2, w0: 0.7 } as const),
      };
      const points = randomCloud(random, 3 + Math.floor(20 * random()), 3);
      const species = Array.from({ length: points.length / 3 }, () => Math.floor(nSpecies * random()));
      const cell = pick(undefined, undefined, { vectors: Float64Array.of(6, 0, 0, 1, 7, 0, 0, -1, 8) });
      const centers = Float64Array.of(...points.subarray(0, 9), 0.1, 0.2, 0.3);
      const attach = Array.from(
        { length: centers.length / 3 },
        () => Math.floor((points.length / 3 + 1) * random()) - 1,
      );
      expectSame(points, centers, options, { species, cell, attach });
    }
  });

  it.each([
    { nMax: 1, lMax: 0 },
    { nMax: 2, lMax: 1 },
    { nMax: 1, lMax: 20 },
    { nMax: 7, lMax: 10 },
    { nMax: 16, lMax: 1 },
    { nMax: 17, lMax: 5 },
    { nMax: 20, lMax: 2 },
    { nMax: 2, lMax: 50 },
  ])('equal those of the plain kernel for nMax $nMax, lMax $lMax', ({ nMax, lMax }) => {
    const points = randomCloud(randomNumbers(22), 12, 3);
    expectSame(points, points.subarray(0, 6), { rCut: 4, nMax, lMax, sigma: 0.8 }, { attach: [0, -1] });
  });

  it('equal those of the plain kernel for clouds of other sizes in turn, the memory growing', () => {
    const random = randomNumbers(23);
    const options = { rCut: 2, nMax: 2, lMax: 3, sigma: 0.4, nSpecies: 2 };
    for (const nPoints of [3, 30_000, 5]) {
      const points = randomCloud(random, nPoints, nPoints ** (1 / 3));
      const species = Array.from({ length: nPoints }, (_, i) => i % 2);
      expectSame(points, points.subarray(0, 6), options, { species, indices: [0, 1, 2] });
    }
  });
});
