import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Compression,
  featureCount,
  powerSpectrum,
  powerSpectrumDerivatives,
  type SoapOptions,
} from '#dist/soap/index.js';
import { checkSoapOptions } from '#dist/soap/options.js';
import { randomCloud, randomNumbers, rowError } from './clouds.js';
import { differentiate } from './derivatives/differences.js';

/** DScribe integrates polynomials numerically. */
const TOLERANCES = { gto: 1e-10, polynomial: 1e-8 };
const KERNELS = ['plain', 'wasm', 'auto'] as const;

interface WeightedCase {
  readonly name: string;
  readonly options: SoapOptions;
  readonly rCut: number;
  readonly points: number[][];
  readonly species: number[];
  readonly centers: number[][];
  readonly rows: number[][];
}

const { cases } = JSON.parse(readFileSync(new URL('../data/speciesWeighting.json', import.meta.url), 'utf8')) as {
  cases: WeightedCase[];
};

const random = randomNumbers(3);
const points = randomCloud(random, 12, 2);
const species = Array.from({ length: 12 }, (_, i) => i % 3);
const options = { rCut: 3, nMax: 3, lMax: 3, sigma: 0.5, nSpecies: 3 };

describe('rows of DScribe', () => {
  it.each(cases)('$name', ({ options: given, rCut, points: cloud, species: kinds, centers, rows }) => {
    expect(Math.abs(checkSoapOptions(given).rCut / rCut - 1)).toBeLessThan(1e-14);
    const F = featureCount(given);
    for (const kernel of KERNELS) {
      const actual = powerSpectrum(
        Float64Array.from(cloud.flat()),
        Float64Array.from(centers.flat()),
        { ...given, kernel },
        { species: kinds },
      );
      expect(actual.length).toBe(rows.length * F);
      for (const [i, row] of rows.entries()) {
        const error = rowError(actual.subarray(i * F, (i + 1) * F), row);
        expect(error, `${kernel}, row ${i}`).toBeLessThan(TOLERANCES[given.radialBasis!]);
      }
    }
  });
});

describe.each(KERNELS)('speciesWeighting, kernel %s', (kernel) => {
  const compute = (change: Partial<SoapOptions>, cloud = points, kinds: readonly number[] = species): Float64Array =>
    powerSpectrum(cloud, points, { ...options, kernel, ...change }, { species: kinds });

  it.each(['off', 'mu2', 'mu1nu1', 'crossover'] as const)('of ones changes no bit: %s', (compression) => {
    expect(compute({ compression, speciesWeighting: [1, 1, 1] })).toEqual(compute({ compression }));
  });

  it.each<Compression>(['mu2', 'mu1nu1', 'off'])(
    'by 2 is as good as points that are there twice: %s',
    (compression) => {
      const second = species.flatMap((s, i) => (s === 1 ? [...points.subarray(3 * i, 3 * i + 3)] : []));
      const doubled = Float64Array.from([...points, ...second]);
      const kinds = [...species, ...Array<number>(second.length / 3).fill(1)];
      const expected = compute({ compression }, doubled, kinds);
      expect(rowError(compute({ compression, speciesWeighting: [1, 2, 1] }), expected)).toBeLessThan(1e-13);
    },
  );

  it('by 0 hides a species', () => {
    const shown = species.flatMap((s, i) => (s === 2 ? [] : [i]));
    const rest = Float64Array.from(shown.flatMap((i) => [...points.subarray(3 * i, 3 * i + 3)]));
    const kinds = shown.map((i) => species[i]!);
    const expected = compute({ compression: 'mu2' }, rest, kinds);
    expect(rowError(compute({ compression: 'mu2', speciesWeighting: [1, 1, 0] }), expected)).toBeLessThan(1e-13);
  });
});

it.each(['off', 'crossover', 'mu1nu1', 'mu2'] as const)(
  'derivatives are those of finite differences: %s',
  (compression) => {
    // A weight that ends smoothly, for points that come and go at the cutoff.
    const weighting = { function: 'poly', r0: 3, c: 1, m: 2 } as const;
    const given: SoapOptions = { ...options, compression, weighting, speciesWeighting: [0.5, 2, -1.25] };
    const cloud = points.slice(0, 15);
    const kinds = species.slice(0, 5);
    const center = Float64Array.of(0.2, -0.1, 0.3);
    const { derivatives } = powerSpectrumDerivatives(cloud, center, given, { species: kinds });
    const F = featureCount(given);
    const scale = derivatives.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let coordinate = 0; coordinate < cloud.length; coordinate++) {
      const expected = differentiate((shift) => {
        const moved = cloud.slice();
        moved[coordinate]! += shift;
        return powerSpectrum(moved, center, { ...given, kernel: 'plain' }, { species: kinds });
      }, 1e-2);
      const found = derivatives.subarray(coordinate * F, (coordinate + 1) * F);
      expect(Math.max(...expected.map((value, f) => Math.abs(value - found[f]!)))).toBeLessThan(1e-8 * scale);
    }
  },
);
