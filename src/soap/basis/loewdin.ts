import { FixedPoint } from '../points/fixedPoint.js';
import { inverseSqrt } from './inverseSqrt.js';

/** Elements of S^(-1/2) are right to this part of themselves, far below the 2^-53 that rounding to float64 costs. */
const RELATIVE_ERROR_BITS = 60n;

const MAX_BITS = 8192;

/** Bits come by the word. */
const WORD = 64;

/** A symmetric matrix S^(-1/2), and the arithmetic that its numbers belong to. */
export interface LoewdinFactor {
  readonly fixed: FixedPoint;
  readonly elements: readonly bigint[];
  /** Each element is off by at most this much, in units of `fixed`. */
  readonly error: bigint;
}

/**
 * Löwdin's factor S^(-1/2) at whatever precision it takes.
 *
 * @param overlap S as n×n numbers of the given precision, each off by one unit at most, the largest about 1
 * @param firstBits the precision to begin with; it grows by half until the factor suffices
 * @param suffices whether the error of a factor can be borne; by default where every element is right to 2^-60 of itself
 * @returns undefined where 8192 bits do not suffice: S is singular for all practical purposes
 */
export function loewdin(
  n: number,
  overlap: (fixed: FixedPoint) => bigint[],
  firstBits: number,
  suffices: (factor: LoewdinFactor) => boolean = hasAccurateElements,
): LoewdinFactor | undefined {
  for (let bits = firstBits; bits <= MAX_BITS; bits = WORD * Math.ceil((1.5 * bits) / WORD)) {
    const fixed = new FixedPoint(bits);
    const matrix = overlap(fixed);
    const elements = inverseSqrt(fixed, matrix, n);
    if (elements === undefined) continue;
    const factor = { fixed, elements, error: errorBound(fixed, matrix, elements, n) };
    if (suffices(factor)) return factor;
  }
  return undefined;
}

function hasAccurateElements({ elements, error }: LoewdinFactor): boolean {
  return elements.every((element) => error << RELATIVE_ERROR_BITS <= magnitude(element));
}

/**
 * How far B can be from S^(-1/2), element by element.
 *
 * With BSB = 1 + E, B is the exact factor of S + B⁻¹EB⁻¹, and to first order |B - S^(-1/2)| ≤ ½ |B| |E|. An error δ of S
 * itself counts as E = BδB. The norms are bounded by n times the largest element.
 */
function errorBound(fixed: FixedPoint, matrix: readonly bigint[], factor: readonly bigint[], n: number): bigint {
  const product = multiply(fixed, multiply(fixed, factor, matrix, n), factor, n);
  const residual = product.map((element, i) => (i % (n + 1) === 0 ? element - fixed.one : element));
  const order = BigInt(n);
  const norm = order * largest(factor);
  const fromOverlap = fixed.multiply(norm, norm) * order; // |B|² |δ|, where |δ| is n units
  return fixed.multiply(norm, order * largest(residual) + fixed.reduce(fromOverlap)) / 2n + 1n;
}

function multiply(fixed: FixedPoint, a: readonly bigint[], b: readonly bigint[], n: number): bigint[] {
  return Array.from({ length: n * n }, (_, index) => {
    const row = index - (index % n);
    let sum = 0n;
    for (let k = 0; k < n; k++) sum += a[row + k]! * b[k * n + (index % n)]!;
    return fixed.reduce(sum);
  });
}

/** The largest magnitude. */
export function largest(values: readonly bigint[]): bigint {
  return values.map(magnitude).reduce((a, b) => (a > b ? a : b));
}

function magnitude(a: bigint): bigint {
  return a < 0n ? -a : a;
}
