import { describe, expect, it } from 'vitest';
import { PCA } from 'ml-pca';
import { CovarianceFit } from '#dist/stats/covariance.js';
import { fitPca as pcaSteps, fitPcaOfRows as pcaStepsOfRows } from '#dist/stats/fitPca.js';
import { KeptRows } from '#dist/stats/keptRows.js';
import { Pca } from '#dist/stats/pca.js';
import { keepsRows, PcaFit } from '#dist/stats/pcaFit.js';
import { finished } from '#dist/stats/steps.js';
import { golden } from './golden.js';
import { chunksOf, largestDifference, randomMatrix } from './matrices.js';
import { rangeError } from '../support/rangeError.js';
import { reconstructionMse } from './reconstruction.js';

const columnCount = 11;
const rowCount = 301;
/** Columns mixed and of different size, with an offset. */
const mixing = randomMatrix(columnCount, columnCount, 2);
const rows = multiply(randomMatrix(rowCount, columnCount, 1), mixing, columnCount).map(
  (x, at) => x + (at % columnCount),
);

function multiply(a: Float64Array, b: Float64Array, inner: number): Float64Array {
  const width = b.length / inner;
  return Float64Array.from({ length: (a.length / inner) * width }, (_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    let sum = 0;
    for (let t = 0; t < inner; t++) sum += a[row * inner + t]! * b[t * width + column]!;
    return sum;
  });
}

function covarianceOf(values: Float64Array, columns: number): { mean: Float64Array; covariance: Float64Array } {
  const fit = new CovarianceFit(columns);
  finished(fit.add(values));
  return finished(fit.finish());
}

const fitPca = (...given: Parameters<typeof pcaSteps>): Pca => finished(pcaSteps(...given));

function fitPcaOfRows(values: Float32Array | Float64Array, columns: number, components: number): Pca {
  const kept = new KeptRows(columns);
  kept.add(values);
  return finished(pcaStepsOfRows(kept, components));
}

const { mean, covariance } = covarianceOf(rows, columnCount);
const full = fitPca(covariance, mean, columnCount);

function codesOf(pca: Pca, values: Float64Array): Float64Array {
  const codes = new Float64Array((values.length / pca.mean.length) * pca.explainedVariance.length);
  pca.transform(values, codes);
  return codes;
}

describe('fitPca', () => {
  const rescaled = golden.rescaledCovariance;
  const fitted = fitPca(Float64Array.from(rescaled), Float64Array.from(golden.pca.mean), 3);

  it("finds scikit-learn's components, signs included, and their variances", () => {
    // Values of order 1, eigenvalues no closer than 0.4: an error of 1e-15 in the covariance turns a vector by 1e-14 at most.
    expect(largestDifference(fitted.components, golden.pca.components)).toBeLessThan(2e-14);
    expect(largestDifference(fitted.explainedVariance, golden.pca.explainedVariance)).toBeLessThan(2e-14);
    expect(largestDifference(fitted.explainedVarianceRatio, golden.pca.explainedVarianceRatio)).toBeLessThan(2e-14);
  });

  it('gives eigenvectors by descending eigenvalue', () => {
    const images = multiply(full.components, covariance, columnCount);
    const expected = full.components.map((x, at) => x * full.explainedVariance[Math.floor(at / columnCount)]!);
    // Backward stable: the residual is some ε of the largest eigenvalue.
    expect(largestDifference(images, expected)).toBeLessThan(1e-14 * full.explainedVariance[0]!);
    expect(full.explainedVariance).toEqual(full.explainedVariance.toSorted().toReversed());
  });

  it('finds what ml-pca does', () => {
    const order = 40;
    const given = covarianceOf(randomMatrix(90, order, 8), order);
    const rowsOfIt = Array.from({ length: order }, (_, i) =>
      Array.from(given.covariance.subarray(i * order, (i + 1) * order)),
    );
    const theirs = new PCA(rowsOfIt, { isCovarianceMatrix: true });
    const { components, explainedVariance } = fitPca(given.covariance, given.mean, order);
    expect(largestDifference(explainedVariance, theirs.getEigenvalues())).toBeLessThan(1e-13 * explainedVariance[0]!);
    const products = theirs
      .getEigenvectors()
      .transpose()
      .to2DArray()
      .map((vector, i) => vector.reduce((sum, x, c) => sum + x * components[i * order + c]!, 0));
    // Of the same vectors, whatever their sign.
    expect(
      largestDifference(
        products.map((x) => Math.abs(x)),
        Array<number>(order).fill(1),
      ),
    ).toBeLessThan(1e-13);
  });

  it('gives orthonormal components whose largest elements are positive', () => {
    for (let i = 0; i < columnCount; i++) {
      const component = full.components.subarray(i * columnCount, (i + 1) * columnCount);
      expect(Math.max(...component)).toBe(Math.max(...component.map(Math.abs)));
      for (let j = 0; j <= i; j++) {
        const product = component.reduce((sum, x, c) => sum + x * full.components[j * columnCount + c]!, 0);
        // A few dozen rotations, rounded to 1e-16 each.
        expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-14);
      }
    }
  });

  it('explains all variance with all components, and its first components do not depend on how many are kept', () => {
    expect(full.explainedVarianceRatio.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 13);
    const few = fitPca(covariance, mean, 4);
    expect(few.components).toEqual(full.components.slice(0, 4 * columnCount));
    expect(few.explainedVarianceRatio).toEqual(full.explainedVarianceRatio.slice(0, 4));
  });

  it('never explains negative variance', () => {
    const rankOne = multiply(randomMatrix(6, 1, 3), randomMatrix(1, 6, 3), 1);
    const { explainedVariance } = fitPca(rankOne, new Float64Array(6), 6);
    expect(explainedVariance.every((value) => value >= 0)).toBe(true);
  });

  it('accepts columns that do not vary at all', () => {
    const pca = fitPca(new Float64Array(4), Float64Array.of(3, 4), 1);
    expect([...pca.explainedVariance, ...pca.explainedVarianceRatio]).toEqual([0, 0]);
    expect(reconstructionMse(pca, Float64Array.of(3, 4))).toBe(0);
  });

  it('rejects numbers of components that there cannot be', () => {
    for (const components of [0, 12, 1.5, Number.NaN]) {
      expect(() => fitPca(covariance, mean, components)).toThrow(
        rangeError(`components: expected an integer from 1 to 11 (columns), got ${components}`),
      );
    }
  });

  it('rejects sizes that do not fit and values that are not finite', () => {
    expect(() => fitPca(covariance, mean.slice(1), 1)).toThrow(rangeError('covariance: expected 100 values, got 121'));
    expect(() => fitPca(Float64Array.of(1, 0, 0, Number.NaN), new Float64Array(2), 1)).toThrow(
      rangeError('row 1: column 1: expected a finite number, got NaN'),
    );
  });
});

describe('fitPcaOfRows', () => {
  const wide = { rowCount: 12, columnCount: 30 };
  const few = multiply(
    randomMatrix(wide.rowCount, wide.rowCount, 4),
    randomMatrix(wide.rowCount, wide.columnCount, 5),
    wide.rowCount,
  ).map((x, at) => x + 100 * (at % wide.columnCount));
  const reference = covarianceOf(few, wide.columnCount);

  it('finds what the covariance has, and explains nothing beyond the rank', () => {
    const rank = wide.rowCount - 1;
    const expected = fitPca(reference.covariance, reference.mean, rank);
    const found = fitPcaOfRows(few, wide.columnCount, wide.columnCount);
    // Offsets of 3,000 cost both of them four digits of sixteen.
    expect(largestDifference(found.mean, expected.mean)).toBeLessThan(1e-12);
    expect(largestDifference(found.components.slice(0, rank * wide.columnCount), expected.components)).toBeLessThan(
      1e-10,
    );
    const variances = [...expected.explainedVariance, ...Array<number>(wide.columnCount - rank).fill(0)];
    expect(largestDifference(found.explainedVariance, variances)).toBeLessThan(1e-10 * variances[0]!);
    expect(found.explainedVarianceRatio.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12);
  });

  it('gives orthonormal components whose largest elements are positive, beyond the rank too', () => {
    const { components } = fitPcaOfRows(few, wide.columnCount, wide.columnCount);
    const products = multiply(components, transposeOf(components, wide.columnCount), wide.columnCount);
    const identity = products.map((_, at) => (at % (wide.columnCount + 1) === 0 ? 1 : 0));
    expect(largestDifference(products, identity)).toBeLessThan(1e-14);
    for (let at = 0; at < components.length; at += wide.columnCount) {
      const component = components.subarray(at, at + wide.columnCount);
      expect(Math.max(...component)).toBe(Math.max(...component.map(Math.abs)));
    }
  });

  it('takes rows that are all the same', () => {
    const pca = fitPcaOfRows(Float64Array.of(3, 4, 5, 3, 4, 5), 3, 2);
    expect([...pca.explainedVariance, ...pca.explainedVarianceRatio]).toEqual([0, 0, 0, 0]);
    expect([...pca.components]).toEqual([1, 0, 0, 0, 1, 0]);
    expect(reconstructionMse(pca, Float64Array.of(3, 4, 5))).toBe(0);
  });

  it('rejects one row, and numbers of components that there cannot be', () => {
    expect(() => fitPcaOfRows(Float64Array.of(1, 2), 2, 1)).toThrow(
      rangeError('values: expected at least two rows, got 1'),
    );
    expect(() => fitPcaOfRows(few, wide.columnCount, 31)).toThrow(
      rangeError('components: expected an integer from 1 to 30 (columns), got 31'),
    );
  });
});

function pcaOf(
  chunks: Iterable<Float32Array | Float64Array>,
  columns: number,
  components: number,
  maxBytes = 2 ** 30,
): Pca {
  const fit = new PcaFit(columns, components, maxBytes);
  for (const chunk of chunks) finished(fit.add(chunk));
  return finished(fit.finish());
}

/** Forty directions of falling variance, some noise, and an offset of one. */
function decaying(rowTotal: number, columns: number): Float64Array {
  const [codes, noise] = [randomMatrix(rowTotal, 40, 6), randomMatrix(rowTotal, columns, 7)];
  return multiply(
    codes.map((x, at) => x * 0.8 ** (at % 40)),
    randomMatrix(40, columns, 8),
    40,
  ).map((x, at) => x + 1e-3 * noise[at]! + 1);
}

/** Differences of components, variances and means; of 600 columns, whose eigenvalues are a tenth of each other apart. */
function expectSamePca(actual: Pca, expected: Pca): void {
  const count = actual.explainedVariance.length;
  const most = expected.explainedVariance[0]!;
  const vectors = expected.components.slice(0, actual.components.length);
  expect(largestDifference(actual.components, vectors)).toBeLessThan(1e-11);
  expect(largestDifference(actual.explainedVariance, expected.explainedVariance.slice(0, count))).toBeLessThan(
    1e-13 * most,
  );
  expect(
    largestDifference(actual.explainedVarianceRatio, expected.explainedVarianceRatio.slice(0, count)),
  ).toBeLessThan(1e-13);
  expect(largestDifference(actual.mean, expected.mean)).toBeLessThan(1e-13);
}

describe('PcaFit', () => {
  it.each([
    ['fewer rows than columns', 9],
    ['as many', columnCount],
    ['one more', columnCount + 1],
    ['many more', rowCount],
  ])('gives the same bytes however the rows are split: %s', (_, count) => {
    const given = rows.slice(0, count * columnCount);
    const expected =
      count > columnCount
        ? fitPca(covarianceOf(given, columnCount).covariance, covarianceOf(given, columnCount).mean, 5)
        : fitPcaOfRows(given, columnCount, 5);
    for (const seed of [1, 2, 3]) {
      expect(pcaOf(chunksOf(given, columnCount, seed, 7), columnCount, 5)).toEqual(expected);
    }
  });

  it.each([
    ['a few rows fewer than features', 550, 620],
    ['half as many rows as features', 505, 1020],
    ['more rows than features', 700, 600],
  ])('finds the same by few vectors as by all: %s', (_, count, columns) => {
    const given = decaying(count, columns);
    expectSamePca(pcaOf([given], columns, 8), pcaOf([given], columns, Math.ceil(columns / 9)));
  });

  it('finds the same from rows that are kept as from their covariance, where they are too many', () => {
    const given = decaying(700, 600);
    expect(keepsRows(600, 8)).toBe(true);
    expectSamePca(pcaOf([given], 600, 8), pcaOf(chunksOf(given, 600, 1, 90), 600, 8, 600 * 600 * 8));
  });

  it('gives the same bytes however wide rows are split, kept or not', () => {
    const given = Float32Array.from(decaying(520, 500));
    for (const maxBytes of [2 ** 30, 1]) {
      const whole = pcaOf([given], 500, 8, maxBytes);
      for (const seed of [1, 2]) expect(pcaOf(chunksOf(given, 500, seed, 200), 500, 8, maxBytes)).toEqual(whole);
    }
  });

  it('refuses rows whose variance is beyond the range of float64', () => {
    const large = Float64Array.of(1e200, 0, -1e200, 1, 0, 1);
    expect(() => pcaOf([large.subarray(0, 4)], 2, 1)).toThrow(
      rangeError('values: expected a variance in the range of float64, got Infinity'),
    );
    expect(() => pcaOf([large], 2, 1)).toThrow(rangeError('row 0: column 0: expected a finite number, got Infinity'));
  });

  it('takes all of a chunk or nothing', () => {
    const fit = new PcaFit(2, 1, 2 ** 30);
    finished(fit.add(Float64Array.of(1, 2, 3, 5)));
    expect(() => finished(fit.add(Float64Array.of(1, 2, 3, Number.NaN)))).toThrow(
      rangeError('row 1: column 1: expected a finite number, got NaN'),
    );
    expect(() => finished(fit.add(Float32Array.of(1, 2)))).toThrow(
      new TypeError('values: expected a Float64Array as in the first chunk, got a Float32Array'),
    );
    expect(finished(fit.finish())).toEqual(pcaOf([Float64Array.of(1, 2, 3, 5)], 2, 1));
  });
});

function transposeOf(matrix: Float64Array, width: number): Float64Array {
  const height = matrix.length / width;
  return matrix.map((_, at) => matrix[(at % height) * width + Math.floor(at / height)]!);
}

describe('Pca', () => {
  it("gives scikit-learn's codes and reconstruction error", () => {
    const { centers, scales } = golden.scaler;
    const rescaled = Float64Array.from(golden.data, (x, at) => (x - centers[at % 6]!) / scales[at % 6]!);
    const { components, explainedVariance, explainedVarianceRatio } = golden.pca;
    const pca = new Pca({
      mean: Float64Array.from(golden.pca.mean),
      components: Float64Array.from(components),
      explainedVariance: Float64Array.from(explainedVariance),
      explainedVarianceRatio: Float64Array.from(explainedVarianceRatio),
    });
    // Sums of 6 products of order 1.
    expect(largestDifference(codesOf(pca, rescaled).slice(0, golden.pca.codes.length), golden.pca.codes)).toBeLessThan(
      1e-14,
    );
    expect(Math.abs(reconstructionMse(pca, rescaled) / golden.pca.reconstructionMse - 1)).toBeLessThan(1e-13);
  });

  it('agrees with the matrix product', () => {
    const centered = rows.map((x, at) => x - mean[at % columnCount]!);
    const pca = fitPca(covariance, mean, 5);
    const transposed = Float64Array.from({ length: 5 * columnCount }, (_, at) => {
      return pca.components[(at % 5) * columnCount + Math.floor(at / 5)]!;
    });
    // The same sums in the same order.
    expect(codesOf(pca, rows)).toEqual(multiply(centered, transposed, columnCount));
  });

  it('gives rows back from all components', () => {
    const back = new Float64Array(rows.length);
    full.inverse(codesOf(full, rows), back);
    // Values of order 10 through two orthogonal products of 11 terms.
    expect(largestDifference(back, rows)).toBeLessThan(1e-13);
  });

  it('gives uncorrelated codes with the explained variances', () => {
    const codes = covarianceOf(codesOf(full, rows), columnCount);
    const expected = full.explainedVariance;
    const diagonal = codes.covariance.map((_, at) =>
      at % (columnCount + 1) === 0 ? expected[at / (columnCount + 1)]! : 0,
    );
    expect(largestDifference(codes.covariance, diagonal)).toBeLessThan(1e-13 * expected[0]!);
    expect(largestDifference(codes.mean, new Float64Array(columnCount))).toBeLessThan(1e-13);
  });

  it('has the discarded variance as its reconstruction error', () => {
    for (const components of [1, 4, 10]) {
      const discarded = full.explainedVariance.slice(components).reduce((sum, value) => sum + value, 0);
      const expected = (discarded * (rowCount - 1)) / rowCount / columnCount;
      const mse = reconstructionMse(fitPca(covariance, mean, components), rows);
      // The least eigenvalue is a 10⁻⁴ of the largest, of which 1e-14 is rounding.
      expect(Math.abs(mse / expected - 1)).toBeLessThan(1e-9);
    }
  });

  it('gives a row the same code whatever rows are around it', () => {
    const pca = fitPca(covariance, mean, 5);
    const whole = codesOf(pca, rows);
    for (const [start, end] of [
      [0, 1],
      [3, 10],
      [63, 66],
      [0, 130],
    ] as const) {
      const part = codesOf(pca, rows.slice(start * columnCount, end * columnCount));
      expect(part).toEqual(whole.slice(start * 5, end * 5));
    }
  });

  it('rounds to the precision of its output only, and leaves its input as it was', () => {
    const pca = fitPca(covariance, mean, 5);
    const before = rows.slice();
    const codes = new Float32Array(rowCount * 5);
    pca.transform(rows, codes);
    expect(codes).toEqual(Float32Array.from(codesOf(pca, rows)));
    expect(rows).toEqual(before);
  });

  it('accepts no rows', () => {
    expect(codesOf(full, new Float64Array(0))).toEqual(new Float64Array(0));
  });

  it('rejects lengths that do not fit', () => {
    expect(() => full.transform(new Float64Array(columnCount + 1), new Float64Array(columnCount))).toThrow(
      rangeError('values: expected whole rows of 11 columns, got 12 values'),
    );
    expect(() => full.transform(new Float64Array(columnCount), new Float64Array(2))).toThrow(
      rangeError('out: expected 11 values, got 2'),
    );
    const { mean: means, explainedVariance, explainedVarianceRatio } = full;
    expect(
      () => new Pca({ mean: means, components: new Float64Array(3), explainedVariance, explainedVarianceRatio }),
    ).toThrow(rangeError('components: expected 121 values, got 3'));
  });
});
