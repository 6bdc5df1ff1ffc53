import { gtoBasis, type RadialOptions, type SoapOptions as AnySoapOptions } from '#dist/soap/index.js';

/** With a rCut of their own. */
type SoapOptions = AnySoapOptions & RadialOptions;

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

/** c_nlm of one density, m ≥ 0, at [n][l][m]. */
type Coefficients = Complex[][][];

/** A row a centre, or one for all: complex harmonics in angles, every sum and every integral written out: slow and plain. */
export function referenceRows(
  points: Float64Array,
  species: readonly number[],
  centers: Float64Array,
  options: SoapOptions,
): number[][] {
  const { average = 'off', nSpecies = 1 } = options;
  const radial = options.radialBasis === 'polynomial' ? polynomialRadial(options) : gtoRadial(options);
  const byCenter = triples(centers).map((center) =>
    Array.from({ length: nSpecies }, (_, s) => {
      const own = triples(points).filter((__, i) => species[i] === s);
      return expand(own, center, radial, options);
    }),
  );
  if (byCenter.length === 0) return [];
  const share = 1 / byCenter.length;
  if (average === 'inner') {
    const means = Array.from({ length: nSpecies }, (_, s) => scaled(total(byCenter.map((all) => all[s]!)), share));
    return [contract(means, options)];
  }
  const rows = byCenter.map((all) => contract(all, options));
  if (average === 'off') return rows;
  return [rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) * share)];
}

function expand(
  points: readonly Triple[],
  center: Triple,
  radial: (n: number, l: number, r: number) => number,
  options: SoapOptions,
): Coefficients {
  const { rCut, nMax, lMax, sigma } = options;
  const zero = Array.from({ length: nMax }, () =>
    Array.from({ length: lMax + 1 }, (_, l) => Array.from({ length: l + 1 }, () => ({ re: 0, im: 0 }))),
  );
  const cutoff = rCut + sigma * Math.sqrt(-2 * Math.log(0.001));
  return total([
    zero,
    ...points
      .map((point): Triple => [point[0] - center[0], point[1] - center[1], point[2] - center[2]])
      .filter((offset) => Math.hypot(...offset) <= cutoff)
      .map(([x, y, z]) => {
        const r = Math.hypot(x, y, z);
        const theta = r === 0 ? 0 : Math.acos(z / r);
        return zero.map((ofN, n) =>
          ofN.map((ofL, l) =>
            ofL.map((_, m) => {
              const { re, im } = sphericalHarmonic(l, m, theta, Math.atan2(y, x));
              const factor = weight(r, options) * radial(n, l, r);
              return { re: factor * re, im: factor * im };
            }),
          ),
        );
      }),
  ]);
}

/** The sums of products, the pairs of species in the order that the compression gives. */
function contract(densities: readonly Coefficients[], { nMax, lMax, compression = 'off' }: SoapOptions): number[] {
  const everything = total(densities);
  const pairs: (readonly [Coefficients, Coefficients])[] = {
    off: () => densities.flatMap((left, s) => densities.slice(s).map((right) => [left, right] as const)),
    crossover: () => densities.map((density) => [density, density] as const),
    mu1nu1: () => densities.map((density) => [density, everything] as const),
    mu2: () => [[everything, everything] as const],
  }[compression]();
  const row: number[] = [];
  for (const [left, right] of pairs) {
    for (let l = 0; l <= lMax; l++) {
      for (let n = 0; n < nMax; n++) {
        for (let other = left === right ? n : 0; other < nMax; other++) {
          let sum = 0;
          for (let m = 0; m <= l; m++) {
            const a = left[n]![l]![m]!;
            const b = right[other]![l]![m]!;
            sum += (m === 0 ? 1 : 2) * (a.re * b.re + a.im * b.im); // -m is the conjugate of m but for a sign
          }
          row.push(Math.PI * Math.sqrt(8 / (2 * l + 1)) * sum);
        }
      }
    }
  }
  return row;
}

function total(all: readonly Coefficients[]): Coefficients {
  return all[0]!.map((ofN, n) =>
    ofN.map((ofL, l) =>
      ofL.map((_, m) => ({
        re: all.reduce((sum, one) => sum + one[n]![l]![m]!.re, 0),
        im: all.reduce((sum, one) => sum + one[n]![l]![m]!.im, 0),
      })),
    ),
  );
}

function scaled(coefficients: Coefficients, factor: number): Coefficients {
  return coefficients.map((ofN) => ofN.map((ofL) => ofL.map(({ re, im }) => ({ re: factor * re, im: factor * im }))));
}

/** As the documentation of DScribe has it. */
function weight(r: number, { weighting }: SoapOptions): number {
  if (weighting === undefined) return 1;
  if (weighting.w0 !== undefined && r === 0) return weighting.w0;
  switch (weighting.function) {
    case undefined:
      return 1;
    case 'poly': {
      const { r0, c, m } = weighting;
      return r > r0 ? 0 : c * (1 + 2 * (r / r0) ** 3 - 3 * (r / r0) ** 2) ** m;
    }
    case 'pow':
      return weighting.c / (weighting.d + (r / weighting.r0) ** weighting.m);
    case 'exp':
      return weighting.c / (weighting.d + Math.exp(-r / weighting.r0));
  }
}

/** G_nl(r): what a Gaussian at the distance r contributes, from α and β. */
function gtoRadial(options: SoapOptions): (n: number, l: number, r: number) => number {
  const { nMax, sigma } = options;
  const { alpha, beta } = gtoBasis(options);
  return (n, l, r) => {
    let sum = 0;
    for (let b = 0; b < nMax; b++) {
      const a = alpha[l * nMax + b]!;
      const spread = 1 + 2 * a * sigma ** 2;
      sum += beta[(l * nMax + n) * nMax + b]! * spread ** -(l + 1.5) * Math.exp((-a / spread) * r ** 2);
    }
    return (2 * Math.PI * sigma ** 2) ** 1.5 * r ** l * sum;
  };
}

/** The same for g_n = Σ_b S^(-1/2)_nb (rCut - r)^(b+3) on [0, rCut], by integrating over r and the angle to the Gaussian. */
function polynomialRadial({ rCut, nMax, sigma }: SoapOptions): (n: number, l: number, r: number) => number {
  const distances = gaussLegendre(48, 0, rCut);
  const cosines = gaussLegendre(48, -1, 1);
  const basis = polynomialBasis(rCut, nMax);
  const functions = distances.map(({ node }) => basis(node));
  const overAngle = new Map<string, number[]>();
  const integrals = (l: number, r: number): number[] =>
    distances.map(({ node: s }) =>
      cosines.reduce((sum, { node: t, weight: angleWeight }) => {
        const legendre = sphericalHarmonic(l, 0, Math.acos(t), 0).re / Math.sqrt((2 * l + 1) / (4 * Math.PI));
        return sum + angleWeight * legendre * Math.exp(-(s * s + r * r - 2 * s * r * t) / (2 * sigma * sigma));
      }, 0),
    );
  return (n, l, r) => {
    const key = `${l} ${r}`;
    if (!overAngle.has(key)) overAngle.set(key, integrals(l, r));
    const ofAngle = overAngle.get(key)!;
    return distances.reduce(
      (sum, { node: s, weight: radialWeight }, i) =>
        sum + 2 * Math.PI * radialWeight * s * s * functions[i]![n]! * ofAngle[i]!,
      0,
    );
  };
}

const BITS = 400n;

/**
 * g_n(s) for all n, in fixed-point numbers of 400 bits: the condition number of S is 1e16 for nMax 8, rCut 5.
 *
 * S^(-1/2) by the iteration of Newton and Schulz, which wants eigenvalues up to 1: hence the trace.
 */
function polynomialBasis(rCut: number, nMax: number): (s: number) => number[] {
  const one = 1n << BITS;
  const exact = (value: number) => BigInt(value * 2 ** 60) << (BITS - 60n);
  const multiply = (a: bigint, b: bigint) => (a * b) >> BITS;
  const power = (a: bigint, exponent: number): bigint => (exponent === 0 ? one : multiply(a, power(a, exponent - 1)));
  const matrix = (element: (i: number, j: number) => bigint): bigint[][] =>
    Array.from({ length: nMax }, (_, i) => Array.from({ length: nMax }, (__, j) => element(i, j)));
  const matrixProduct = (a: bigint[][], b: bigint[][]) =>
    matrix((i, j) => a[i]!.reduce((sum, element, k) => sum + multiply(element, b[k]![j]!), 0n));

  const overlap = matrix((i, j) => {
    const divisor = BigInt((7 + i + j) * (8 + i + j) * (9 + i + j));
    return (2n * power(exact(rCut), 9 + i + j)) / divisor;
  });
  const trace = overlap.reduce((sum, row, i) => sum + row[i]!, 0n);
  let y = matrix((i, j) => (overlap[i]![j]! << BITS) / trace);
  let z = matrix((i, j) => (i === j ? one : 0n));
  for (let step = 0; step < 150; step++) {
    const zy = matrixProduct(z, y);
    const t = matrix((i, j) => ((i === j ? 3n * one : 0n) - zy[i]![j]!) / 2n);
    [y, z] = [matrixProduct(y, t), matrixProduct(t, z)];
  }
  const norm = Math.sqrt(Number(trace) / Number(one));
  return (s) => {
    const rest = exact(rCut) - exact(s);
    return z.map((row) => {
      const sum = row.reduce((value, element, b) => value + multiply(element, power(rest, b + 3)), 0n);
      return Number(sum) / Number(one) / norm;
    });
  };
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

type Triple = readonly [number, number, number];

function triples(values: Float64Array): Triple[] {
  return Array.from({ length: values.length / 3 }, (_, i) => [values[3 * i]!, values[3 * i + 1]!, values[3 * i + 2]!]);
}

function factorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
}
