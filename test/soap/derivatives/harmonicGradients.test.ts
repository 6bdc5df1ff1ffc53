import { describe, expect, it } from 'vitest';
import { harmonicGradients } from '#dist/soap/derivatives/harmonicGradients.js';
import { solidHarmonics } from '#dist/soap/basis/solidHarmonics.js';
import { randomCloud, randomNumbers } from '../clouds.js';
import { differentiate } from './differences.js';

const LMAX = 20;
const SIZE = (LMAX + 1) ** 2;
const AXES = ['x', 'y', 'z'] as const;

function harmonicsAt(x: number, y: number, z: number): Float64Array {
  const out = new Float64Array(SIZE);
  const offsets = { x: Float64Array.of(x), y: Float64Array.of(y), z: Float64Array.of(z) };
  solidHarmonics(LMAX)({ ...offsets, rr: Float64Array.of(x * x + y * y + z * z) }, 1, out);
  return out;
}

function gradientsAt(x: number, y: number, z: number): Record<'x' | 'y' | 'z', Float64Array> {
  const [gradientX, gradientY, gradientZ] = [new Float64Array(SIZE), new Float64Array(SIZE), new Float64Array(SIZE)];
  const out = { x: gradientX, y: gradientY, z: gradientZ };
  harmonicGradients(LMAX)(harmonicsAt(x, y, z), out);
  return out;
}

describe('harmonicGradients', () => {
  const cloud = randomCloud(randomNumbers(31), 10, 1);
  const points: [number, number, number][] = [
    ...Array.from({ length: 10 }, (_, i): [number, number, number] => [
      cloud[3 * i]!,
      cloud[3 * i + 1]!,
      cloud[3 * i + 2]!,
    ]),
    [0, 0, 1],
    [0, 0, -1],
    [1, 0, 0],
    [0, 0, 0],
  ];

  it('are the derivatives of the solid harmonics, at the poles and at the origin too', () => {
    for (const point of points) {
      const scale = Math.max(1, Math.hypot(...point)) ** LMAX;
      const gradients = gradientsAt(...point);
      for (const [k, axis] of AXES.entries()) {
        const moved = (shift: number) =>
          harmonicsAt(...(point.map((v, i) => (i === k ? v + shift : v)) as typeof point));
        const expected = differentiate(moved, 0.005);
        // Differences of polynomials of degree 20: h⁶ f⁽⁷⁾ is some 20⁷ h⁶/1e5, of which 1e-8 is left; harmonics are up to 2.
        const worst = Math.max(...expected.map((value, lm) => Math.abs(gradients[axis][lm]! - value)));
        expect(worst).toBeLessThan(1e-7 * scale);
      }
    }
  });

  it('obey Euler: r · ∇S_lm = l S_lm', () => {
    for (const point of points) {
      const [harmonics, gradients] = [harmonicsAt(...point), gradientsAt(...point)];
      for (let lm = 0; lm < SIZE; lm++) {
        const l = Math.floor(Math.sqrt(lm));
        const along = AXES.reduce((sum, axis, k) => sum + point[k]! * gradients[axis][lm]!, 0);
        // Rounding of three products, each up to l r^l.
        expect(Math.abs(along - l * harmonics[lm]!)).toBeLessThan(
          1e-13 * Math.max(1, l) * Math.hypot(...point) ** l + 1e-300,
        );
      }
    }
  });
});
