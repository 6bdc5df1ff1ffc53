import { describe, expect, it } from 'vitest';
import { solidHarmonics } from '#dist/soap/basis/solidHarmonics.js';
import { randomCloud, randomNumbers } from '../clouds.js';
import { gaussLegendre, sphericalHarmonic } from '../reference.js';

/** r^l Y_lm at one point, at l² + l + m. */
function harmonicsAt(lMax: number, x: number, y: number, z: number): Float64Array {
  const out = new Float64Array((lMax + 1) ** 2);
  const offsets = { x: Float64Array.of(x), y: Float64Array.of(y), z: Float64Array.of(z) };
  solidHarmonics(lMax)({ ...offsets, rr: Float64Array.of(x * x + y * y + z * z) }, 1, out);
  return out;
}

describe('solidHarmonics', () => {
  it('equals the complex spherical harmonics in real combinations', () => {
    const lMax = 12;
    const points = randomCloud(randomNumbers(2), 20, 3);
    for (let i = 0; i < points.length; i += 3) {
      const [x, y, z] = [points[i]!, points[i + 1]!, points[i + 2]!];
      const r = Math.hypot(x, y, z);
      const actual = harmonicsAt(lMax, x, y, z);
      for (let l = 0; l <= lMax; l++) {
        for (let m = 0; m <= l; m++) {
          const { re, im } = sphericalHarmonic(l, m, Math.acos(z / r), Math.atan2(y, x));
          const scale = (m === 0 ? 1 : Math.SQRT2) * (-1) ** m * r ** l;
          // The explicit sum for P_lm cancels about four digits at l = 12.
          const tolerance = 1e-11 * r ** l;
          expect(Math.abs(actual[l * l + l + m]! - scale * re)).toBeLessThan(tolerance);
          if (m > 0) expect(Math.abs(actual[l * l + l - m]! - scale * im)).toBeLessThan(tolerance);
        }
      }
    }
  });

  it('is orthonormal on the unit sphere', () => {
    const lMax = 6;
    const size = (lMax + 1) ** 2;
    const nPhi = 2 * lMax + 1; // exact for products up to 2·lMax, as are lMax + 1 nodes in cos θ
    const overlap = new Float64Array(size * size);
    for (const { node: z, weight } of gaussLegendre(lMax + 1, -1, 1)) {
      for (let k = 0; k < nPhi; k++) {
        const phi = (2 * Math.PI * k) / nPhi;
        const rho = Math.sqrt(1 - z * z);
        const values = harmonicsAt(lMax, rho * Math.cos(phi), rho * Math.sin(phi), z);
        for (let i = 0; i < size * size; i++) {
          overlap[i]! += ((weight * 2 * Math.PI) / nPhi) * values[Math.floor(i / size)]! * values[i % size]!;
        }
      }
    }
    // Rounding of 91 terms of order 1.
    for (let i = 0; i < size * size; i++) expect(overlap[i]).toBeCloseTo(i % (size + 1) === 0 ? 1 : 0, 13);
  });

  it('obeys the addition theorem up to l = 20, near the poles too', () => {
    const directions = [
      [0.3, -0.5, 0.8],
      [1e-9, 0, 1],
      [0, -1e-160, -1],
      [0, 0, 1],
      [-1, 0, 0],
    ] as const;
    for (const [x, y, z] of directions) {
      const values = harmonicsAt(20, x, y, z);
      const rr = x * x + y * y + z * z;
      for (let l = 0; l <= 20; l++) {
        const sum = values.slice(l * l, (l + 1) ** 2).reduce((total, value) => total + value * value, 0);
        // A few roundings for each step in l.
        expect(Math.abs(sum / (((2 * l + 1) / (4 * Math.PI)) * rr ** l) - 1)).toBeLessThan(1e-13);
      }
    }
  });

  it('has only m = 0 on the z axis and only l = 0 at the origin', () => {
    const axis = harmonicsAt(5, 0, 0, -2);
    for (let l = 0; l <= 5; l++) {
      for (let m = -l; m <= l; m++) {
        const expected = m === 0 ? (-2) ** l * Math.sqrt((2 * l + 1) / (4 * Math.PI)) : 0;
        expect(axis[l * l + l + m]).toBeCloseTo(expected, 12); // some roundings of numbers up to 50
      }
    }
    expect(Array.from(harmonicsAt(2, 0, 0, 0), Math.abs)).toEqual([Math.sqrt(1 / (4 * Math.PI)), ...Array(8).fill(0)]);
  });

  it('writes a block of points like each one alone, and only those counted', () => {
    const points = randomCloud(randomNumbers(3), 4, 2);
    const axis = (k: number) => points.filter((_, i) => i % 3 === k);
    const [x, y, z] = [axis(0), axis(1), axis(2)];
    const out = new Float64Array(16 * 4).fill(NaN);
    solidHarmonics(3)({ x, y, z, rr: x.map((_, p) => x[p]! ** 2 + y[p]! ** 2 + z[p]! ** 2) }, 3, out);
    for (let p = 0; p < 3; p++) {
      expect(out.filter((_, i) => i % 4 === p)).toEqual(harmonicsAt(3, x[p]!, y[p]!, z[p]!));
    }
    expect(out.filter((_, i) => i % 4 === 3)).toEqual(new Float64Array(16).fill(NaN));
  });
});
