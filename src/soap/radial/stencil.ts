import { cosine } from './cosine.js';

/** Nodes on either side of a point from which a value is interpolated: Lagrange's formula of 24 nodes. */
export const REACH = 12;

/** Nodes of the formula: 1 - REACH to REACH, for a point in [0, 1] or not far from it. */
export const STENCIL = 2 * REACH;

/** The weights of the nodes in the value at a point, in units of the spacing. */
export function lagrangeWeights(point: number): Float64Array {
  return Float64Array.from({ length: STENCIL }, (_, i) => {
    let weight = 1;
    for (let j = 0; j < STENCIL; j++) if (j !== i) weight *= (point + REACH - 1 - j) / (i - j);
    return weight;
  });
}

/**
 * The weights of the nodes in the coefficients of a polynomial of the given degree that interpolates between them on
 * [start, start + width]: near the minimax polynomial, for it agrees with Lagrange's formula at the zeros of the Chebyshev
 * polynomial T_degree+1.
 *
 * Values go to Chebyshev coefficients a_j and those to powers of t, (x - start)/width = t in [0, 1], rather than straight to
 * powers: an error of a_j counts no more than itself, while errors of single powers count a thousandfold.
 *
 * @param isExactAtStart stretches the interval downwards until the first zero is at `start`
 * @returns a function of `start` and `width`, in units of the spacing; of it (degree+1)×STENCIL, row k for the coefficient of t^k
 */
export function polynomialWeights(
  degree: number,
  isExactAtStart = false,
): (start: number, width: number) => Float64Array {
  const angles = Array.from({ length: degree + 1 }, (_, p) => (Math.PI * (p + 0.5)) / (degree + 1));
  const zeros = angles.map(cosine);
  const low = isExactAtStart ? -zeros.at(-1)! : 1; // T_j(u) with u in [-low, 1] for t in [0, 1]
  const powers = chebyshevPowers(degree, 1 + low, -low);
  // The share of the value at the cosine of an angle in the coefficient of T_j.
  const shares = powers.map((_, j) => angles.map((angle) => ((j === 0 ? 1 : 2) / angles.length) * cosine(j * angle)));
  return (start, width) => {
    const values = zeros.map((zero) => lagrangeWeights(start + (width * (zero + low)) / (1 + low)));
    const result = new Float64Array((degree + 1) * STENCIL);
    for (let j = 0; j <= degree; j++) {
      const weights = new Float64Array(STENCIL); // of the nodes in the coefficient of T_j
      for (const [p, share] of shares[j]!.entries()) {
        for (let i = 0; i < STENCIL; i++) weights[i]! += share * values[p]![i]!;
      }
      for (let k = 0; k <= j; k++) {
        for (let i = 0; i < STENCIL; i++) result[k * STENCIL + i]! += powers[j]![k]! * weights[i]!;
      }
    }
    if (isExactAtStart) result.set(lagrangeWeights(start)); // to the last bit
    return result;
  };
}

/** The coefficients of the powers of t in T_j(slope·t + shift), for j = 0 to degree. */
function chebyshevPowers(degree: number, slope: number, shift: number): number[][] {
  const polynomials = [[1], [shift, slope]];
  for (let j = 2; j <= degree; j++) {
    const [before, last] = [polynomials[j - 2]!, polynomials[j - 1]!];
    polynomials.push(
      Array.from(
        { length: j + 1 },
        (_, k) => 2 * slope * (last[k - 1] ?? 0) + 2 * shift * (last[k] ?? 0) - (before[k] ?? 0),
      ),
    );
  }
  return polynomials;
}
