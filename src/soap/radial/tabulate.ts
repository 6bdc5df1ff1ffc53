import { root } from './powers.js';
import type { RadialFunctionOptions, RadialFunctions } from './radialFunctions.js';
import { lagrangeWeights, polynomialWeights, REACH, STENCIL } from './stencil.js';

/**
 * The radial functions G_nl(r) as piecewise polynomials on [0, rMax], so that with R_p the offset of point p from the centre
 *
 *     c_nlm = Σ_p w(|R_p|) G_nl(|R_p|) Y_lm(R_p/|R_p|)
 *
 * At r = 0 they are exact, so zero for l > 0.
 *
 * To be read only: a table may be shared.
 */
export interface RadialTable {
  /** (lMax+1)·nMax; function l·nMax + n. */
  readonly nFunctions: number;
  /** rCut + σ√(-2 ln 0.001), input units. */
  readonly rMax: number;
  /** Interval i is [i·step, (i+1)·step), input units. */
  readonly step: number;
  /** Enough that r = rMax has its interval. */
  readonly nIntervals: number;
  /** Of the polynomials. */
  readonly degree: number;
  /**
   * nIntervals×(degree+1)×nFunctions: the coefficient of t^k of function f in interval i, t = r/step - i in [0, 1), at
   * (i·(degree+1) + k)·nFunctions + f.
   */
  readonly coefficients: Float64Array;
}

/** Of a table: polynomials of that degree, off by at most the tolerance times the maximum of their function on [0, rMax]. */
export interface Accuracy {
  readonly degree: number;
  readonly tolerance: number;
}

/** Bytes that a table may take. */
const MEMORY_LIMIT = 2 ** 28;

/** Interpolation between nodes may take this share of the tolerance. */
const INTERPOLATION_SHARE = 1e-3;

/** The error of the polynomials is estimated from one derivative in the middle between nodes: so much of the tolerance is for it. */
const POLYNOMIAL_SHARE = 0.7;

/** Steps are multiples of spacing/PHASES, so that intervals lie in few ways between the nodes. */
const PHASES = 64;

/** The widest step in units of the spacing: Lagrange's formula is nearly as good half a node beyond the middle. */
const WIDEST = 2;

/** A maximum below this would leave subnormal numbers among the coefficients that matter. */
const SMALLEST = 2 ** -900;

/** Rows before r = 0, which parity fills: the test of the spacing reaches over twice as many nodes as a stencil. */
const MARGIN = 2 * REACH;

/** Functions on uniform nodes. */
interface Samples {
  readonly spacing: number;
  /** Rows of nFunctions values; node k is row MARGIN + k. */
  readonly values: Float64Array;
  readonly nFunctions: number;
  /** Nodes in [0, rMax], and one more. There are MARGIN more on both sides. */
  readonly nNodes: number;
  /** The largest magnitude of each function in [0, rMax]. */
  readonly peaks: Float64Array;
}

/**
 * Piecewise polynomials of the functions. Nodes are as dense as it takes for interpolation between them to be exact for all
 * purposes, and steps as wide as the tolerance allows: both are measured on the values, since how fast the functions vary
 * depends on how many of them crowd.
 *
 * @throws RangeError where the table would take more than 2^28 bytes, or float64 cannot hold the functions
 */
export function tabulate(
  functions: RadialFunctions,
  options: Required<RadialFunctionOptions>,
  rMax: number,
  { degree, tolerance }: Accuracy,
): RadialTable {
  const samples = resolve(functions, options, rMax, { degree, tolerance });
  const { spacing, values, nFunctions } = samples;
  const phases = phasesPerStep(samples, degree + 1, tolerance);
  const step = (spacing * phases) / PHASES;
  const nIntervals = Math.floor((rMax / step) * (1 + 1e-9)) + 1; // r = rMax is inside, however r/step is rounded
  expectToFit(nIntervals * (degree + 1) * nFunctions, options);
  const coefficients = new Float64Array(nIntervals * (degree + 1) * nFunctions);
  const [weightsOf, firstWeightsOf] = [polynomialWeights(degree), polynomialWeights(degree, true)];
  const weightsOfPhase = new Map<number | 'first', Float64Array>();
  for (let i = 0; i < nIntervals; i++) {
    const node = Math.floor(((i + 0.5) * phases) / PHASES); // the last one before the middle of the interval
    const phase = i * phases - node * PHASES;
    // The first polynomials are exact at r = 0: a point there has no direction, and functions with l > 0 vanish.
    const key = i === 0 ? 'first' : phase;
    const weights = weightsOfPhase.get(key) ?? (i === 0 ? firstWeightsOf : weightsOf)(phase / PHASES, phases / PHASES);
    weightsOfPhase.set(key, weights);
    const row = MARGIN + node + 1 - REACH;
    for (let k = 0; k <= degree; k++) {
      const to = coefficients.subarray((i * (degree + 1) + k) * nFunctions, (i * (degree + 1) + k + 1) * nFunctions);
      addRows(to, values, row, 1, weights.subarray(k * STENCIL, (k + 1) * STENCIL));
    }
  }
  return { nFunctions, rMax, step, nIntervals, degree, coefficients };
}

/** Samples so dense that a value between nodes follows from its neighbours. */
function resolve(
  functions: RadialFunctions,
  options: Required<RadialFunctionOptions>,
  rMax: number,
  { degree, tolerance }: Accuracy,
): Samples {
  // Lagrange's formula on every other node is off by about 2^STENCIL times what it is off by on all of them.
  const limit = INTERPOLATION_SHARE * tolerance * 2 ** STENCIL;
  // Of a Gaussian of standard deviation s it is off by 3000 (spacing/s)^STENCIL; some functions vary faster, most by up to 1.3.
  let spacing = (functions.resolution / 1.3 / 2) * root(limit / 3000, STENCIL);
  for (;;) {
    const samples = sample(functions, options, rMax, spacing, degree);
    const error = errorOfHalf(samples);
    if (error <= limit) return samples;
    spacing *= Math.max(0.5, 0.95 * root(limit / error, STENCIL));
  }
}

function sample(
  functions: RadialFunctions,
  options: Required<RadialFunctionOptions>,
  rMax: number,
  spacing: number,
  degree: number,
): Samples {
  const { nMax, lMax } = options;
  const nFunctions = (lMax + 1) * nMax;
  const nNodes = Math.ceil(rMax / spacing) + 1;
  expectToFit((nNodes / WIDEST) * (degree + 1) * nFunctions, options);
  const values = new Float64Array((nNodes + 2 * MARGIN) * nFunctions);
  values.set(functions.sample(spacing, nNodes + MARGIN), MARGIN * nFunctions);
  for (let k = 1; k <= MARGIN; k++) {
    for (let f = 0; f < nFunctions; f++) {
      const sign = Math.floor(f / nMax) % 2 === 0 ? 1 : -1;
      values[(MARGIN - k) * nFunctions + f] = sign * values[(MARGIN + k) * nFunctions + f]!;
    }
  }
  const peaks = new Float64Array(nFunctions);
  for (let k = 0; k * spacing <= rMax; k++) {
    for (let f = 0; f < nFunctions; f++) {
      peaks[f] = Math.max(peaks[f]!, Math.abs(values[(MARGIN + k) * nFunctions + f]!));
    }
  }
  for (const [f, peak] of peaks.entries()) {
    if (peak >= SMALLEST && peak < Infinity) continue;
    throw new RangeError(
      `sigma: expected radial functions that float64 can hold, got a maximum of ${peak} at l = ${Math.floor(f / nMax)} for sigma ${options.sigma}, rCut ${options.rCut}`,
    );
  }
  return { spacing, values, nFunctions, nNodes, peaks };
}

/** By how much the odd nodes differ from what the even ones make of them, relative to each function's maximum. */
function errorOfHalf({ values, nFunctions, nNodes, peaks }: Samples): number {
  const weights = lagrangeWeights(0.5);
  const difference = new Float64Array(nFunctions);
  let error = 0;
  for (let k = 1; k < nNodes; k += 2) {
    for (let f = 0; f < nFunctions; f++) difference[f] = -values[(MARGIN + k) * nFunctions + f]!;
    addRows(difference, values, MARGIN + k + 1 - 2 * REACH, 2, weights);
    error = Math.max(error, largestRatio(difference, peaks));
  }
  return error;
}

/**
 * The widest step, in units of spacing/PHASES, that keeps to the tolerance: with f^(order)/order! = a in units of the spacing,
 * interpolation at Chebyshev points of [0, width] is off by at most 2 a (width/4)^order.
 */
function phasesPerStep({ values, nFunctions, nNodes, peaks }: Samples, order: number, tolerance: number): number {
  const weights = polynomialWeights(order)(0, 1).subarray(order * STENCIL);
  let steepest = 0;
  for (let k = 0; k < nNodes; k++) {
    const derivative = new Float64Array(nFunctions);
    addRows(derivative, values, MARGIN + k + 1 - REACH, 1, weights);
    steepest = Math.max(steepest, largestRatio(derivative, peaks));
  }
  const width = 4 * root((POLYNOMIAL_SHARE * tolerance) / (2 * steepest), order);
  return Math.max(1, Math.floor(Math.min(WIDEST, width) * PHASES));
}

/** Adds Σ_i weights_i (row first + i·stride) to `to`, four rows at a time. */
function addRows(to: Float64Array, values: Float64Array, first: number, stride: number, weights: Float64Array): void {
  const nFunctions = to.length;
  const next = stride * nFunctions;
  for (let i = 0; i < STENCIL; i += 4) {
    const at = (first + i * stride) * nFunctions;
    const [w0, w1, w2, w3] = [weights[i]!, weights[i + 1]!, weights[i + 2]!, weights[i + 3]!];
    for (let f = 0; f < nFunctions; f++) {
      const from = at + f;
      to[f]! +=
        w0 * values[from]! + w1 * values[from + next]! + w2 * values[from + 2 * next]! + w3 * values[from + 3 * next]!;
    }
  }
}

function largestRatio(values: Float64Array, peaks: Float64Array): number {
  let largest = 0;
  for (const [f, value] of values.entries()) largest = Math.max(largest, Math.abs(value) / peaks[f]!);
  return largest;
}

function expectToFit(nCoefficients: number, { rCut, sigma, nMax, lMax }: Required<RadialFunctionOptions>): void {
  const bytes = nCoefficients * Float64Array.BYTES_PER_ELEMENT;
  if (bytes <= MEMORY_LIMIT) return;
  throw new RangeError(
    `sigma: expected radial functions whose table takes at most ${MEMORY_LIMIT} bytes, got at least ${Math.ceil(bytes)} for sigma ${sigma}, rCut ${rCut}, nMax ${nMax}, lMax ${lMax}`,
  );
}
