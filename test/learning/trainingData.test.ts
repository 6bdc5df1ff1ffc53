import { describe, expect, it } from 'vitest';
import { splitRows } from '#dist/learning/splitRows.js';
import { checkTrainingData, takeRows } from '#dist/learning/trainingData.js';
import { rangeError } from '../support/rangeError.js';

describe('checkTrainingData', () => {
  const check = (features: Float32Array, labels: Uint8Array): void =>
    checkTrainingData({ features, labels, featureCount: 5 }, 10);

  it.each([NaN, Infinity, -Infinity])('rejects %d naming row and column', (value) => {
    const message = `row 3: column 2: expected a finite number, got ${value}`;
    expect(() => check(new Float32Array(20).with(17, value), new Uint8Array(4))).toThrow(rangeError(message));
  });

  it('rejects labels beyond the classes, naming the row', () => {
    const message = 'row 2: labels: expected 0 to 9, got 10';
    expect(() => check(new Float32Array(20), Uint8Array.of(0, 9, 10, 3))).toThrow(rangeError(message));
  });

  it.each([0, 15])('rejects %i values for 4 labels', (length) => {
    const message = `features: expected 4 rows, one a label, got ${length / 5}`;
    expect(() => check(new Float32Array(length), new Uint8Array(4))).toThrow(rangeError(message));
  });
});

describe('takeRows', () => {
  it('copies rows in the order asked for', () => {
    const data = { features: Float32Array.of(0, 1, 10, 11, 20, 21), labels: Uint8Array.of(5, 6, 7), featureCount: 2 };
    const taken = takeRows(data, Uint32Array.of(2, 0, 2));
    expect(taken).toEqual({
      features: Float32Array.of(20, 21, 0, 1, 20, 21),
      labels: Uint8Array.of(7, 5, 7),
      featureCount: 2,
    });
  });
});

describe('splitRows', () => {
  it('puts each row in one part, and the rounded share into validation', () => {
    const { training, validation } = splitRows(1003, 0.2, 1);
    expect(validation.length).toBe(201);
    expect(Uint32Array.of(...training, ...validation).toSorted()).toEqual(
      Uint32Array.from({ length: 1003 }, (_, i) => i),
    );
  });

  it('draws from all rows, not from an end', () => {
    const { validation } = splitRows(10_000, 0.2, 1);
    const inFirstHalf = validation.filter((row) => row < 5000).length;
    // Hypergeometric, standard deviation √(2000 · ½ · ½ · 0.8) = 20; five of them.
    expect(Math.abs(inFirstHalf - 1000)).toBeLessThan(100);
  });

  it('depends on the seed alone', () => {
    expect(splitRows(100, 0.3, 7)).toEqual(splitRows(100, 0.3, 7));
    expect(splitRows(100, 0.3, 7)).not.toEqual(splitRows(100, 0.3, 8));
  });

  it('leaves validation empty for a share of 0', () => {
    expect(splitRows(5, 0, 1).validation.length).toBe(0);
  });

  it.each([
    [2, 0.2, '2 for training and 0 for validation (0.2 of 2 rows)'],
    [2, 0.8, '0 for training and 2 for validation (0.8 of 2 rows)'],
  ])('rejects %i rows at a share of %d', (rows, share, parts) => {
    expect(() => splitRows(rows, share, 1)).toThrow(
      rangeError(`validationSplit: expected both parts to have rows, got ${parts}`),
    );
  });
});
