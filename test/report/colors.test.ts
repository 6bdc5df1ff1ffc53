import { describe, expect, it } from 'vitest';
import { CLASS_COLORS } from '#dist/report/colors.js';
import { styles } from '#dist/report/styles.js';

type Color = readonly [number, number, number];

/** How linear RGB is seen without one kind of cones: Machado, Oliveira, Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1. */
const VISIONS: Readonly<Record<string, readonly Color[]>> = {
  common: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): Color {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** Oklab, where distances are about as they are seen. @see https://bottosson.github.io/posts/oklab/ */
function oklab([red, green, blue]: Color): Color {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function seen(hex: string, vision: readonly Color[]): Color {
  const color = linear(hex);
  const [red, green, blue] = vision.map((row) =>
    Math.min(1, Math.max(0, row[0] * color[0] + row[1] * color[1] + row[2] * color[2])),
  );
  return oklab([red!, green!, blue!]);
}

const [light, dark] = styles
  .split('prefers-color-scheme: dark')
  .map((part) => [...part.matchAll(/--class\d: (#[0-9a-f]{6})/g)].map((match) => match[1]!)) as [string[], string[]];

describe.each([
  ['light', light],
  ['dark', dark],
])('the colours of classes, %s', (_, colors) => {
  it('are as many as there are classes', () => {
    expect(colors).toHaveLength(CLASS_COLORS);
  });

  it.each(Object.entries(VISIONS))('can be told apart by %s vision', (__, vision) => {
    const distances = colors.flatMap((a, i) =>
      colors.slice(i + 1).map((b) => {
        const [p, q] = [seen(a, vision), seen(b, vision)];
        return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
      }),
    );
    // 0.02 is about what is just noticed side by side; squares are small and lie among others, so five times that is asked.
    expect(Math.min(...distances)).toBeGreaterThan(0.1);
  });
});
