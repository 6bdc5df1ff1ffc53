import { gtoBasis, type SoapOptions } from '#dist/soap/index.js';

interface Complex {
  readonly re: number;
  readonly im: number;
}

/** Y_l^m by equation 6 of the paper, m ≥ 0, with P_l^m from its explicit sum over powers of cos θ. */
export function sphericalHarmonic(l: number, m: number, theta: number, phi: number): Complex {
  let legendre = 0;
  for (let k = 0; 2 * k <= l - m; k++) {
    const coefficient =
      ((-1) ** k * factorial(2 * l - 2 * k)) / (2 ** l * factorial(k) * factorial(l - k) * factorial(l - 2 * k - m));
    legendre += coefficient * Math.cos(theta) ** (l - 2 * k - m);
  }
  legendre *= Math.sin(theta) ** m;
  const norm = (-1) ** m * Math.sqrt(((2 * l + 1) * factorial(l - m)) / (4 * Math.PI * factorial(l + m)));
  return { re: norm * legendre * Math.cos(m * phi), im: norm * legendre * Math.sin(m * phi) };
}

/** The power spectrum at one centre with complex harmonics in angles, every sum written out: slow and plain. */
export function referencePowerSpectrum(
  points: Float64Array,
  center: readonly [number, number, number],
  options: Required<SoapOptions>,
): number[] {
  const { rCut, nMax, lMax, sigma } = options;
  const { alpha, beta } = gtoBasis(options);
  const near = offsetsInRange(points, center, rCut + sigma * Math.sqrt(-2 * Math.log(0.001)));

  const coefficient = (n: number, l: number, m: number): Complex => {
    let re = 0;
    let im = 0;
    for (const [x, y, z] of near) {
      const r = Math.hypot(x, y, z);
      const harmonic = sphericalHarmonic(l, m, r === 0 ? 0 : Math.acos(z / r), Math.atan2(y, x));
      let radial = 0;
      for (let b = 0; b < nMax; b++) {
        const a = alpha[l * nMax + b]!;
        const spread = 1 + 2 * a * sigma ** 2;
        radial += beta[(l * nMax + n) * nMax + b]! * spread ** -(l + 1.5) * Math.exp((-a / spread) * r ** 2);
      }
      re += r ** l * radial * harmonic.re;
      im += r ** l * radial * harmonic.im;
    }
    const norm = (2 * Math.PI * sigma ** 2) ** 1.5;
    return { re: norm * re, im: norm * im };
  };

  const row: number[] = [];
  for (let l = 0; l <= lMax; l++) {
    for (let n = 0; n < nMax; n++) {
      for (let other = n; other < nMax; other++) {
        let sum = 0;
        for (let m = 0; m <= l; m++) {
          const a = coefficient(n, l, m);
          const b = coefficient(other, l, m);
          sum += (m === 0 ? 1 : 2) * (a.re * b.re + a.im * b.im); // -m is the conjugate of m but for a sign
        }
        row.push(Math.PI * Math.sqrt(8 / (2 * l + 1)) * sum);
      }
    }
  }
  return row;
}

/** Nodes and weights of Gauss's quadrature on [from, to], by Newton's method on P_count. */
export function gaussLegendre(count: number, from: number, to: number): { node: number; weight: number }[] {
  return Array.from({ length: count }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let step = 0; step < 20; step++) {
      let [previous, current] = [1, x];
      for (let l = 1; l < count; l++)
        [previous, current] = [current, ((2 * l + 1) * x * current - l * previous) / (l + 1)];
      slope = (count * (x * current - previous)) / (x * x - 1);
      x -= current / slope;
    }
    return { node: (from + to + (to - from) * x) / 2, weight: (to - from) / ((1 - x * x) * slope * slope) };
  });
}

function offsetsInRange(points: Float64Array, center: readonly [number, number, number], cutoff: number) {
  const offsets: [number, number, number][] = [];
  for (let i = 0; i < points.length; i += 3) {
    const offset: [number, number, number] = [
      points[i]! - center[0],
      points[i + 1]! - center[1],
      points[i + 2]! - center[2],
    ];
    if (Math.hypot(...offset) <= cutoff) offsets.push(offset);
  }
  return offsets;
}

function factorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
}
