import { describe, expect, it } from 'vitest';
import { isLattice } from '#dist/soap/points/isLattice.js';
import { type Coordinates, splitAxes } from '#dist/soap/points/pointIndex.js';
import { randomCloud, randomNumbers } from '../clouds.js';

const judge = ({ x, y, z }: Coordinates): boolean => isLattice(x, y, z);
const grid = (width: number, height: number, depth: number): number[] => {
  const points: number[] = [];
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++) for (let z = 0; z < depth; z++) points.push(x, 2 * y, 3 * z);
  return points;
};

describe('isLattice', () => {
  it.each([
    ['a grid', grid(8, 8, 8)],
    ['an image', grid(20, 20, 1)],
    ['a short line', grid(12, 1, 1)],
    ['a grid of 20,000 points', grid(20, 50, 20)],
    ['points in one place', Array.from({ length: 300 }, () => 7)],
  ])('is true of %s', (_, points) => {
    expect(judge(splitAxes(Float64Array.from(points)))).toBe(true);
  });

  it.each([2, 3, 10, 20, 150, 5000])('is false of %i points anywhere', (nPoints) => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(judge(splitAxes(randomCloud(randomNumbers(seed), nPoints, 5)))).toBe(false);
    }
  });

  it('takes a cloud of one point or none', () => {
    for (const nPoints of [0, 1]) expect(() => judge(splitAxes(new Float64Array(3 * nPoints)))).not.toThrow();
  });
});
