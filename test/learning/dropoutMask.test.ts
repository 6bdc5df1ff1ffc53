import { describe, expect, it } from 'vitest';
import { fillDropoutMask } from '#dist/learning/dropoutMask.js';
import { SequentialRandom } from '#dist/learning/random.js';

describe('fillDropoutMask', () => {
  it.each([0.1, 0.5, 0.9])('drops each unit with probability %d and scales the others up', (rate) => {
    const random = new SequentialRandom(1, 0);
    const mask = new Float32Array(100_000);
    fillDropoutMask(mask, rate, random);
    const nDropped = mask.filter((factor) => factor === 0).length;
    // Five standard deviations of a binomial count.
    expect(Math.abs(nDropped - rate * mask.length)).toBeLessThan(5 * Math.sqrt(mask.length * rate * (1 - rate)));
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
  });

  it('drops the first unit and the last as often as any', () => {
    const random = new SequentialRandom(2, 0);
    const drops = new Float64Array(3);
    const mask = new Float32Array(3);
    for (let trial = 0; trial < 20_000; trial++) {
      fillDropoutMask(mask, 0.3, random);
      for (const [unit, factor] of mask.entries()) drops[unit]! += factor === 0 ? 1 : 0;
    }
    for (const count of drops) expect(Math.abs(count - 6000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.3 * 0.7));
  });

  it('draws another mask at each call, and the same ones from the same seed', () => {
    const masks = [1, 1].map((seed) => {
      const random = new SequentialRandom(seed, 0);
      return [0, 1].map(() => {
        const mask = new Float32Array(64);
        fillDropoutMask(mask, 0.5, random);
        return mask;
      });
    });
    expect(masks[0]![0]).not.toEqual(masks[0]![1]);
    expect(masks[0]).toEqual(masks[1]);
  });

  it('keeps everything at rate 0', () => {
    const mask = new Float32Array(10);
    fillDropoutMask(mask, 0, new SequentialRandom(1, 0));
    expect(mask).toEqual(new Float32Array(10).fill(1));
  });
});
