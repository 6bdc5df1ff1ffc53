import { describe, expect, it } from 'vitest';
import { weightFunction } from '#dist/soap/weighting.js';

describe('weightFunction', () => {
  it('poly falls from c to 0 at r0 and stays there', () => {
    const weight = weightFunction({ function: 'poly', r0: 4, c: 1.5, m: 2 }, 0);
    expect(weight(0)).toBe(1.5);
    expect(weight(2)).toBe(1.5 * 0.5 ** 2); // 1 + 2/8 - 3/4 is a half
    expect(weight(4)).toBe(0);
    expect(weight(4.1)).toBe(0);
  });

  it('poly is a number just below r0 for an exponent that is none for negative numbers', () => {
    const weight = weightFunction({ function: 'poly', r0: 3, c: 1, m: 2.5 }, 0);
    for (let k = 1; k < 60; k++) expect(weight(3 * (1 - 2 ** -k))).toBeGreaterThanOrEqual(0);
  });

  it('pow falls from c/d as a power', () => {
    const weight = weightFunction({ function: 'pow', r0: 2, c: 3, d: 4, m: 3 }, 0);
    expect(weight(0)).toBe(0.75);
    expect(weight(2)).toBe(0.6);
    expect(weight(4)).toBe(0.25);
  });

  it('exp grows from c/(d+1) to c/d', () => {
    const weight = weightFunction({ function: 'exp', r0: 2, c: 3, d: 0.5 }, 0);
    expect(weight(0)).toBe(2);
    expect(weight(2)).toBeCloseTo(3 / (0.5 + 1 / Math.E), 15); // a rounding or two
    expect(weight(2000)).toBe(6);
  });

  it('w0 stands for the weight at the centre alone', () => {
    const weight = weightFunction({ function: 'pow', r0: 1, c: 1, d: 0, m: 1, w0: 7 }, 0);
    expect([0, 1e-9, 0.5].map(weight)).toEqual([7, 1 / 1e-9, 2]);
    expect([0, 1, 5].map(weightFunction({ w0: 0 }, 0))).toEqual([0, 1, 1]);
    expect([0, 1e-6, 1.1e-6].map(weightFunction({ w0: 3 }, 1e-6))).toEqual([3, 3, 1]);
  });
});
