import { expect, it } from 'vitest';
import { softmaxRows } from '#dist/learning/softmax.js';

function softmax(columns: number, ...logits: number[]): number[] {
  const result = new Float32Array(logits.length);
  softmaxRows(Float32Array.from(logits), columns, result);
  return [...result];
}

it('is e^x over its sum, rounded once', () => {
  const sum = 1 + Math.E + Math.E ** 2;
  expect(softmax(3, 0, 1, 2, 5, 5, 5)).toEqual(
    [1 / sum, Math.E / sum, Math.E ** 2 / sum, 1 / 3, 1 / 3, 1 / 3].map(Math.fround),
  );
});

it('neither overflows nor loses what is small', () => {
  expect(softmax(2, 3e38, 3e38, -3e38, 3e38)).toEqual([0.5, 0.5, 0, 1]);
  expect(softmax(2, 0, -80)[1]! / Math.exp(-80)).toBeCloseTo(1, 6);
});

it('is alike in place, and not a number where a logit is none or infinite', () => {
  const logits = Float32Array.of(1, 2, NaN, 1, Infinity, 1, -Infinity, 0);
  softmaxRows(logits, 2, logits);
  expect([...logits]).toEqual([...softmax(2, 1, 2), NaN, NaN, NaN, expect.any(Number), 0, 1]);
});
