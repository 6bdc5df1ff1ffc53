import { describe, expect, it } from 'vitest';
import { type Weighting, weightFunction, weightSlope } from '#dist/soap/weighting.js';
import { differentiate } from './differences.js';

describe('weightSlope', () => {
  const weightings: readonly Weighting[] = [
    { function: 'poly', r0: 4, c: 1.5, m: 2 },
    { function: 'poly', r0: 4, c: 1.5, m: 0.6 },
    { function: 'poly', r0: 4, c: 1.5, m: 0 },
    { function: 'pow', r0: 2, c: 3, d: 4, m: 3 },
    { function: 'pow', r0: 2, c: 3, d: 0, m: 0.5 },
    { function: 'pow', r0: 2, c: 3, d: 1, m: 0 },
    { function: 'exp', r0: 1.5, c: 2, d: 0.3 },
    { function: 'exp', r0: 1.5, c: 2, d: 0 },
    { w0: 3 },
  ];

  it.each(weightings.map((weighting) => ({ weighting, name: JSON.stringify(weighting) })))(
    'is the derivative of $name',
    ({ weighting }) => {
      const [weight, slope] = [weightFunction(weighting, 0), weightSlope(weighting, 0)];
      for (const r of [0.3, 1, 1.7, 2.9, 3.8, 4.3]) {
        const [expected] = differentiate((shift) => Float64Array.of(weight(r + shift)), 0.01) as unknown as [number];
        // Six digits of h⁶ at the steepest place, and rounding: 1e-16 of the weight over h/4.
        expect(Math.abs(slope(r) - expected)).toBeLessThan(1e-9 * Math.max(weight(r), 1));
      }
    },
  );

  it('is zero at the centre and as far as w0 reaches', () => {
    for (const weighting of weightings) expect(Math.abs(weightSlope(weighting, 0)(0))).toBe(0);
    const weighting: Weighting = { function: 'pow', r0: 1, c: 1, d: 1, m: 1, w0: 2 };
    const slopes = [0, 1e-6, 1.1e-6].map(weightSlope(weighting, 1e-6));
    expect(slopes.slice(0, 2)).toEqual([0, 0]);
    expect(slopes[2]).toBeCloseTo(-1, 5); // -1/(1 + r)²
    const { w0: _, ...without } = weighting;
    expect(weightSlope(without, 1e-6)(1e-7)).toBeCloseTo(-1, 6);
  });

  it('is a number wherever the weight is', () => {
    for (const weighting of weightings) {
      const [weight, slope] = [weightFunction(weighting, 0), weightSlope(weighting, 0)];
      const radii = [1e-150, 1e-9, 4 * (1 - 2 ** -53), 4, 500, 1e9].filter((r) => Number.isFinite(weight(r)));
      expect(radii.length).toBeGreaterThan(4); // exp grows beyond float64 where d is 0
      for (const r of radii) expect(Number.isFinite(slope(r))).toBe(true);
    }
  });
});
