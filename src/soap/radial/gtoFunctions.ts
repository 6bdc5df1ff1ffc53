import { FixedPoint } from '../points/fixedPoint.js';
import { GtoExponents, gtoOverlap } from '../basis/gtoBasis.js';
import { largest, loewdin, type LoewdinFactor } from '../basis/loewdin.js';
import { cutoffRadius } from '../options.js';
import { EXPONENTIAL_ERROR_BITS, type GtoShell, gtoShell } from './gtoShell.js';
import type { RadialFunctionOptions, RadialFunctions } from './radialFunctions.js';

/** Sums are right to this part of their function's maximum, far below the 2^-53 that rounding to float64 costs. */
const RELATIVE_ERROR_BITS = 60;

/** The functions of an l are tried out at so many radii to see how large they are. */
const N_TRIALS = 48;

/** Enough for l = 0 of the paper's descriptor; harder functions take more. */
const FIRST_BITS = 256;

/**
 * The radial functions of Gaussian-type orbitals:
 *
 *     G_nl(r) = (2πσ²)^(3/2) r^l Σ_b β_lnb (1+2α_lb σ²)^-(l+3/2) exp(-α_lb r²/(1+2α_lb σ²))
 *
 * The terms of the sum over b cancel, by 1e15 and more where many wide Gaussians crowd. So β is not rounded, and all is summed
 * with as many bits as it takes: each value is right to some roundings of float64, and to 2^-60 of the maximum of its function
 * up to the cutoff.
 *
 * @see gtoBasis for α and β
 * @throws RangeError where 8192 bits do not suffice for β
 */
export function gtoFunctions(options: Required<RadialFunctionOptions>): RadialFunctions {
  const { nMax, lMax, sigma } = options;
  const exponents = new GtoExponents(options);
  const shells: GtoShell[] = [];
  let bits = FIRST_BITS;
  for (let l = 0; l <= lMax; l++) {
    const { shell, bitsTaken } = shellOf(options, exponents, l, bits);
    shells.push(shell);
    bits = bitsTaken; // as a rule the next l is harder
  }
  const narrowest = Math.max(...shells.map(({ largestAlpha }) => largestAlpha));

  const sample = (spacing: number, count: number) => {
    const nFunctions = (lMax + 1) * nMax;
    const values = new Float64Array(count * nFunctions);
    for (const shell of shells) {
      const { sums, length } = shell.sums(spacing, count);
      const prefactor = shell.prefactor(length);
      for (let k = 0; k < count; k++) {
        const at = k * nFunctions + shell.l * nMax;
        for (let n = 0; n < nMax; n++) values[at + n] = prefactor * sums[k * nMax + n]!;
      }
    }
    return values;
  };
  return { resolution: Math.sqrt(sigma ** 2 + 1 / (2 * narrowest)), sample };
}

/** The functions of one l, with as many bits as the cancellation in them asks for. */
function shellOf(options: Required<RadialFunctionOptions>, exponents: GtoExponents, l: number, firstBits: number) {
  const { nMax, rCut, rMin } = options;
  let bitsOfSums = 0; // fewer than those of S^(-1/2), whose errors grow as the cube of its elements
  const suffices = ({ fixed, elements, error }: LoewdinFactor) => {
    const trial = gtoShell(options, exponents, l, fixed, elements);
    const smallestPeak = Math.min(...peaks(trial.sums(cutoffRadius(options) / N_TRIALS, N_TRIALS + 1).sums, nMax));
    // A sum is off by nMax times the error of β, and by nMax times the largest β times the error of the exponentials.
    const amplification = (nMax * fixed.toNumber(largest(elements))) / smallestPeak;
    bitsOfSums = Math.ceil(Math.log2(amplification)) + EXPONENTIAL_ERROR_BITS + RELATIVE_ERROR_BITS + 1;
    return bitsOfSums <= fixed.bits && (nMax * fixed.toNumber(error)) / smallestPeak <= 2 ** -(RELATIVE_ERROR_BITS + 1);
  };
  const factor = loewdin(nMax, (fixed) => gtoOverlap(fixed, options, exponents, l), firstBits, suffices);
  if (factor === undefined) {
    throw new RangeError(
      `rCut: expected radial functions that float64 can hold, got rMin ${rMin}, rCut ${rCut}, nMax ${nMax} at l = ${l}`,
    );
  }
  const dropped = BigInt(factor.fixed.bits - bitsOfSums);
  const beta = factor.elements.map((element) => element >> dropped);
  const shell = gtoShell(options, exponents, l, new FixedPoint(bitsOfSums), beta);
  return { shell, bitsTaken: factor.fixed.bits };
}

/** The largest magnitude of each function. */
function peaks(values: Float64Array, nFunctions: number): Float64Array {
  const result = new Float64Array(nFunctions);
  for (const [i, value] of values.entries())
    result[i % nFunctions] = Math.max(result[i % nFunctions]!, Math.abs(value));
  return result;
}
