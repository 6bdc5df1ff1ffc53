import { FixedPoint } from '../points/fixedPoint.js';
import type { GtoExponents } from '../basis/gtoBasis.js';
import { cutoffRadius } from '../options.js';
import type { RadialFunctionOptions } from './radialFunctions.js';
import { power, threeHalves } from './powers.js';

/**
 * `sums` leaves an exponential off by 4 (k+1)² units at most at node k, where the largest table has less than 2^25
 * nodes.
 */
export const EXPONENTIAL_ERROR_BITS = 52;

/** The radial functions of one l. */
export interface GtoShell {
  readonly l: number;
  /** Of the narrowest primitive, in 1/length². */
  readonly largestAlpha: number;
  /**
   * G_nl(r)/prefactor at the nodes r = k·spacing: count×nMax. The length is a power of two times the spacing and beyond the last
   * node, so that r/length is exact and less than 1.
   */
  sums(spacing: number, count: number): { readonly sums: Float64Array; readonly length: number };
  /** (2πσ²)^(3/2) length^l leastSpread^-(l+3/2) (½ Γ(l+3/2) (2 leastAlpha)^-(l+3/2))^(-1/2), in length^(3/2). */
  prefactor(length: number): number;
}

/**
 * With spread_b = 1 + 2 α_b σ²:
 *
 *     G_nl(r) = prefactor · (r/length)^l Σ_b β_nb (least spread/spread_b)^(l+3/2) exp(-r² α_b/spread_b)
 *
 * β is the scaled overlap (`gtoOverlap`) to the power -1/2; all that scales it back is in the prefactor, which the choice of a
 * length keeps near the size of the functions.
 *
 * @param fixed of β and of the exponentials
 * @param beta nMax×nMax
 */
export function gtoShell(
  { nMax, sigma, rMin, ...options }: Required<RadialFunctionOptions>,
  exponents: GtoExponents,
  l: number,
  fixed: FixedPoint,
  beta: readonly bigint[],
): GtoShell {
  // Of the decays, whose errors count r² times.
  const fine = new FixedPoint(fixed.bits + 64 + 2 * Math.ceil(Math.log2(cutoffRadius({ ...options, sigma }) / rMin)));
  const excess = BigInt(fine.bits - fixed.bits);
  const alphas = exponents.of(l, fine.bits);
  const width = fine.quotient(sigma, rMin);
  const twiceVariance = 2n * fine.multiply(width, width);
  const spreads = alphas.map((alpha) => fine.one + fine.multiply(twiceVariance, alpha));
  const leastSpread = least(spreads);
  const starts = spreads.map((spread) => {
    const ratio = fine.divide(leastSpread, spread); // to the power l + 3/2, at most 1
    return fine.multiply(fine.power(ratio, l + 1), fine.sqrt(ratio)) >> excess;
  });
  const decays = alphas.map((alpha, b) => fine.divide(alpha, spreads[b]!)); // in 1/rMin²
  const leastAlpha = fine.toNumber(least(alphas)) / rMin ** 2; // in 1/length²
  const spreadSquared = fine.toNumber(leastSpread) ** 2;

  /** exp(-decay_b spacing²). */
  function quotientsOf(spacing: number): bigint[] {
    const unit = fine.quotient(spacing, rMin);
    const square = fine.multiply(unit, unit);
    return decays.map((decay) => fixed.exp(-fine.multiply(decay, square) >> excess));
  }

  return {
    l,
    largestAlpha: Math.max(...alphas.map((alpha) => fine.toNumber(alpha))) / rMin ** 2,
    // On uniform nodes an exponential E_k = exp(-x k²) takes two products: E_k+1 = E_k q_k with q_k+1 = q_k q_0², q_0 = exp(-x).
    sums(spacing, count) {
      const exponentials = [...starts];
      const quotients = quotientsOf(spacing);
      const quotientRatios = quotients.map((quotient) => fixed.multiply(quotient, quotient));
      const nodesToLength = 2 ** Math.ceil(Math.log2(count));
      const sums = new Float64Array(count * nMax);
      for (let k = 0; k < count; k++) {
        const factor = power(k / nodesToLength, l);
        for (let n = 0; n < nMax; n++) {
          let sum = 0n;
          for (let b = 0; b < nMax; b++) sum += beta[n * nMax + b]! * exponentials[b]!;
          sums[k * nMax + n] = factor * fixed.toNumber(fixed.reduce(sum));
        }
        for (let b = 0; b < nMax; b++) {
          exponentials[b] = fixed.multiply(exponentials[b]!, quotients[b]!);
          quotients[b] = fixed.multiply(quotients[b]!, quotientRatios[b]!);
        }
      }
      return { sums, length: nodesToLength * spacing };
    },
    prefactor(length) {
      let square = (4 / Math.sqrt(Math.PI)) * threeHalves((2 * leastAlpha) / spreadSquared);
      for (let k = 1; k <= l; k++) square *= (2 * leastAlpha * length ** 2) / spreadSquared / (k + 0.5);
      return threeHalves(2 * Math.PI * sigma ** 2) * Math.sqrt(square);
    },
  };
}

function least(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (a < b ? a : b));
}
