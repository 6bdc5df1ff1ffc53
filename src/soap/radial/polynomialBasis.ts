import { ValueError } from '../../errors.js';
import { FixedPoint } from '../points/fixedPoint.js';
import { largest, loewdin } from '../basis/loewdin.js';

/** The functions are right to 2^-60 of rCut^(-3/2), which is less than their maximum. */
const RELATIVE_ERROR_BITS = 60;

const FIRST_BITS = 256;

/**
 * The polynomial radial basis: φ_n(r) = (rCut - r)^(n+2), n = 1 to nMax, on [0, rCut], made orthonormal by Löwdin's method:
 * ∫ g_n g_n' r² dr = δ_nn'. The overlaps are
 *
 *     S_nn' = ∫ φ_n φ_n' r² dr = 2 rCut^(n+n'+7) / ((n+n'+5)(n+n'+6)(n+n'+7))
 *
 * Since φ_n has a dimension that depends on n, so do the weights with which Löwdin's method treats them: another unit of length
 * gives other functions (which span the same space). DScribe takes lengths in Å; here they are in input units.
 *
 * The sum over φ_n cancels (S is as ill-conditioned as a Hilbert matrix), so it is done with as many bits as it takes.
 *
 * @param radii in [0, rCut], input units
 * @returns g_n(r): radii×nMax, in length^(-3/2)
 * @throws RangeError where float64 cannot hold the functions
 * @see Bartók, Kondor, Csányi 2013, doi:10.1103/PhysRevB.87.184115, with r² in the integral; DScribe's rbf="polynomial"
 */
export function polynomialBasis(rCut: number, nMax: number, radii: Float64Array): Float64Array {
  const order = BigInt(nMax);
  const factor = loewdin(
    nMax,
    (fixed) => overlap(fixed, rCut, nMax),
    FIRST_BITS,
    ({ fixed, elements, error }) => {
      // Each of the nMax terms is off by the error of β and by some nMax roundings, which count as often as β is large.
      const roundings = 4n * order * ((largest(elements) >> BigInt(fixed.bits)) + 1n);
      return (order * (error + roundings)) << BigInt(RELATIVE_ERROR_BITS) <= fixed.one;
    },
  );
  if (factor === undefined) {
    throw new ValueError(
      { option: 'rCut' },
      `expected radial functions that float64 can hold, got rCut ${rCut}, nMax ${nMax}`,
    );
  }
  const { fixed, elements } = factor;
  const powers = powersOf(fixed, rCut, nMax);
  const coefficients = elements.map((element, i) => fixed.multiply(element, powers[i % nMax]!));
  const norm = Math.sqrt(Number(denominator(leading(rCut, nMax))) / 2 / rCut ** 3);
  const values = new Float64Array(radii.length * nMax);
  for (const [i, r] of radii.entries()) {
    const u = fixed.one - fixed.quotient(r, rCut);
    const cube = fixed.power(u, 3);
    for (let n = 0; n < nMax; n++) {
      let sum = 0n;
      for (let b = nMax - 1; b >= 0; b--) sum = fixed.multiply(sum, u) + coefficients[n * nMax + b]!;
      values[i * nMax + n] = norm * fixed.toNumber(fixed.multiply(sum, cube));
    }
  }
  return values;
}

/** S in units that make its largest element 1: rCut^(i+j-2) for the smaller and rCut^(i+j-2nMax) for the larger rCut. */
function overlap(fixed: FixedPoint, rCut: number, nMax: number): bigint[] {
  const fine = new FixedPoint(fixed.bits + 32);
  const powers = powersOf(fine, rCut, nMax);
  const scale = denominator(leading(rCut, nMax));
  return Array.from({ length: nMax * nMax }, (_, index) => {
    const i = Math.floor(index / nMax);
    const j = index % nMax;
    return ((fine.multiply(powers[i]!, powers[j]!) * scale) / denominator(i + j + 2)) >> 32n;
  });
}

/** rCut^(n-1), or rCut^(n-nMax) where rCut > 1, for n = 1 to nMax: at most 1. */
function powersOf(fixed: FixedPoint, rCut: number, nMax: number): bigint[] {
  return Array.from({ length: nMax }, (_, i) =>
    rCut > 1 ? fixed.power(fixed.quotient(1, rCut), nMax - 1 - i) : fixed.power(fixed.quotient(rCut, 1), i),
  );
}

/** n + n' of the largest element of S, in the units of `overlap`. */
function leading(rCut: number, nMax: number): number {
  return rCut > 1 ? 2 * nMax : 2;
}

/** (s+5)(s+6)(s+7). */
function denominator(sum: number): bigint {
  const s = BigInt(sum);
  return (s + 5n) * (s + 6n) * (s + 7n);
}
