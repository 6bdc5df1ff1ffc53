import { FixedPoint } from '../points/fixedPoint.js';
import { loewdin } from './loewdin.js';
import { checkRadialOptions, type RadialOptions } from '../options.js';

/** The radial functions g_nl(r) = Σ_b β_lnb r^l exp(-α_lb r²), orthonormal: ∫₀^∞ g_nl g_n'l r² dr = δ_nn'. */
export interface GtoBasis {
  /** (lMax+1)×nMax: α_lb at l·nMax + b. In 1/length². */
  readonly alpha: Float64Array;
  /** (lMax+1)×nMax×nMax: β_lnb at (l·nMax + n)·nMax + b; symmetric in n and b. In length^-(l+3/2). */
  readonly beta: Float64Array;
}

/** A Gaussian b ends at a_b, where a_b^l exp(-α_lb a_b²) = 1/1000 with a_b in units of rMin. */
const INVERSE_THRESHOLD = 1000n;

/** Enough for the paper's descriptor; harder bases take more. */
const FIRST_BITS = 256;

/**
 * The basis of Gaussian-type orbitals that DScribe uses (Himanen et al. 2020, doi:10.1016/j.cpc.2019.106949, section 2.4).
 *
 * The ends a_b are equally spaced on [rMin, rCut]; for nMax = 1, a_b = rMin. Then α_lb = ln(1000 (a_b/rMin)^l) / a_b², and
 * β_l = S_l^(-1/2) with the overlap S_bb' = ½ Γ(l+3/2) (α_b+α_b')^-(l+3/2) (Löwdin's orthonormalization).
 *
 * In DScribe rMin is 1 Å. Any other value stands for another unit of length, so that scaling the input together with rMin,
 * rCut and sigma leaves the functions the same.
 *
 * S is ill-conditioned: 5e31 for rCut 63, nMax 7, l 10. In float64 that would leave elements of β without a correct digit,
 * so α, S and β are computed with as many bits as it takes, and are right but for a few roundings of the results.
 *
 * @throws RangeError for an option out of range, or where float64 cannot hold the basis (rCut/rMin of 1e100, say)
 */
export function gtoBasis(options: RadialOptions): GtoBasis {
  const radial = checkRadialOptions(options);
  const { nMax, lMax, rMin } = radial;
  const alpha = new Float64Array((lMax + 1) * nMax);
  const beta = new Float64Array((lMax + 1) * nMax * nMax);
  const exponents = new GtoExponents(radial);
  let bits = FIRST_BITS;
  for (let l = 0; l <= lMax; l++) {
    const factor = loewdin(nMax, (fixed) => gtoOverlap(fixed, radial, exponents, l), bits);
    if (factor === undefined) throw new RangeError(notRepresentable(radial, l));
    const { fixed, elements } = factor;
    bits = fixed.bits; // as a rule S is harder for the next l
    const alphas = exponents.of(l, fixed.bits).map((value) => fixed.toNumber(value));
    const scale = Math.sqrt(2 / gammaOf(l)) * (2 * Math.min(...alphas)) ** ((2 * l + 3) / 4);
    const betas = elements.map((element) => (fixed.toNumber(element) * scale) / rMin ** (l + 1.5));
    if (!betas.every(isOrdinary)) throw new RangeError(notRepresentable(radial, l));
    for (const [b, value] of alphas.entries()) alpha[l * nMax + b] = value / rMin ** 2;
    beta.set(betas, l * nMax * nMax);
  }
  return { alpha, beta };
}

/** The exponents of a basis in any precision. What does not depend on l, logarithms above all, is computed once a precision. */
export class GtoExponents {
  readonly #radial: Required<RadialOptions>;
  readonly #grids = new Map<number, { fixed: FixedPoint; squares: bigint[]; logs: bigint[]; logThreshold: bigint }>();

  constructor(radial: Required<RadialOptions>) {
    this.#radial = radial;
  }

  /** α_lb in units of 1/rMin²: ln(1000 t^l) / t² with t = a_b/rMin. Off by some units times the logarithm. */
  of(l: number, bits: number): bigint[] {
    const { fixed, squares, logs, logThreshold } = this.#grid(bits);
    return squares.map((square, b) => fixed.divide(logThreshold + BigInt(l) * logs[b]!, square));
  }

  #grid(bits: number) {
    const known = this.#grids.get(bits);
    if (known !== undefined) return known;
    const { rCut, nMax, rMin } = this.#radial;
    const fixed = new FixedPoint(bits);
    const width = fixed.quotient(rCut, rMin) - fixed.one;
    const ends = Array.from(
      { length: nMax },
      (_, b) => fixed.one + (b === 0 ? 0n : (width * BigInt(b)) / BigInt(nMax - 1)),
    );
    const grid = {
      fixed,
      squares: ends.map((end) => fixed.multiply(end, end)),
      logs: ends.map((end) => fixed.log(end)),
      logThreshold: fixed.log(INVERSE_THRESHOLD * fixed.one),
    };
    this.#grids.set(bits, grid);
    return grid;
  }
}

/** S / (½ Γ(l+3/2) (2 min α)^-(l+3/2)), whose largest element is 1; each is right to a unit of `fixed`. */
export function gtoOverlap(
  fixed: FixedPoint,
  { rCut, rMin }: Required<RadialOptions>,
  exponents: GtoExponents,
  l: number,
): bigint[] {
  // α is as small as 1/t², which costs twice the bits of t = rCut/rMin; 40 more cover the logarithms and the power below.
  const fine = new FixedPoint(fixed.bits + 40 + 2 * Math.ceil(Math.log2(rCut) - Math.log2(rMin)));
  const excess = BigInt(fine.bits - fixed.bits);
  const alphas = exponents.of(l, fine.bits);
  const smallest = alphas.reduce((a, b) => (a < b ? a : b));
  return alphas.flatMap((alpha) =>
    alphas.map((other) => {
      const ratio = fine.divide(2n * smallest, alpha + other);
      return fine.multiply(fine.power(ratio, l + 1), fine.sqrt(ratio)) >> excess;
    }),
  );
}

/** Γ(l+3/2) = √π (1·3·…·(2l+1)) / 2^(l+1). */
function gammaOf(l: number): number {
  let value = Math.sqrt(Math.PI);
  for (let k = 0; k <= l; k++) value *= k + 0.5;
  return value;
}

function isOrdinary(value: number): boolean {
  return Number.isFinite(value) && value !== 0;
}

function notRepresentable({ rCut, nMax, rMin }: Required<RadialOptions>, l: number): string {
  return `rCut: expected a radial basis that float64 can hold, got rMin ${rMin}, rCut ${rCut}, nMax ${nMax} at l = ${l}`;
}
