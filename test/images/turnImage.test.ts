import { describe, expect, it } from 'vitest';
import { type Turn, turnImage } from '#dist/images/turnImage.js';
import { randomNumbers } from '../support/batches.js';

function turned(pixels: ArrayLike<number>, width: number, turn: Partial<Turn>): number[] {
  const out = new Uint8Array(pixels.length).fill(7);
  turnImage(Uint8Array.from(pixels), width, { angle: 0, isMirrored: false, ...turn }, out);
  return [...out];
}

function randomImage(size: number, seed = 1): Uint8Array {
  const random = randomNumbers(seed);
  return Uint8Array.from({ length: size }, () => 256 * random());
}

/** The interpolation as a sum of tents over all pixels, about the place a pixel comes from as a complex number; not rounded. */
function reference(pixels: Uint8Array, width: number, { angle, isMirrored }: Turn): number[] {
  const height = pixels.length / width;
  const tent = (distance: number): number => Math.max(0, 1 - Math.abs(distance));
  const phase = (-angle / 180) * Math.PI;
  return Array.from(pixels, (_, i) => {
    const x = (isMirrored ? width - 1 - (i % width) : i % width) - (width - 1) / 2;
    const y = Math.floor(i / width) - (height - 1) / 2;
    const radius = Math.hypot(x, y);
    const fromX = radius * Math.cos(Math.atan2(y, x) + phase) + (width - 1) / 2;
    const fromY = radius * Math.sin(Math.atan2(y, x) + phase) + (height - 1) / 2;
    return pixels.reduce(
      (sum, pixel, j) => sum + pixel * tent(fromX - (j % width)) * tent(fromY - Math.floor(j / width)),
      0,
    );
  });
}

describe('turnImage', () => {
  it('turns clockwise', () => {
    // prettier-ignore
    const image = [1, 2, 3,
                   4, 5, 6,
                   7, 8, 9];
    // prettier-ignore
    expect(turned(image, 3, { angle: 90 })).toEqual([7, 4, 1,
                                                     8, 5, 2,
                                                     9, 6, 3]);
    expect(turned(image, 3, { angle: -90 })).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
  });

  it('mirrors left and right, after it has turned', () => {
    expect(turned([1, 2, 3, 4, 5, 6], 3, { isMirrored: true })).toEqual([3, 2, 1, 6, 5, 4]);
    expect(turned([1, 2, 3, 4], 2, { angle: 90, isMirrored: true })).toEqual([1, 3, 2, 4]);
  });

  it.each([27, 28])('permutes the pixels of a square image of side %d by quarter turns, exactly', (side) => {
    const image = randomImage(side * side);
    const quarter = (pixels: ArrayLike<number>): number[] =>
      Array.from(pixels, (_, i) => pixels[(side - 1 - (i % side)) * side + Math.floor(i / side)]!);
    let expected = [...image];
    for (const angle of [0, 90, 180, 270, 360, 450]) {
      expect(turned(image, side, { angle }), `${angle}°`).toEqual(expected);
      expect(turned(image, side, { angle: angle - 720 }), `${angle - 720}°`).toEqual(expected);
      expected = quarter(expected);
    }
  });

  it('reverses an image of any shape by a half turn, exactly', () => {
    const image = randomImage(5 * 8);
    expect(turned(image, 8, { angle: 180 })).toEqual([...image].toReversed());
  });

  it.each([
    [0.5, 8, 8],
    [30, 9, 6],
    [45, 7, 7],
    [90, 5, 8],
    [137.3, 6, 11],
    [-200, 10, 10],
    [359.99, 1, 9],
  ])('is the sum of tents over all pixels at %d° on %d × %d pixels', (angle, height, width) => {
    for (const isMirrored of [false, true]) {
      const image = randomImage(height * width, height);
      const expected = reference(image, width, { angle, isMirrored });
      // Half a grey level is the rounding; values on the edge of it, up to some 1e-13 of rounding errors, may go either way.
      for (const [i, value] of turned(image, width, { angle, isMirrored }).entries()) {
        expect(Math.abs(value - expected[i]!), `pixel ${i}`).toBeLessThanOrEqual(0.5 + 1e-9);
      }
    }
  });

  it('keeps what lies within the circle, and leaves the corners outside at 0', () => {
    const white = new Uint8Array(28 * 28).fill(255);
    const result = turned(white, 28, { angle: 45 });
    for (const [i, value] of result.entries()) {
      const radius = Math.hypot((i % 28) - 13.5, Math.floor(i / 28) - 13.5);
      if (radius <= 13.5) expect(value).toBe(255);
    }
    expect([result[0], result[27], result[27 * 28], result[783]]).toEqual([0, 0, 0, 0]);
  });
});
