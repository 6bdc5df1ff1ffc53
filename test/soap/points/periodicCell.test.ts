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
import { PeriodicCell } from '#dist/soap/points/periodicCell.js';
import { randomCloud, randomNumbers, rowError } from '../clouds.js';
import { differentiate } from '../derivatives/differences.js';

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

const { cases } = JSON.parse(readFileSync(new URL('../../data/periodic.json', import.meta.url), 'utf8')) as {
  cases: PeriodicCase[];
};

const options = { rCut: 3, nMax: 3, lMax: 4, sigma: 0.4 };
const random = randomNumbers(11);
/** A vector of the lattice, or in between. */
const combination = (vectors: readonly number[], factors: readonly number[]): number[] =>
  [0, 1, 2].map((axis) => factors.reduce((sum, factor, i) => sum + factor * vectors[3 * i + axis]!, 0));
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

  describe.each([
    ['rectangular', [3.1, 0, 0, 0, 3.3, 0, 0, 0, 3.7]],
    ['skewed', Array.from(skewed.vectors)],
    ['sheared', [3.1, 0.2, 0, 20, 4.1, 0.3, -9.7, 1.6, 3.9]],
    ['rotated', [-0.4, 2.2, 1.9, 2.7, -0.6, 1.3, 1.1, 2.4, -2.5]],
  ])('give a centre at an image of a point the row and derivatives of the point: %s cell', (_, vectors) => {
    const cell = { vectors };
    const fractions = [
      [0.1, 0.2, 0.3],
      [0, 0, 0],
      [0, 0.5, 1 - 2 ** -53],
      [-3.2, 1e-13, 7],
    ];
    const onFaces = Float64Array.from(fractions.flatMap((f) => combination(vectors, f)));
    const weighting = { function: 'pow', r0: 2, c: 1, d: 1, m: 3, w0: 0 } as const;
    const shifts = [
      [1, -3, 7],
      [-1, -1, -1],
      [1, 0, 0],
      [-1000, 512, 999],
      [3_000_001, -7_654_321, 1_234_567],
    ];
    it.each(['gto', 'polynomial'] as const)('%s basis', (radialBasis) => {
      const weighted: SoapOptions = { ...options, radialBasis, weighting };
      const spectrum = new PowerSpectrum(weighted);
      const other = new PowerSpectrum({ ...weighted, weighting: { ...weighting, w0: 1 } });
      for (let point = 0; point < onFaces.length / 3; point++) {
        const center = onFaces.slice(3 * point, 3 * point + 3);
        const expected = spectrum.compute(onFaces, center, { cell });
        expect(rowError(other.compute(onFaces, center, { cell }), [...expected])).toBeGreaterThan(0.01);
        for (const shift of shifts) {
          const moved = combination(vectors, shift).map((x, axis) => x + center[axis]!);
          const places = Float64Array.from(moved);
          expect(spectrum.compute(onFaces, places, { cell }), `point ${point}, ${shift.join(' ')}`).toEqual(expected);
          expect(powerSpectrumDerivatives(onFaces, places, weighted, { cell })).toEqual(
            powerSpectrumDerivatives(onFaces, center, weighted, { cell }),
          );
        }
      }
    });
  });

  it('do not take a centre for a point that it is merely near to', () => {
    const weighted: SoapOptions = { ...options, weighting: { w0: 0 } };
    const point = Float64Array.of(1, 2, 3);
    const cell = { vectors: [40, 0, 0, 0, 40, 0, 0, 0, 40] };
    for (const distance of [1e-12, 1e-9, 1e-6]) {
      const centers = Float64Array.of(1 + distance, 2, 3, 41, 42, 43 - 2 * distance);
      expect([...powerSpectrum(point, centers, weighted, { cell })].filter((value) => value !== 0)).not.toEqual([]);
    }
    // The first point of a cloud that has others far away, whose own places are less certain.
    const cloud = Float64Array.of(1, 2, 3, 4e9, 2, 20);
    const near = Float64Array.of(1 + 1e-9, 2, 3);
    expect(powerSpectrum(cloud, near, weighted, { cell }).every((value) => value === 0)).toBe(false);
  });

  it('do not need their points given by their places in the cell', () => {
    const weighted: SoapOptions = { ...options, weighting: { w0: 0 } };
    const vectors = Array.from(skewed.vectors);
    const home = points.slice(0, 12);
    const away = home.slice();
    for (let point = 0; point < 4; point++) {
      combination(vectors, [5 - 3 * point, 12 * point, -7]).forEach((x, axis) => (away[3 * point + axis]! += x));
    }
    const expected = powerSpectrum(home, home, weighted, { cell: skewed });
    expect(rowError(powerSpectrum(away, home, weighted, { cell: skewed }), [...expected])).toBeLessThan(1e-12);
    expect(rowError(powerSpectrum(home, away, weighted, { cell: skewed }), [...expected])).toBeLessThan(1e-12);
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
    [
      { vectors: [1e-120, 0, 0, 0, 1, 0, 0, 0, 1] },
      'cell: expected vectors of a length from 1e-100 to 1e+100 (input units), got 1e-120 0 0',
    ],
    [
      { vectors: [1, 0, 0, 0, 1, 0, 1, 0, -1e160] },
      'cell: expected vectors of a length from 1e-100 to 1e+100 (input units), got 1 0 -1e+160',
    ],
    [{ vectors: [1, 0, 0, 0, 1, 0, 1, 1, 0] }, 'cell: expected vectors that span a cell, got 1 0 0, 0 1 0, 1 1 0'],
    [
      { vectors: [0.01, 0, 0, 0, 0.01, 0, 0, 0, 0.01] },
      expect.stringMatching(
        /^cell: expected at most 1048576 images of the points within the cutoff of 4\.48/,
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

  it.each([
    [38_836, 2 ** 20],
    [38_838, 27 * 38_838],
  ])('has at most a million images, or 27 of each point: %d points', (nPoints, most) => {
    const cell = new PeriodicCell({ vectors: [1, 0, 0, 0, 1, 0, 0, 0, 1] });
    const inTheMiddle = new Float64Array(3 * nPoints).fill(0.5);
    expect(() => cell.images(inTheMiddle, 1.6)).toThrow(
      new RangeError(
        `cell: expected at most ${most} images of the points within the cutoff of 1.6 (input units), got ${125 * nPoints}`,
      ),
    );
    expect(cell.images(inTheMiddle, 0.4).numbers.length).toBe(nPoints);
  });

  it('has images at the very distance, however coordinates are rounded', () => {
    for (let i = 1; i <= 300; i++) {
      const length = i / 10;
      const cell = new PeriodicCell({ vectors: [0, length, 0, length, 0, 0, 0, 0, length] });
      for (const cells of [1, 2, 3]) {
        const distance = cells * length;
        const { positions } = cell.images(Float64Array.of(0, 0, 0), distance);
        for (const axis of [0, 1, 2]) {
          const along = positions.filter((_, at) => at % 3 === axis);
          expect(Math.min(...along), `${distance} of ${length}`).toBeLessThanOrEqual(-distance);
          expect(Math.max(...along)).toBeGreaterThanOrEqual(length + distance);
        }
      }
    }
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
