import { describe, expect, it } from 'vitest';
import { addInnerProducts } from '#dist/stats/innerProducts.js';
import { randomMatrix } from './matrices.js';

const length = 13;
const stride = 11;
const a = randomMatrix(11, length, 1);
const b = randomMatrix(11, length, 2);

function product(i: number, j: number): number {
  let sum = 0;
  for (let t = 0; t < length; t++) sum += a[i * length + t]! * b[j * length + t]!;
  return sum;
}

describe('addInnerProducts', () => {
  it.each([
    [0, 8, 0, 6],
    [0, 11, 0, 11],
    [1, 8, 2, 5],
    [4, 7, 3, 4],
    [5, 5, 0, 11],
    [0, 11, 6, 6],
  ])('adds the products of %i…%i with %i…%i to what is there, to the bit', (aStart, aEnd, bStart, bEnd) => {
    const out = new Float64Array(11 * stride).fill(0.5);
    addInnerProducts(
      { values: a, start: aStart, end: aEnd },
      { values: b, start: bStart, end: bEnd },
      length,
      out,
      stride,
    );
    const expected = out.map((_, at) => {
      const [i, j] = [Math.floor(at / stride), at % stride];
      return i >= aStart && i < aEnd && j >= bStart && j < bEnd ? 0.5 + product(i, j) : 0.5;
    });
    expect(out).toEqual(expected);
  });
});
