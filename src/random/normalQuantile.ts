import { logarithm } from './logarithm.js';

/** Eight coefficients, constant term first. */
type Coefficients = readonly [number, number, number, number, number, number, number, number];

// |p − ½| ≤ 0.425, in 0.425² − (p − ½)²
const CENTRAL_NUMERATOR = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
] as const;
const CENTRAL_DENOMINATOR = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
] as const;

// √(−ln p) from 1.6 to 5, down to p = e⁻²⁵ = 1.4e-11, in √(−ln p) − 1.6
const NEAR_NUMERATOR = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
] as const;
const NEAR_DENOMINATOR = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
] as const;

// √(−ln p) above 5, in √(−ln p) − 5
const FAR_NUMERATOR = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
] as const;
const FAR_DENOMINATOR = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
  1.421511758316446e-7, 2.0442631033899397e-15,
] as const;

/**
 * Inverse of the standard normal distribution function for p in (0, 1), relative error about 1e-15 (PPND16).
 *
 * Uses IEEE basic operations and the square root alone, so that the result is the same bits on every machine. Exactly
 * antisymmetric: quantile(p) = −quantile(1 − p) where 1 − p is exact.
 *
 * @see Wichura 1988, Algorithm AS 241, doi:10.2307/2347330
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRAL_NUMERATOR, CENTRAL_DENOMINATOR, 0.180625 - q * q);
  const r = Math.sqrt(-logarithm(q < 0 ? p : 1 - p));
  const tail = r <= 5 ? ratio(NEAR_NUMERATOR, NEAR_DENOMINATOR, r - 1.6) : ratio(FAR_NUMERATOR, FAR_DENOMINATOR, r - 5);
  return q < 0 ? -tail : tail;
}

function ratio(numerator: Coefficients, denominator: Coefficients, r: number): number {
  return polynomial(numerator, r) / polynomial(denominator, r);
}

function polynomial(c: Coefficients, r: number): number {
  return ((((((c[7] * r + c[6]) * r + c[5]) * r + c[4]) * r + c[3]) * r + c[2]) * r + c[1]) * r + c[0];
}
