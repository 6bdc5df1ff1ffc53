import { describe, expect, it } from 'vitest';
import { learningRateAt } from '#dist/learning/learningRate.js';

describe('learningRateAt', () => {
  it('is the peak all along under constant', () => {
    for (const progress of [0, 0.5, 1]) expect(learningRateAt('constant', 0.001, progress)).toBe(0.001);
  });

  it('goes from peak/25 over the peak at 30 % to peak/250,000 under oneCycle', () => {
    // Rounding of the cosine alone.
    expect(relative(0)).toBeCloseTo(1 / 25, 12);
    expect(relative(0.15)).toBeCloseTo((1 + 1 / 25) / 2, 12);
    expect(relative(0.3)).toBeCloseTo(1, 12);
    expect(relative(0.65)).toBeCloseTo((1 + 1 / 250_000) / 2, 12);
    expect(relative(1)).toBeCloseTo(1 / 250_000, 12);
  });

  it('falls from the peak to 0 under cosine', () => {
    const rates = [0, 1 / 3, 0.5, 1].map((progress) => learningRateAt('cosine', 2, progress));
    // cos(π/3) = 1/2; rounding of the cosine alone.
    for (const [i, expected] of [2, 1.5, 1, 0].entries()) expect(rates[i]).toBeCloseTo(expected, 12);
  });
});

/** In units of the peak. */
function relative(progress: number): number {
  return learningRateAt('oneCycle', 2, progress) / 2;
}
