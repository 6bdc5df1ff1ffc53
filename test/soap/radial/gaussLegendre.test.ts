import { describe, expect, it } from 'vitest';
import { gaussLegendre } from '#dist/soap/radial/gaussLegendre.js';

function integral(f: (x: number) => number, ...rule: Parameters<typeof gaussLegendre>): number {
  const { nodes, weights } = gaussLegendre(...rule);
  return nodes.reduce((sum, x, i) => sum + weights[i]! * f(x), 0);
}

describe('gaussLegendre', () => {
  it.each([1, 2, 5, 24, 90])('with %i nodes is exact for powers up to 2·count - 1 and not beyond', (count) => {
    for (let power = 0; power < 2 * count; power++) {
      // Roundings of nodes count `power` times: 180 · 1e-16.
      expect(Math.abs(integral((x) => x ** power, count, 1, 1) * (power + 1) - 1)).toBeLessThan(4e-14);
    }
    if (count > 5) return; // the error would be less than a rounding
    expect(Math.abs(integral((x) => x ** (2 * count), count, 1, 1) * (2 * count + 1) - 1)).toBeGreaterThan(1e-7);
  });

  it('has two nodes at (1 ± 1/√3)/2', () => {
    const { nodes, weights } = gaussLegendre(2, 1, 1);
    expect(nodes[0]).toBeCloseTo((1 - 1 / Math.sqrt(3)) / 2, 15);
    expect(nodes[1]).toBeCloseTo((1 + 1 / Math.sqrt(3)) / 2, 15);
    expect(weights[0]).toBeCloseTo(0.5, 15);
  });

  it('covers [0, end] panel by panel with ascending nodes', () => {
    const { nodes } = gaussLegendre(7, 5, 3);
    expect(nodes.length).toBe(35);
    expect(nodes.every((x, i) => x > 0 && x < 3 && (i === 0 || x > nodes[i - 1]!))).toBe(true);
    expect(integral(Math.cos, 7, 5, 3)).toBeCloseTo(Math.sin(3), 14);
  });
});
