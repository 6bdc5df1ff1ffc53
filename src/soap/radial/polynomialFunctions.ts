import { gaussLegendre } from './gaussLegendre.js';
import { polynomialBasis } from './polynomialBasis.js';
import type { RadialFunctionOptions, RadialFunctions } from './radialFunctions.js';
import { scaledBessel } from './scaledBessel.js';

/** A Gaussian has fallen below 1e-17 of itself at this many σ. */
const REACH = 9;

/** Degree up to which the Gaussian and i_l need to be followed, by polynomials on a panel of 2σ, for errors of 1e-17. */
const GAUSSIAN_DEGREE = 36;

/**
 * The radial functions of the polynomial basis. The Gaussian expands in modified spherical Bessel functions i_l, so that
 *
 *     G_nl(R) = 4π ∫₀^rCut r² g_n(r) exp(-(r² + R²)/2σ²) i_l(rR/σ²) dr
 *
 * by Gauss's quadrature on panels of 2σ. Few digits cancel in it, so float64 leaves G_nl right to about 1e-15 of its maximum.
 *
 * @see polynomialBasis for g_n
 * @throws RangeError where float64 cannot hold the functions
 */
export function polynomialFunctions(options: Required<RadialFunctionOptions>): RadialFunctions {
  const { rCut, nMax, lMax, sigma } = options;
  const degree = nMax + 4 + lMax + GAUSSIAN_DEGREE; // of r² g_n, of r^l in i_l, and of the rest
  const { nodes, weights } = gaussLegendre(Math.ceil((degree + 1) / 2), Math.ceil(rCut / (2 * sigma)), rCut);
  const basis = polynomialBasis(rCut, nMax, nodes);
  const weighted = basis.map((value, i) => {
    const node = Math.floor(i / nMax);
    return 4 * Math.PI * weights[node]! * nodes[node]! ** 2 * value;
  });
  const bessel = new Float64Array(lMax + 1);
  const nFunctions = (lMax + 1) * nMax;

  const sample = (spacing: number, count: number) => {
    const values = new Float64Array(count * nFunctions);
    for (let k = 0; k < count; k++) {
      const distance = k * spacing;
      for (const [node, r] of nodes.entries()) {
        const separation = (r - distance) / sigma;
        if (Math.abs(separation) > REACH) continue;
        const gaussian = Math.exp(-(separation ** 2) / 2);
        scaledBessel(lMax, (r / sigma) * (distance / sigma), bessel);
        for (let l = 0; l <= lMax; l++) {
          const kernel = gaussian * bessel[l]!;
          const at = k * nFunctions + l * nMax;
          for (let n = 0; n < nMax; n++) values[at + n]! += kernel * weighted[node * nMax + n]!;
        }
      }
    }
    return values;
  };
  return { resolution: sigma, sample };
}
