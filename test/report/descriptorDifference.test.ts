import { describe, expect, it } from 'vitest';
import { descriptorDifference } from '#dist/report/descriptorDifference.js';
import { type Digit, DigitBuilder } from '#dist/report/digit.js';

function digitOf(...descriptors: readonly (readonly number[])[]): Digit {
  const builder = new DigitBuilder(0, 7, 2);
  for (const [i, values] of descriptors.entries()) {
    builder.add([i, 0, 1], 0, [0.9, 0.1]);
    builder.addDescriptor(values);
  }
  return builder.build();
}

describe('descriptorDifference', () => {
  it('is 0 for the same pixels in another order', () => {
    const difference = descriptorDifference(digitOf([1, 2], [3, 4], [5, 8]), digitOf([5, 8], [1, 2], [3, 4]));
    expect(difference).toBe(0);
  });

  it('is the greatest difference of a component as a share of the greatest magnitude', () => {
    expect(descriptorDifference(digitOf([1, 2], [3, -8]), digitOf([1, 2], [3.5, -7]))).toBe(1 / 8);
  });

  it('finds a pixel that only one of the two has, whichever', () => {
    const [few, many] = [digitOf([1, 0]), digitOf([1, 0], [0, 4])];
    expect(descriptorDifference(few, many)).toBe(1);
    expect(descriptorDifference(many, few)).toBe(1);
  });

  it('is undefined where descriptors are missing or of different lengths', () => {
    const none = new DigitBuilder(0, 7, 2);
    none.add([0, 0, 1], 0, [0.9, 0.1]);
    expect(descriptorDifference(digitOf([1]), none.build())).toBeUndefined();
    expect(descriptorDifference(digitOf([1]), digitOf([1, 2]))).toBeUndefined();
  });
});
