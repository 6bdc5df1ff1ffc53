import { describe, expect, it } from 'vitest';
import { type Turn, turnImage } from '#dist/images/turnImage.js';
import { randomNumbers } from '../support/batches.js';

function turned(pixels: ArrayLike<number>, width: number, turn: Partial<Turn>): number[] {
  const out = new Uint8Array(pixels.length).fill(7);
  turnImage(Uint8Array.from(pixels), width, { angle: 0, isMirrored: false, interpolation: 'bilinear', ...turn }, out);
  return [...out];
}

function randomImage(size: number, seed = 1): Uint8Array {
  const random = randomNumbers(seed);
  return Uint8Array.from({ length: size }, () => 256 * random());
}

/** Where the pixel of that index comes from, by its distance and direction from the middle. */
function origin(
  i: number,
  height: number,
  width: number,
  angle: number,
  isMirrored: boolean,
): { x: number; y: number } {
  const dx = (isMirrored ? width - 1 - (i % width) : i % width) - (width - 1) / 2;
  const dy = Math.floor(i / width) - (height - 1) / 2;
  const [radius, direction] = [Math.hypot(dx, dy), Math.atan2(dy, dx) - (angle / 180) * Math.PI];
  return { x: radius * Math.cos(direction) + (width - 1) / 2, y: radius * Math.sin(direction) + (height - 1) / 2 };
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
      expect(turned(image, side, { angle, interpolation: 'nearest' }), `${angle}°, nearest`).toEqual(expected);
      expected = quarter(expected);
    }
  });

  it('reverses an image of any shape by a half turn, exactly', () => {
    const image = randomImage(5 * 8);
    expect(turned(image, 8, { angle: 180 })).toEqual([...image].toReversed());
  });

  describe.each([
    [0.5, 8, 8],
    [30, 9, 6],
    [45, 7, 7],
    [90, 5, 8],
    [137.3, 6, 11],
    [-200, 10, 10],
    [359.99, 1, 9],
  ])('at %d° on %d × %d pixels', (angle, height, width) => {
    const image = randomImage(height * width, height);
    const eachPixel = (
      interpolation: 'bilinear' | 'nearest',
      check: (value: number, x: number, y: number, message: string) => void,
    ): void => {
      for (const isMirrored of [false, true]) {
        for (const [i, value] of turned(image, width, { angle, isMirrored, interpolation }).entries()) {
          const { x, y } = origin(i, height, width, angle, isMirrored);
          check(value, x, y, `pixel ${i}${isMirrored ? ', mirrored' : ''}`);
        }
      }
    };

    it('is the sum of tents over all pixels', () => {
      const tent = (distance: number): number => Math.max(0, 1 - Math.abs(distance));
      eachPixel('bilinear', (value, x, y, message) => {
        const tents = Array.from(image, (pixel, j) => pixel * tent(x - (j % width)) * tent(y - Math.floor(j / width)));
        const expected = tents.reduce((sum, term) => sum + term, 0);
        // Half a grey level is the rounding; values on the edge of it, up to some 1e-13 of rounding errors, may go either way.
        expect(Math.abs(value - expected), message).toBeLessThanOrEqual(0.5 + 1e-9);
      });
    });

    it('takes the nearest pixel if told to', () => {
      eachPixel('nearest', (value, x, y, message) => {
        // On the edge between two pixels, up to rounding errors, either will do.
        const near = [x - 1e-9, x + 1e-9].flatMap((u) =>
          [y - 1e-9, y + 1e-9].map((v) => [Math.round(u), Math.round(v)]),
        );
        const values = near.map(([u, v]) =>
          u! >= 0 && u! < width && v! >= 0 && v! < height ? image[v! * width + u!] : 0,
        );
        expect(values, message).toContain(value);
      });
    });
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
