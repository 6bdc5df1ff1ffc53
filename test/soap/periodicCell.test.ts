import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Cell,
  featureCount,
  PowerSpectrum,
  powerSpectrum,
  powerSpectrumDerivatives,
  type SoapOptions,
} from '#dist/soap/index.js';
import { cutoffRadius } from '#dist/soap/options.js';
import { PeriodicCell } from '#dist/soap/periodicCell.js';
import { randomCloud, randomNumbers, rowError } from './clouds.js';
import { differentiate } from './derivatives/differences.js';

/** DScribe integrates polynomials numerically. */
const TOLERANCES = { gto: 1e-10, polynomial: 1e-6 };

interface PeriodicCase {
  readonly name: string;
  readonly options: SoapOptions;
  readonly points: number[][];
  readonly species: number[];
  readonly cell: number[];
  readonly periodic: boolean[];
  readonly centers: number[][];
  readonly rows: number[][];
}

const { cases } = JSON.parse(readFileSync(new URL('../data/periodic.json', import.meta.url), 'utf8')) as {
  cases: PeriodicCase[];
};

const options = { rCut: 3, nMax: 3, lMax: 4, sigma: 0.4 };
const random = randomNumbers(11);
/** A skewed cell with points in it and around it. */
const skewed: Cell = { vectors: [3.1, 0.2, 0, 1.4, 2.9, 0.3, -0.8, 0.6, 3.6] };
const points = randomCloud(random, 7, 4);

describe('periodic clouds', () => {
  it.each(cases)('have the rows of DScribe: $name', ({ options: given, points: cloud, ...rest }) => {
    const { species, cell, periodic, centers, rows } = rest;
    const flat = Float64Array.from(cloud.flat());
    const F = featureCount(given);
    for (const kernel of ['plain', 'auto'] as const) {
      const actual = powerSpectrum(
        flat,
        Float64Array.from(centers.flat()),
        { ...given, kernel },
        {
          species,
          cell: { vectors: cell, periodic },
        },
      );
      expect(actual.length).toBe(rows.length * F);
      for (const [i, row] of rows.entries()) {
        const error = rowError(actual.subarray(i * F, (i + 1) * F), row);
        expect(error, `${kernel}, row ${i}`).toBeLessThan(TOLERANCES[given.radialBasis ?? 'gto']);
      }
    }
  });

  it('do not change when points and centres are moved by vectors of the cell', () => {
    const expected = powerSpectrum(points, points, options, { cell: skewed });
    const steps = Array.from({ length: points.length }, () => Math.floor(5 * random()) - 2);
    const moved = points.map((value, i) => {
      const [point, axis] = [Math.floor(i / 3), i % 3];
      return [0, 1, 2].reduce((sum, v) => sum + steps[3 * point + v]! * skewed.vectors[3 * v + axis]!, value);
    });
    expect(rowError(powerSpectrum(moved, moved, options, { cell: skewed }), [...expected])).toBeLessThan(1e-12);
    expect(rowError(powerSpectrum(points, moved, options, { cell: skewed }), [...expected])).toBeLessThan(1e-12);
  });

  it('do not change when the cell is written by other vectors, or twice as large with twice the points', () => {
    const [a, b, c] = [0, 1, 2].map((i) => Array.from(skewed.vectors).slice(3 * i, 3 * i + 3)) as [
      number[],
      number[],
      number[],
    ];
    const plus = (u: readonly number[], v: readonly number[], n: number): number[] => u.map((x, i) => x + n * v[i]!);
    const expected = [...powerSpectrum(points, points, options, { cell: skewed })];
    const sheared = { vectors: [...a, ...plus(b, a, 2), ...plus(c, b, -1)] };
    expect(rowError(powerSpectrum(points, points, options, { cell: sheared }), expected)).toBeLessThan(1e-12);
    const twice = Float64Array.from([...points, ...points].map((x, i) => (i < points.length ? x : x + b[i % 3]!)));
    const large = { vectors: [...a, ...plus(b, b, 1), ...c] };
    expect(rowError(powerSpectrum(twice, points, options, { cell: large }), expected)).toBeLessThan(1e-12);
  });

  it('repeat along no vector as a cloud without a cell does', () => {
    const single = new PowerSpectrum(options);
    expect(single.compute(points, points, { cell: { ...skewed, periodic: [0, 0, 0] } })).toEqual(
      single.compute(points, points),
    );
  });

  it('weigh a point at the centre by w0 wherever in space it is', () => {
    const weighted: SoapOptions = { ...options, weighting: { w0: 0 } };
    const far = Float64Array.from([103.7, -58.1, 11.3]);
    const cell = { vectors: [40, 0, 0, 0, 40, 0, 0, 0, 40] };
    expect([...powerSpectrum(far, far, weighted, { cell })].every((value) => value === 0)).toBe(true);
  });

  it('have the derivatives of finite differences, every point moving with all its images', () => {
    // A weight that ends smoothly, for images that come and go at the cutoff.
    const smooth: SoapOptions = { ...options, weighting: { function: 'poly', r0: 3, c: 1, m: 2 } };
    const few = points.slice(0, 12);
    const centers = few.slice(0, 6);
    const attach = [0, -1];
    const given = { cell: skewed, attach };
    const { powerSpectrum: rows, derivatives } = powerSpectrumDerivatives(few, centers, smooth, given);
    expect(rowError(rows, [...powerSpectrum(few, centers, smooth, { cell: skewed })])).toBeLessThan(1e-12);
    const F = featureCount(options);
    const scale = derivatives.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let point = 0; point < 4; point++) {
      for (let axis = 0; axis < 3; axis++) {
        const expected = differentiate((shift) => {
          const [moved, along] = [few.slice(), centers.slice()];
          moved[3 * point + axis]! += shift;
          if (point === attach[0]) along[axis]! += shift;
          return powerSpectrum(moved, along, { ...smooth, kernel: 'plain' }, { cell: skewed });
        }, 1e-2);
        for (const center of [0, 1]) {
          const at = ((center * 4 + point) * 3 + axis) * F;
          for (let f = 0; f < F; f++) {
            expect(Math.abs(derivatives[at + f]! - expected[center * F + f]!)).toBeLessThan(1e-8 * scale);
          }
        }
      }
    }
  });

  it.each([
    [{ vectors: [1, 2, 3] }, 'cell: expected vectors of 9 numbers (a, b and c, row by row), got 3'],
    [{ ...skewed, periodic: [true] }, 'cell: expected periodic to tell of a, b and c whether it repeats, got 1 values'],
    [
      { vectors: [1, 0, 0, 0, 0, 0, 0, 0, 1] },
      'cell: expected vectors of finite numbers that are not all zero, got 0 0 0',
    ],
    [
      { vectors: [1, 0, 0, 0, Number.NaN, 0, 0, 0, 1] },
      'cell: expected vectors of finite numbers that are not all zero, got 0 NaN 0',
    ],
    [{ vectors: [1, 0, 0, 0, 1, 0, 1, 1, 0] }, 'cell: expected vectors that span a cell, got 1 0 0, 0 1 0, 1 1 0'],
    [
      { vectors: [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01] },
      expect.stringMatching(
        /^cell: expected at most 4194493 images of the points within the cutoff of 4\.48/,
      ) as string,
    ],
  ])('refuse the cell %j', (cell, message) => {
    expect(() => powerSpectrum(points, points, options, { cell })).toThrow(
      expect.objectContaining({ name: 'RangeError', message }) as Error,
    );
  });
});

describe('PeriodicCell', () => {
  it.each([1e40, -1e200, 1e308])('refuses a position of which too little would be left: %d', (x) => {
    const cell = new PeriodicCell({ vectors: [3, 0, 0, 1, 4, 0, 0, 1, 5] });
    const positions = Float64Array.of(0, 0, 0, x, 1, 2);
    expect(() => cell.wrapped(positions)).toThrow(
      new RangeError(`position 1: expected one at most 4294967296 cells away from the first, got ${x} 1 2`),
    );
    expect(() => cell.images(positions, 5)).toThrow(RangeError);
    expect(() => cell.wrapped(Float64Array.of(3e9, 1, 2))).not.toThrow();
  });

  it('has every image within the distance, of every place in the cell, once', () => {
    const cell = new PeriodicCell(skewed);
    const distance = cutoffRadius(options);
    const { positions, numbers } = cell.images(points, distance);
    const home = cell.wrapped(points);
    const keys = new Set<string>();
    for (let i = 0; i < numbers.length; i++) {
      keys.add([numbers[i], ...positions.subarray(3 * i, 3 * i + 3)].map((x) => x!.toFixed(9)).join());
    }
    expect(keys.size).toBe(numbers.length);
    const places = cell.wrapped(randomCloud(random, 20, 5));
    const reach = 4;
    for (let point = 0; point < points.length / 3; point++) {
      for (let n = 0; n < (2 * reach + 1) ** 3; n++) {
        const steps = [n % 9, Math.floor(n / 9) % 9, Math.floor(n / 81)].map((step) => step - reach);
        const image = [0, 1, 2].map((axis) =>
          steps.reduce((sum, step, v) => sum + step * skewed.vectors[3 * v + axis]!, home[3 * point + axis]!),
        );
        for (let place = 0; place < 20; place++) {
          const [x, y, z] = places.subarray(3 * place, 3 * place + 3);
          if (Math.hypot(image[0]! - x!, image[1]! - y!, image[2]! - z!) > distance) continue;
          expect(keys.has([point, ...image].map((value) => value.toFixed(9)).join())).toBe(true);
        }
      }
    }
  });
});
