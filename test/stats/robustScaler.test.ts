import { describe, expect, it } from 'vitest';
import { RobustScaler, RobustScalerFit } from '#dist/stats/robustScaler.js';
import { finished } from '#dist/stats/steps.js';
import { golden } from './golden.js';
import { columnQuantiles, chunksOf, largestDifference, randomMatrix } from './matrices.js';
import { rangeError } from '../support/rangeError.js';

const columnCount = 19; // more than a tile of 16, and not a multiple
const rowCount = 2500; // more than two blocks of 1024
const values = randomMatrix(rowCount, columnCount, 1).map((x, at) => x * 10 ** ((at % columnCount) - 9));

function fit(chunks: Iterable<Float32Array | Float64Array>, columns = columnCount): RobustScaler {
  const scalerFit = new RobustScalerFit(columns, 2 ** 20);
  for (const chunk of chunks) finished(scalerFit.add(chunk));
  return finished(scalerFit.finish());
}

describe('RobustScalerFit', () => {
  it("finds the parameters of scikit-learn's RobustScaler", () => {
    const { centers, scales } = fit([Float64Array.from(golden.data)], golden.columnCount);
    for (const [c, expected] of golden.scaler.scales.entries()) {
      // NumPy interpolates from whichever neighbour is nearer: a few roundings of the values, 1e4 times their range at most.
      const tolerance = 4 * Number.EPSILON * (Math.abs(golden.scaler.centers[c]!) + expected);
      expect(Math.abs(centers[c]! - golden.scaler.centers[c]!)).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(scales[c]! - expected)).toBeLessThanOrEqual(tolerance);
    }
  });

  it('is the median and q75 − q25 of every column', () => {
    const quartiles = columnQuantiles(values, columnCount, [0.25, 0.5, 0.75]);
    const { centers, scales } = fit([values]);
    for (let c = 0; c < columnCount; c++) {
      expect(centers[c]).toBe(quartiles[3 * c + 1]);
      expect(scales[c]).toBe(quartiles[3 * c + 2]! - quartiles[3 * c]!);
    }
  });

  it.each([Float32Array, Float64Array])('gives the same bytes however rows are split: %o', (FloatArray) => {
    const rows = new FloatArray(values);
    const whole = fit([rows]);
    for (const [seed, longest] of [1, 30, 1024, 2000].entries()) {
      expect(fit(chunksOf(rows, columnCount, seed, longest))).toEqual(whole);
    }
  });

  it('gives scale 1 where the range is 0, and only there', () => {
    const rows = Float64Array.of(5, 1e-20, 5, 2e-20, 5, 3e-20, 5, 4e-20, 7, 5e-20);
    expect(fit([rows], 2)).toEqual(new RobustScaler(Float64Array.of(5, 3e-20), Float64Array.of(1, 4e-20 - 2e-20)));
  });

  it('fits a single row', () => {
    expect(fit([Float32Array.of(3, 4)], 2)).toEqual(new RobustScaler(Float64Array.of(3, 4), Float64Array.of(1, 1)));
  });

  it('keeps no reference to the chunks', () => {
    const chunk = values.slice();
    const scalerFit = new RobustScalerFit(columnCount, 2 ** 20);
    finished(scalerFit.add(chunk));
    chunk.fill(0);
    expect(finished(scalerFit.finish())).toEqual(fit([values]));
  });

  it('names a bad value by its row in the chunk, and takes nothing of that', () => {
    const scalerFit = new RobustScalerFit(2, 2 ** 20);
    finished(scalerFit.add(Float64Array.of(1, 2, 3, 4)));
    expect(() => finished(scalerFit.add(Float64Array.of(5, 6, 7, Number.NaN)))).toThrow(
      rangeError('row 1: column 1: expected a finite number, got NaN'),
    );
    expect([...finished(scalerFit.finish()).centers]).toEqual([2, 3]);
  });

  it('stops at maxBytes and says what to do', () => {
    // A block of 1024 rows of 2 float32 columns, and one column of 1000 rows: 8192 + 4000 bytes.
    const scalerFit = new RobustScalerFit(2, 12_192);
    finished(scalerFit.add(new Float32Array(2000)));
    expect(() => finished(scalerFit.add(new Float32Array(2)))).toThrow(
      rangeError(
        'maxBytes: 1001 rows of 2 columns need 12196 bytes, have 12192; ' +
          'exact quantiles keep every value: sample the rows first, or raise maxBytes',
      ),
    );
    expect(() => new RobustScalerFit(2, 0)).toThrow(rangeError('maxBytes: expected a number > 0 (bytes), got 0'));
  });

  it('rejects mixed precision, partial rows and no rows at all', () => {
    const scalerFit = new RobustScalerFit(2, 2 ** 20);
    expect(() => finished(scalerFit.finish())).toThrow(rangeError('values: expected at least one row, got none'));
    finished(scalerFit.add(new Float32Array(2)));
    expect(() => finished(scalerFit.add(new Float64Array(2)))).toThrow(
      new TypeError('values: expected a Float32Array as in the first chunk, got a Float64Array'),
    );
    expect(() => finished(scalerFit.add(new Float32Array(3)))).toThrow(
      rangeError('values: expected whole rows of 2 columns, got 3 values'),
    );
  });
});

describe('RobustScaler', () => {
  it('gives each component median 0 and interquartile range 1', () => {
    const out = new Float64Array(values.length);
    fit([values]).transform(values, out);
    const quartiles = columnQuantiles(out, columnCount, [0.25, 0.5, 0.75]);
    for (let c = 0; c < columnCount; c++) {
      // A subtraction, a division and an interpolation of numbers of order 1.
      expect(Math.abs(quartiles[3 * c + 1]!)).toBeLessThan(1e-15);
      expect(Math.abs(quartiles[3 * c + 2]! - quartiles[3 * c]! - 1)).toBeLessThan(1e-15);
    }
  });

  it('computes in float64 and rounds once, in place if asked to', () => {
    const scaler = new RobustScaler(Float64Array.of(1 / 3, -2), Float64Array.of(3, 0.1));
    const rows = Float32Array.of(1, 2, 3, 4);
    const expected = [(1 - 1 / 3) / 3, 4 / 0.1, (3 - 1 / 3) / 3, 6 / 0.1];
    const wide = new Float64Array(4);
    scaler.transform(rows, wide);
    expect([...wide]).toEqual(expected);
    expect([...rows]).toEqual([1, 2, 3, 4]);
    scaler.transform(rows, rows);
    expect([...rows]).toEqual(expected.map(Math.fround));
  });

  it('takes asinh of what it rescales where tails are logarithmic, and rounds once', () => {
    const rows = Float32Array.of(-1e6, 0.25, 3, 1e9);
    new RobustScaler(Float64Array.of(0.25), Float64Array.of(0.1), 'logarithmic').transform(rows, rows);
    // asinh z = log(z + √(z² + 1)), an odd function
    const expected = [-1e6, 0.25, 3, 1e9].map((x) => {
      const z = (x - 0.25) / 0.1;
      return Math.sign(z) * Math.log(Math.abs(z) + Math.hypot(z, 1));
    });
    expect([...rows]).toEqual(expected.map(Math.fround));
  });

  it('rescales as scikit-learn does', () => {
    const data = Float64Array.from(golden.data);
    const scaler = fit([data], golden.columnCount);
    scaler.transform(data, data);
    // A center of 10⁴ may be rounded differently: its last place, 1.8e-12, is 8e-11 of that column's range.
    expect(largestDifference(data.slice(0, golden.rescaled.length), golden.rescaled)).toBeLessThan(1e-10);
  });

  it('rejects rows and outputs that do not fit it', () => {
    const scaler = new RobustScaler(new Float64Array(2), Float64Array.of(1, 1));
    expect(() => scaler.transform(new Float64Array(3), new Float64Array(3))).toThrow(
      rangeError('values: expected whole rows of 2 columns, got 3 values'),
    );
    expect(() => scaler.transform(new Float64Array(4), new Float64Array(2))).toThrow(
      rangeError('out: expected 4 values, got 2'),
    );
  });

  it('rejects parameters that are none', () => {
    const two = Float64Array.of(1, 1);
    expect(() => new RobustScaler(two, Float64Array.of(1))).toThrow(rangeError('scales: expected 2 values, got 1'));
    expect(() => new RobustScaler(Float64Array.of(1, Number.NaN), two)).toThrow(
      rangeError('column 1: expected the center to be a finite number, got NaN'),
    );
    for (const scale of [0, -1, Infinity, Number.NaN]) {
      expect(() => new RobustScaler(two, Float64Array.of(1, scale))).toThrow(
        rangeError(`column 1: expected the scale to be a finite number > 0, got ${scale}`),
      );
    }
  });
});
