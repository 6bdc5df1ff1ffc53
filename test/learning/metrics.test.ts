import { describe, expect, it } from 'vitest';
import { ConfusionMatrix, metricsOf, mostProbable } from '#dist/learning/metrics.js';

function matrixOf(actual: number[], predicted: number[], classCount: number): ConfusionMatrix {
  const matrix = new ConfusionMatrix(classCount);
  matrix.add(Uint8Array.from(actual), Uint8Array.from(predicted));
  return matrix;
}

describe('mostProbable', () => {
  it('takes the likeliest class, the first in a tie', () => {
    expect([...mostProbable(Float32Array.of(0.1, 0.7, 0.2, 0.4, 0.2, 0.4), 3)]).toEqual([1, 0]);
  });
});

describe('ConfusionMatrix', () => {
  it('counts actual classes in rows and predicted ones in columns', () => {
    expect([...matrixOf([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0], 3).counts]).toEqual([1, 1, 0, 0, 1, 0, 1, 0, 2]);
  });

  it('gives the same counts however the rows are split', () => {
    const matrix = matrixOf([0, 1], [1, 1], 2);
    matrix.add(Uint8Array.of(), Uint8Array.of());
    matrix.add(Uint8Array.of(1), Uint8Array.of(0));
    expect(matrix.counts).toEqual(matrixOf([0, 1, 1], [1, 1, 0], 2).counts);
  });

  it('rejects classes beyond its own, naming the row, and counts nothing of that call', () => {
    const matrix = new ConfusionMatrix(2);
    expect(() => matrix.add(Uint8Array.of(0, 2), Uint8Array.of(0, 0))).toThrow(
      'row 1: actual: expected classes 0 to 1, got 2',
    );
    expect(() => matrix.add(Uint8Array.of(0), Uint8Array.of(7))).toThrow(
      'row 0: predicted: expected classes 0 to 1, got 7',
    );
    expect(() => matrix.add(Uint8Array.of(0), Uint8Array.of())).toThrow(
      'predicted: expected 1 rows as in actual, got 0',
    );
    expect(() => new ConfusionMatrix(0)).toThrow('classCount: expected an integer >= 1, got 0');
    expect([...matrix.counts]).toEqual([0, 0, 0, 0]);
  });
});

describe('metricsOf', () => {
  it('equals values computed by hand', () => {
    // Precisions 1/2, 1/2, 1; recalls 1/2, 1, 2/3; F1 1/2, 2/3, 4/5.
    const metrics = metricsOf(matrixOf([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0], 3));
    expect(metrics.accuracy).toBeCloseTo(4 / 6, 14);
    expect(metrics.macroPrecision).toBeCloseTo(2 / 3, 14);
    expect(metrics.macroRecall).toBeCloseTo(13 / 18, 14);
    expect(metrics.macroF1).toBeCloseTo(59 / 90, 14);
  });

  it('counts 0/0 as 0 and leaves out classes that do not occur, as scikit-learn does', () => {
    // Class 2 never occurs, class 1 is never right; values of scikit-learn 1.9.
    const metrics = metricsOf(matrixOf([0, 0, 3, 3, 3], [0, 1, 3, 3, 1], 5));
    expect(metrics.accuracy).toBeCloseTo(0.6, 14);
    expect(metrics.macroPrecision).toBeCloseTo(0.6666666666666666, 14);
    expect(metrics.macroRecall).toBeCloseTo(0.38888888888888884, 14);
    expect(metrics.macroF1).toBeCloseTo(0.48888888888888893, 14);
  });

  it('equals scikit-learn 1.9 on 200 rows of ten classes, one of them never predicted', () => {
    const actual = Array.from({ length: 200 }, (_, i) => (7 * i * i + 3) % 10);
    const predicted = actual.map((_, i) => (7 * i * i + 3 + (i % 3 === 0 ? i % 7 : 0)) % 9);
    const metrics = metricsOf(matrixOf(actual, predicted, 10));
    expect(metrics.accuracy).toBeCloseTo(0.085, 14);
    expect(metrics.macroPrecision).toBeCloseTo(0.12638888888888888, 14);
    expect(metrics.macroRecall).toBeCloseTo(0.059375, 14);
    expect(metrics.macroF1).toBeCloseTo(0.07342461122379987, 14);
  });

  it('is 0 where nothing was counted', () => {
    expect(metricsOf(new ConfusionMatrix(3))).toEqual({ accuracy: 0, macroPrecision: 0, macroRecall: 0, macroF1: 0 });
  });
});
